-- migrate:up

-- Queues: hours, overflow, redials, callbacks that keep their place, and any number of servers on one database.

alter table queue
    add column strategy            text not null default 'least_occupied' check (strategy in
               ('longest_idle', 'least_occupied', 'fewest_contacts', 'round_robin', 'ring_all', 'progressive')),
    add column target_s            real not null default 20 check (target_s > 0),          -- answered within it is in time
    add column short_abandon_s     real not null default 5 check (short_abandon_s >= 0),   -- who gives up sooner did not wait
    add column overflow_queue      text references queue check (overflow_queue <> id),
    add column overflow_after_s    real check (overflow_after_s > 0),                      -- null: never by time
    add column overflow_when_full  boolean not null default true,
    add column digital             text not null default 'claim' check (digital in ('claim', 'push'));

alter table agent
    add column chats_at_once smallint check (chats_at_once between 0 and 20),              -- null: the house's own
    add column mails_at_once smallint check (mails_at_once between 0 and 100);

create function turn(entered_at timestamptz, priority smallint) returns timestamptz language sql immutable parallel safe
    return to_timestamp(extract(epoch from entered_at) - 60 * (5 - priority));    -- Policy.credit_per_priority_s

create table routing_node (               -- the servers on this database
    id         text primary key,
    lock_key   integer not null,          -- held in its session for as long as it lives
    started_at timestamptz not null,
    seen_at    timestamptz not null
);

alter table waiting
    add column kind          text not null default 'call' check (kind in ('call', 'callback')),
    add column node          text,                          -- the server that has the customer on its line
    add column own_need      boolean not null default true, -- false: the queue's, which a move exchanges
    add column hard          jsonb not null default '{}',
    add column barred        uuid[] not null default '{}',
    add column max_wait_s    real,
    add column attempts      integer not null default 0,    -- offers that were missed
    add column overflowed_at timestamptz,
    add column told_wait_s   real,                          -- the shortest wait anybody was told: it never grows
    add column resumed_by    uuid,                          -- the later call that took this place up again
    add column ticket        uuid;
create index waiting_redial on waiting (thread_id, left_at desc) where state = 'left';
create index waiting_ticket on waiting (ticket) where ticket is not null;

create index reservation_history on reservation (queue, connected_at) where connected_at is not null;
create index reservation_offers on reservation (agent_id, offered_at desc);

create table callback_ticket (            -- somebody is called back; it waits by a row of `waiting`
    id            uuid primary key,
    asked_in      uuid not null,          -- the call that asked for it
    queue         text not null references queue,
    thread_id     uuid,
    number        text not null,          -- as it will be dialled
    caller        jsonb not null default '{}',
    need          jsonb not null,
    own_need      boolean not null,
    priority      smallint not null,
    prefer        jsonb,
    trunk         text,                   -- null: an extension of ours
    shown         text not null,          -- the number of ours that the customer sees
    entered_at    timestamptz not null,   -- the place it keeps
    not_before    timestamptz not null,
    not_after     timestamptz,
    expires_at    timestamptz not null,
    retry_after_s real not null,
    attempts_left smallint not null check (attempts_left >= 0),
    attempts      smallint not null default 0,
    state         text not null default 'waiting' check (state in
                  ('scheduled', 'waiting', 'connected', 'failed', 'expired', 'cancelled')),
    place         uuid,                   -- its present row of `waiting`
    created_at    timestamptz not null,
    closed_at     timestamptz,
    reason        text
);
create index callback_ticket_due on callback_ticket (not_before) where state = 'scheduled';
create index callback_ticket_open on callback_ticket (number) where state in ('scheduled', 'waiting');
create index callback_ticket_expiry on callback_ticket (expires_at) where state in ('scheduled', 'waiting');

create table queue_event (                -- the ledger of the queues: every figure on the wallboard is a sum of it
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    queue    text not null,
    call_id  uuid not null,
    kind     text not null check (kind in ('entered', 'answered', 'left', 'moved', 'refused')),
    wait_s   double precision not null default 0,
    reason   text,                        -- of entered: null, redial, overflow, callback …; of left and refused: why
    agent_id uuid
);
create index queue_event_when on queue_event (at, queue);
create index queue_event_call on queue_event (call_id, id);

create function queue_event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'queue_event is append-only';
end $$;
create trigger queue_event_append_only before update on queue_event
    for each row execute function queue_event_is_append_only();

-- Which server a call is on, and whose disk a recording: what another one left open is none of this one's business.
alter table call add column node text default current_setting('threadline.node', true);
alter table recording add column node text default current_setting('threadline.node', true);

create table voicemail_case (             -- a message left by phone is work of this case
    recording_id uuid primary key,
    work_item_id bigint not null references work_item on delete cascade,
    at           timestamptz not null
);

-- migrate:down

alter table recording drop column node;
alter table call drop column node;
drop table voicemail_case, queue_event, callback_ticket, routing_node;
drop function queue_event_is_append_only();
drop function turn(timestamptz, smallint);
drop index reservation_offers, reservation_history, waiting_ticket, waiting_redial;
alter table waiting drop column kind, drop column node, drop column own_need, drop column hard, drop column barred,
    drop column max_wait_s, drop column attempts, drop column overflowed_at, drop column told_wait_s,
    drop column resumed_by, drop column ticket;
alter table agent drop column chats_at_once, drop column mails_at_once;
alter table queue drop column strategy, drop column target_s, drop column short_abandon_s, drop column overflow_queue,
    drop column overflow_after_s, drop column overflow_when_full, drop column digital;
