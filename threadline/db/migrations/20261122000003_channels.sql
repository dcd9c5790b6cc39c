-- migrate:up

-- Addresses of ours: a mailbox, a page, an official account, a chat on a site, a number for messages.

alter table endpoint
    add column public_id uuid unique,                 -- in the webhook's URL; null: seen in data only, nobody configured it
    add column title     text not null default '',
    add column state     text not null default 'off' check (state in ('off', 'on', 'reconnect')),
    add column problem   text,                        -- for people: why it needs them
    add column language  text,
    add column calendar  text references calendar,
    add column config    jsonb not null default '{}', -- omnichannel.channels.port.Field values that are no secrets
    add column secrets   bytea,                       -- the secret ones, sealed with the server's key
    add column created_at timestamptz not null default now(),
    add column changed_at timestamptz not null default now();

-- Inbound: what a provider delivered, kept as it came before anything is made of it ----------------

create table inbound_event (
    id           bigint generated always as identity primary key,
    endpoint_id  bigint not null references endpoint,
    dedupe_key   text not null,
    sender       text not null,                       -- events of one sender are taken in order
    received_at  timestamptz not null,
    headers      jsonb not null default '{}',
    raw          bytea not null,
    attempts     integer not null default 0,
    not_before   timestamptz,                         -- set after a failed attempt
    processed_at timestamptz,
    parked_at    timestamptz,                         -- poisoned: waits for an admin
    error        text,
    unique (endpoint_id, dedupe_key)
);
create index inbound_event_open on inbound_event (endpoint_id, sender, id) where processed_at is null and parked_at is null;
create index inbound_event_parked on inbound_event (parked_at) where parked_at is not null;
create index inbound_event_when on inbound_event using brin (received_at);

-- Outbound: what is to be sent, in order per recipient ----------------------------------------------

create table outbox (
    id             bigint generated always as identity primary key,
    interaction_id bigint not null unique references interaction on delete cascade,
    endpoint_id    bigint not null references endpoint,
    recipient      text not null,                     -- messages to one recipient leave in order
    state          text not null default 'queued' check (state in ('queued', 'sent', 'failed', 'cancelled')),
    payload        jsonb not null,                    -- omnichannel.channels.port.Outgoing, less the files
    attempts       integer not null default 0,
    not_before     timestamptz not null,
    lease_until    timestamptz,                       -- a worker is at it; past: it died
    last_error     text,
    queued_at      timestamptz not null,
    ended_at       timestamptz
);
create index outbox_open on outbox (endpoint_id, recipient, id) where state = 'queued';

create table delivery_event (                         -- what the provider said became of a message
    id             bigint generated always as identity primary key,
    interaction_id bigint not null references interaction on delete cascade,
    status         text not null check (status in ('queued', 'sent', 'delivered', 'read', 'failed')),
    code           text,
    detail         text,
    at             timestamptz not null
);
create index delivery_event_interaction on delivery_event (interaction_id, id);

-- Files ---------------------------------------------------------------------------------------------

create table attachment (
    id             uuid primary key,
    interaction_id bigint references interaction on delete cascade,   -- null: uploaded, not sent yet
    name           text not null,                     -- as shown: cleaned, no path
    mime           text not null,                     -- by its content, not by what was claimed
    bytes          bigint not null,
    sha256         text not null,                     -- where the vault keeps it: one file per content
    content_id     text,                              -- of an inline image
    state          text not null default 'ready' check (state in ('fetching', 'ready', 'refused', 'lost')),
    detail         text,
    source_url     text,                              -- where a provider keeps it until it is fetched
    uploaded_by    text,                              -- agent:UUID or visitor:VALUE, who alone may use it before it is sent
    created_at     timestamptz not null
);
create index attachment_interaction on attachment (interaction_id);
create index attachment_sha256 on attachment (sha256);

-- Who read and changed what ---------------------------------------------------------------------------

create table audit_log (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    actor_kind text not null check (actor_kind in ('agent', 'token', 'system', 'rule')),
    actor      text,
    action     text not null,                         -- contact.merge, contact.read, endpoint.change …
    target     text not null,                         -- contact:UUID, endpoint:UUID …
    detail     jsonb not null default '{}'
);
create index audit_log_target on audit_log (target, id desc);
create index audit_log_when on audit_log using brin (at);

create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only';
end $$;
create trigger audit_log_no_change before update or delete on audit_log
    for each row execute function audit_log_is_append_only();

-- migrate:down

drop table audit_log, attachment, delivery_event, outbox, inbound_event cascade;
drop function audit_log_is_append_only();
alter table endpoint drop column public_id, drop column title, drop column state, drop column problem, drop column language,
    drop column calendar, drop column config, drop column secrets, drop column created_at, drop column changed_at;
