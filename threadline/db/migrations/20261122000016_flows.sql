-- migrate:up

create table flow_canary (                -- a revision that some of a number's callers hear before the others
    number   text primary key references number_route on delete cascade,
    revision integer not null,
    percent  smallint not null check (percent between 1 and 99)
);

create table flow_secret (                -- what services are shown; a flow names it, never holds it
    name       text primary key check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    sealed     bytea not null,
    changed_at timestamptz not null
);

create table flow_entry (                 -- which flow answers what is written to an address of ours
    endpoint_id bigint primary key references endpoint on delete cascade,
    flow_id     text not null references flow,
    revision    integer                   -- null: the published one
);

create table flow_session (               -- a conversation in writing with a flow; a restart goes on at its step
    id          bigint generated always as identity primary key,
    thread_id   bigint not null references thread on delete cascade,
    endpoint_id bigint not null references endpoint on delete cascade,
    identity_id bigint not null references contact_identity on delete cascade,
    flow_id     text not null,
    revision    integer not null,
    state       jsonb not null,           -- ivr_flows.session.Session
    asked       jsonb,                    -- the question to the world whose answer is still to come
    path        jsonb not null default '[]',
    work_item   bigint,                   -- number of the case it was handed over with
    wake_at     timestamptz,
    began_at    timestamptz not null,
    ended_at    timestamptz
);
create unique index flow_session_live on flow_session (thread_id, endpoint_id) where ended_at is null;
create index flow_session_due on flow_session (wake_at) where ended_at is null and wake_at is not null;

create table flow_inbox (                 -- what customers wrote, until a flow has heard it
    id          bigint generated always as identity primary key,
    thread_id   bigint not null references thread on delete cascade,
    endpoint_id bigint not null references endpoint on delete cascade,
    identity_id bigint not null references contact_identity on delete cascade,
    entry_id    bigint not null references interaction on delete cascade,
    words       text not null,
    at          timestamptz not null,
    not_before  timestamptz not null,
    attempts    smallint not null default 0
);
create index flow_inbox_order on flow_inbox (id);

create function flow_forgets() returns trigger language plpgsql as $$
begin                                     -- whoever is erased leaves nothing half said
    delete from flow_inbox where thread_id in (select id from thread where contact_id = new.id);
    delete from flow_session where thread_id in (select id from thread where contact_id = new.id);
    return null;
end $$;
create trigger flow_forgets after update of erased_at on contact
    for each row when (old.erased_at is null and new.erased_at is not null) execute function flow_forgets();

-- migrate:down

drop trigger flow_forgets on contact;
drop function flow_forgets;
drop table flow_inbox, flow_session, flow_entry, flow_secret, flow_canary;
