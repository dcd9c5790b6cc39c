-- migrate:up

-- What a customer agreed to ---------------------------------------------------------------------------

create table consent (                                -- never changed: the newest of a contact and channel is in force
    id           bigint generated always as identity primary key,
    contact_id   bigint not null references contact,
    channel      text not null,                       -- kind of endpoint, or 'phone'
    state        text not null check (state in ('given', 'withdrawn')),
    source       text not null check (source ~ '^[a-z][a-z0-9_]{0,62}$'),   -- web_form, call, shop …: a code, no words
    text_version text,                                -- which wording was agreed to
    at           timestamptz not null,
    by_kind      text not null check (by_kind in ('agent', 'token', 'system', 'rule')),
    by_id        text
);
create index consent_contact on consent (contact_id, channel, id desc);

alter table contact
    add column do_not_contact boolean not null default false,   -- on no channel
    add column legal_hold     text;                   -- why nothing of this contact may be erased

-- Whether a message may not go to an identity by a channel: it, its contact, or a withdrawn consent says so.
create function may_not_contact(identity_row bigint, by_channel text) returns boolean language sql stable as $$
    with whose as (
        select i.do_not_contact, coalesce(c.root_id, c.id) as root
        from contact_identity i join contact c on c.id = i.contact_id where i.id = identity_row
    ), members as (
        select c.id, c.do_not_contact from contact c, whose where c.id = whose.root
        union all select c.id, c.do_not_contact from contact c, whose where c.root_id = whose.root
    )
    select whose.do_not_contact or exists (select from members where do_not_contact)
        or coalesce((select s.state = 'withdrawn' from consent s where s.contact_id in (select id from members)
                     and s.channel = by_channel order by s.id desc limit 1), false)
    from whose
$$;

-- Requests of data subjects ------------------------------------------------------------------------------

create table privacy_request (
    id         uuid primary key,
    kind       text not null check (kind in ('export', 'erasure')),
    contact_id bigint not null references contact,
    state      text not null default 'queued' check (state in ('queued', 'done', 'failed', 'expired')),
    by_kind    text not null check (by_kind in ('agent', 'token', 'system', 'rule')),
    by_id      text,
    asked_at   timestamptz not null,
    due_at     timestamptz not null,
    ended_at   timestamptz,
    expires_at timestamptz,                           -- of an archive
    bytes      bigint,
    problem    text,                                  -- a code, no words of the customer's
    counts     jsonb not null default '{}'
);
create index privacy_request_contact on privacy_request (contact_id);
create index privacy_request_expiry on privacy_request (expires_at) where state = 'done' and expires_at is not null;

create table retention (                              -- for how many days each kind of data is kept; null: for ever
    kind       text primary key,
    days       integer check (days > 0),
    changed_at timestamptz not null default now(),
    done_to    timestamptz                            -- up to which day it was carried out
);
insert into retention (kind, days) values ('recordings', null), ('transcripts', null), ('inbound_events', 30),
    ('message_bodies', null), ('attachments', null), ('imports', 90), ('audit', null);

create index interaction_body_raw on interaction_body (raw_ref) where raw_ref is not null;
create index audit_log_actor on audit_log (actor, id desc) where actor is not null;

-- The ledger and the log stay append-only but for erasure and retention, which say so in their transaction.

create or replace function call_event_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('threadline.erasing', true) = 'on'
       and (new.id, new.call_id, new.at, new.kind) = (old.id, old.call_id, old.at, old.kind) then
        return new;
    end if;
    raise exception 'call_event is append-only';
end $$;

create or replace function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('threadline.erasing', true) = 'on' then
        return old;
    end if;
    raise exception 'audit_log is append-only';
end $$;

-- What of a call's events and of an entry's facts is left: numbers, and strings under these names.
create function only_facts(data jsonb, kept text[]) returns jsonb language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(data)
    where key = any(kept) or jsonb_typeof(value) in ('number', 'boolean')
$$;

-- migrate:down

drop function only_facts(jsonb, text[]);
create or replace function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only';
end $$;
create or replace function call_event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'call_event is append-only';
end $$;
drop index audit_log_actor, interaction_body_raw;
drop table retention, privacy_request, consent;
drop function may_not_contact(bigint, text);
alter table contact drop column do_not_contact, drop column legal_hold;
