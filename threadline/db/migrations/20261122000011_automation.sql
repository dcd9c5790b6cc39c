-- migrate:up

-- Rules, macros, canned replies ------------------------------------------------------------------------

create table automation_rule (
    id         uuid primary key,
    title      text not null check (title <> ''),
    is_on      boolean not null default false,
    place      integer not null default 100,         -- rules are applied in this order
    trigger    text not null check (trigger in ('message_in', 'message_out', 'case_opened', 'case_changed', 'call_ended')),
    condition  text not null default 'true',         -- CEL
    actions    jsonb not null,                       -- omnichannel.rules.model.Action, in order
    is_last    boolean not null default false,       -- where it applies, no rule after it does
    changed_at timestamptz not null
);

create table macro (
    id         uuid primary key,
    title      text not null check (title <> ''),
    actions    jsonb not null default '[]',
    texts      jsonb not null default '{}',          -- {language: text with ${…}}
    queue      text references queue on delete cascade,   -- null: everywhere
    changed_at timestamptz not null
);

create table canned_reply (
    id         uuid primary key,
    shortcut   text not null unique check (shortcut ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    title      text not null check (title <> ''),
    texts      jsonb not null,
    queue      text references queue on delete cascade,
    changed_at timestamptz not null
);

-- Webhooks -------------------------------------------------------------------------------------------------

create table webhook (
    id            uuid primary key,
    title         text not null check (title <> ''),
    url           text not null,
    events        text[] not null,                   -- message.created, case.* …
    secret        bytea not null,                    -- sealed with the server's key
    state         text not null default 'on' check (state in ('on', 'off', 'broken')),
    failing_since timestamptz,                       -- no delivery arrived since
    changed_at    timestamptz not null
);

create table webhook_delivery (
    id          bigint generated always as identity primary key,
    webhook_id  uuid not null references webhook on delete cascade,
    key         uuid not null,                       -- the same in every attempt and replay
    event       text not null,
    body        text not null,                       -- as it is signed and sent
    state       text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
    attempts    integer not null default 0,
    not_before  timestamptz not null,
    lease_until timestamptz,
    last_status integer,                             -- of HTTP
    last_error  text,
    queued_at   timestamptz not null,
    ended_at    timestamptz,
    unique (webhook_id, key)
);
create index webhook_delivery_due on webhook_delivery (not_before) where state = 'queued';
create index webhook_delivery_log on webhook_delivery (webhook_id, id desc);
create index webhook_delivery_ended on webhook_delivery (ended_at) where ended_at is not null;

-- What happens: written in the transaction in which it happens, read by rules and webhooks --------------------

create table happening (
    id             bigint generated always as identity primary key,
    kind           text not null,
    thread_id      bigint references thread on delete cascade,
    interaction_id bigint references interaction on delete cascade,
    work_item_id   bigint references work_item on delete cascade,
    at             timestamptz not null,
    data           jsonb not null default '{}',
    by_rule        text,                             -- its title: what a rule does starts no rule
    rules_open     boolean not null,
    hooks_open     boolean not null default true,
    attempts       integer not null default 0,
    not_before     timestamptz,
    error          text
);
create index happening_rules on happening (id) where rules_open;
create index happening_rules_thread on happening (thread_id, id) where rules_open;
create index happening_hooks on happening (id) where hooks_open;
create index happening_interaction on happening (interaction_id);
create index happening_work_item on happening (work_item_id);
create index happening_when on happening using brin (at);

create table rule_run (                              -- once per rule and happening
    rule_id      uuid not null references automation_rule on delete cascade,
    happening_id bigint not null references happening on delete cascade,
    at           timestamptz not null,
    outcome      text not null check (outcome in ('applied', 'failed')),
    done         jsonb not null default '[]',
    primary key (rule_id, happening_id)
);
create index rule_run_when on rule_run (at);
create index rule_run_happening on rule_run (happening_id);

create table auto_reply (                            -- whom rules answered, and when
    id          bigint generated always as identity primary key,
    identity_id bigint not null references contact_identity on delete cascade,
    rule_id     uuid not null,
    at          timestamptz not null
);
create index auto_reply_identity on auto_reply (identity_id, at desc);

create function happened(what text, thread bigint, entry bigint, item bigint, moment timestamptz, facts jsonb)
returns void language plpgsql as $$
begin
    if exists (select from automation_rule where is_on) or exists (select from webhook where state = 'on') then
        insert into happening (kind, thread_id, interaction_id, work_item_id, at, data, by_rule, rules_open)
        values (what, thread, entry, item, moment, facts, nullif(current_setting('threadline.rule', true), ''),
                what in ('message_in', 'message_out', 'case_opened', 'case_changed', 'call_ended')
                and coalesce(current_setting('threadline.rule', true), '') = '');
        perform pg_notify('threadline_rules', '');
        perform pg_notify('threadline_webhooks', '');
    end if;
end $$;

create function case_happened() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform happened('case_opened', new.thread_id, null, new.id, coalesce(new.changed_at, now()), '{}');
    else
        perform happened('case_changed', new.thread_id, null, new.id, coalesce(new.changed_at, now()), jsonb_build_object(
            'was', old.status, 'status', new.status, 'changed', array_remove(array[
                case when old.status is distinct from new.status then 'status' end,
                case when old.queue is distinct from new.queue then 'queue' end,
                case when old.priority is distinct from new.priority then 'priority' end,
                case when old.subject is distinct from new.subject then 'subject' end,
                case when old.topic is distinct from new.topic then 'topic' end,
                case when old.tags is distinct from new.tags then 'tags' end,
                case when old.fields is distinct from new.fields then 'fields' end,
                case when old.owner_agent_id is distinct from new.owner_agent_id then 'owner' end], null)));
    end if;
    return null;
end $$;
create trigger case_opened after insert on work_item for each row execute function case_happened();
create trigger case_changed after update on work_item for each row when (
    (old.status, old.queue, old.priority, old.subject, old.topic, old.tags, old.fields, old.owner_agent_id)
    is distinct from (new.status, new.queue, new.priority, new.subject, new.topic, new.tags, new.fields, new.owner_agent_id)
) execute function case_happened();

create function call_happened() returns trigger language plpgsql as $$
begin
    perform happened('call_ended', new.thread_id, new.id, new.work_item_id, now(), jsonb_build_object('result', new.status));
    return null;
end $$;
create trigger call_ended after update of status on interaction for each row
    when (new.kind = 'call' and old.status is distinct from new.status) execute function call_happened();

create function delivery_happened() returns trigger language plpgsql as $$
begin
    perform happened('message_status', (select thread_id from interaction where id = new.interaction_id),
        new.interaction_id, null, new.at, jsonb_build_object('status', new.status, 'code', new.code));
    return null;
end $$;
create trigger delivery_told after insert on delivery_event for each row execute function delivery_happened();

create function merge_happened() returns trigger language plpgsql as $$
begin
    perform happened('contact_merged', (select id from thread where contact_id = new.winner), null, null, new.at,
        jsonb_build_object('winner', (select public_id from contact where id = new.winner),
                           'loser', (select public_id from contact where id = new.loser)));
    return null;
end $$;
create trigger contact_merged after insert on contact_merge for each row execute function merge_happened();

-- What other systems know of a customer ------------------------------------------------------------------------

create table customer_source (                       -- where the panel beside a thread asks
    id         uuid primary key,
    title      text not null check (title <> ''),
    url        text not null,
    secret     bytea not null,
    ttl_s      integer not null default 60 check (ttl_s >= 0),
    is_on      boolean not null default true,
    changed_at timestamptz not null
);

create table customer_order (
    id         bigint generated always as identity primary key,
    contact_id bigint not null references contact,
    source     text not null default '',             -- the system it came from
    number     text not null,
    placed_at  timestamptz not null,
    value      numeric(18, 2) not null,
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    status     text not null default '',
    title      text not null default '',
    stored_at  timestamptz not null,
    unique (source, number)
);
create index customer_order_contact on customer_order (contact_id, placed_at desc);
create index customer_order_when on customer_order (placed_at);

create table profile_wanted (                        -- customers whose names their provider tells when asked
    identity_id bigint not null references contact_identity on delete cascade,
    endpoint_id bigint not null references endpoint on delete cascade,
    not_before  timestamptz not null,
    attempts    integer not null default 0,
    ended_at    timestamptz,
    primary key (identity_id, endpoint_id)
);
create index profile_wanted_due on profile_wanted (not_before) where ended_at is null;

-- migrate:down

drop table profile_wanted, customer_order, customer_source, auto_reply, rule_run, happening, webhook_delivery, webhook,
    canned_reply, macro, automation_rule cascade;
drop trigger case_opened on work_item;
drop trigger case_changed on work_item;
drop trigger call_ended on interaction;
drop trigger delivery_told on delivery_event;
drop trigger contact_merged on contact_merge;
drop function case_happened(), call_happened(), delivery_happened(), merge_happened(),
    happened(text, bigint, bigint, bigint, timestamptz, jsonb);
