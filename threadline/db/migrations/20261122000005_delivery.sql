-- migrate:up

-- Endpoints as they run: who fetches for one, and until when its provider wants no more messages.

alter table endpoint
    add column paused_until  timestamptz,             -- its provider asked for a rest
    add column fetcher       text,                    -- the process that fetches for it
    add column fetcher_until timestamptz;             -- past: that process died

create index inbound_event_due on inbound_event (id) where processed_at is null and parked_at is null;
create index inbound_event_done on inbound_event (processed_at) where processed_at is not null;

alter table outbox
    add column key       text not null unique,        -- omnichannel.channels.port.Outgoing.key: the same in every attempt
    add column unsure_at timestamptz;                 -- an attempt ended without an answer: it may have gone
create index outbox_due on outbox (id) where state = 'queued';

create table correspondence (                         -- when a customer last wrote to an address of ours: his messaging window
    identity_id  bigint not null references contact_identity on delete cascade,
    endpoint_id  bigint not null references endpoint on delete cascade,
    last_inbound timestamptz not null,
    primary key (identity_id, endpoint_id)
);
create index correspondence_endpoint on correspondence (endpoint_id);

create table early_status (                           -- a receipt that overtook the answer to our own request
    endpoint_id     bigint not null references endpoint on delete cascade,
    provider_msg_id text not null,
    status          text not null check (status in ('sent', 'delivered', 'read', 'failed')),
    code            text,
    detail          text,
    at              timestamptz not null,
    stored_at       timestamptz not null,
    primary key (endpoint_id, provider_msg_id, status)
);
create index early_status_when on early_status (stored_at);

create table interaction_alias (                      -- further ids a provider gave the parts of one message
    endpoint_id     bigint not null references endpoint on delete cascade,
    provider_msg_id text not null,
    interaction_id  bigint not null references interaction on delete cascade,
    primary key (endpoint_id, provider_msg_id)
);
create index interaction_alias_interaction on interaction_alias (interaction_id);

alter table attachment
    add column attempts       integer not null default 0,
    add column not_before     timestamptz;
create index attachment_fetching on attachment (not_before) where state = 'fetching';

-- What a timeline shows beside the text stands in the text's row, which every page reads anyway: the covering index of
-- interaction stays enough for the rest.

alter table interaction_body
    add column endpoint_id bigint references endpoint,
    add column reply_to_id bigint,
    add column delivery    jsonb,                     -- {status, code, detail, at} of the newest change
    add column has_files   boolean not null default false;

create function attachment_marks_its_entry() returns trigger language plpgsql as $$
begin
    update interaction_body set has_files = true where interaction_id = new.interaction_id and not has_files;
    return null;
end $$;
create trigger attachment_of_entry after insert or update of interaction_id on attachment
    for each row when (new.interaction_id is not null) execute function attachment_marks_its_entry();

create or replace view thread_entry as   -- a timeline row with its names and body; keeps the order of interaction_timeline
select i.thread_id as thread_row, i.id, i.occurred_at, i.kind, i.channel, i.direction, i.actor_kind, i.actor_id,
       case i.actor_kind
           when 'agent' then (select a.display_name from agent a where a.id = i.actor_id)
           when 'customer' then (select c.display_name from thread t join contact c on c.id = t.contact_id
                                 where t.id = i.thread_id)
       end as actor_name,
       i.preview, i.status, body.text, body.meta,
       case when body.endpoint_id is not null then
           (select coalesce(nullif(e.title, ''), e.address) from endpoint e where e.id = body.endpoint_id)
       end as endpoint,
       coalesce(body.has_html, false) as has_html,
       body.delivery,
       body.reply_to_id,
       case when body.has_files then
           (select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'mime', f.mime, 'bytes', f.bytes,
                                                'state', f.state, 'content_id', f.content_id))
            from attachment f where f.interaction_id = i.id)
       end as attachments
from interaction i
left join lateral (                       -- limit 1 keeps the planner at one look-up a row
    select b.text, b.meta, b.endpoint_id, b.html_sanitised is not null as has_html, b.delivery, b.reply_to_id, b.has_files
    from interaction_body b where b.interaction_id = i.id limit 1
) body on true;

-- migrate:down

drop view thread_entry;
create view thread_entry as
select i.thread_id as thread_row, i.id, i.occurred_at, i.kind, i.channel, i.direction, i.actor_kind, i.actor_id,
       case i.actor_kind
           when 'agent' then (select a.display_name from agent a where a.id = i.actor_id)
           when 'customer' then (select c.display_name from thread t join contact c on c.id = t.contact_id
                                 where t.id = i.thread_id)
       end as actor_name,
       i.preview, i.status, body.text, body.meta
from interaction i
left join lateral (
    select b.text, b.meta from interaction_body b where b.interaction_id = i.id limit 1
) body on true;
drop trigger attachment_of_entry on attachment;
drop function attachment_marks_its_entry();
alter table interaction_body drop column endpoint_id, drop column reply_to_id, drop column delivery, drop column has_files;
drop index attachment_fetching;
alter table attachment drop column attempts, drop column not_before;
drop table interaction_alias, early_status, correspondence;
drop index outbox_due;
alter table outbox drop column key, drop column unsure_at;
drop index inbound_event_due, inbound_event_done;
alter table endpoint drop column paused_until, drop column fetcher, drop column fetcher_until;
