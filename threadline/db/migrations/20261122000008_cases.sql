-- migrate:up

-- Cases: what is promised to a customer by when, and who keeps it.

create table sla_policy (
    id            text primary key check (id ~ '^[a-z][a-z0-9_]{0,62}$'),
    title         text not null,
    first_reply_s integer check (first_reply_s > 0),    -- null: nothing promised
    turn_s        integer check (turn_s > 0),           -- each message of the customer that waits for a person
    resolve_s     integer check (resolve_s > 0),        -- stands still while the customer is waited for
    calendar      text references calendar              -- null: the clock runs day and night
);
insert into sla_policy (id, title, first_reply_s, turn_s, resolve_s) values ('standard', 'Standard', 3600, 14400, 259200);

alter table queue
    add column sla_policy      text references sla_policy default 'standard',
    add column reopen_window_s integer not null default 259200 check (reopen_window_s >= 0);

alter table work_item
    add column topic            text,
    add column tags             text[] not null default '{}',
    add column fields           jsonb not null default '{}',
    add column sla_policy       text references sla_policy,
    add column opened_by        text not null default 'customer' check (opened_by in ('customer', 'agent', 'system', 'rule')),
    add column period_at        timestamptz,             -- the present open period began: opened, or reopened
    add column turn_at          timestamptz,             -- the customer's oldest message no person has answered
    add column first_due_at     timestamptz,
    add column turn_due_at      timestamptz,
    add column resolve_due_at   timestamptz,
    add column resolve_left_s   double precision,        -- of the promise, while the customer is waited for
    add column snoozed_until    timestamptz,
    add column closed_at        timestamptz,
    add column changed_at       timestamptz;
update work_item set period_at = opened_at, changed_at = opened_at;
alter table work_item
    alter column period_at set not null, alter column period_at set default now(),
    alter column changed_at set not null, alter column changed_at set default now();

drop index work_item_queue;
create index work_item_queue on work_item (queue, priority, opened_at) where status < 3;
create index work_item_due on work_item (next_due_at) where next_due_at is not null;
create index work_item_snoozed on work_item (snoozed_until) where snoozed_until is not null;
create index work_item_recent on work_item (thread_id, id desc);
create index work_item_changed on work_item (changed_at desc, id desc);
create index interaction_work_item on interaction (work_item_id, id) where work_item_id is not null;

create table sla_event (                  -- one row when a promise is kept or broken; both where it was kept late
    id           bigint generated always as identity primary key,
    work_item_id bigint not null references work_item on delete cascade,
    clock        text not null check (clock in ('first_reply', 'turn', 'resolve')),
    outcome      text not null check (outcome in ('kept', 'broken', 'late')),
    started_at   timestamptz not null,
    due_at       timestamptz,
    at           timestamptz not null,
    wall_s       double precision not null,
    business_s   double precision not null
);
create index sla_event_item on sla_event (work_item_id, id);
create index sla_event_when on sla_event using brin (at);

create table assignment (                 -- who had a case, and when
    id           bigint generated always as identity primary key,
    work_item_id bigint not null references work_item on delete cascade,
    agent_id     uuid references agent,
    queue        text,
    from_at      timestamptz not null,
    to_at        timestamptz,
    reason       text
);
create unique index assignment_open on assignment (work_item_id) where to_at is null;
create index assignment_agent on assignment (agent_id, from_at);

create table mention (                    -- a colleague named in a note
    interaction_id bigint not null references interaction on delete cascade,
    agent_id       uuid not null references agent on delete cascade,
    by_agent       uuid references agent on delete set null,
    at             timestamptz not null,
    seen_at        timestamptz,
    primary key (interaction_id, agent_id)
);
create index mention_agent on mention (agent_id, at desc) where seen_at is null;

create view case_card as                 -- a case with the names on it
select w.id, w.number, w.status, w.queue, q.title as queue_title, w.priority, w.subject, w.topic, w.tags, w.fields,
       w.opened_at, w.opened_by, w.period_at, w.turn_at, w.first_human_reply_at, w.first_due_at, w.turn_due_at,
       w.resolve_due_at, w.next_due_at, w.resolved_at, w.closed_at, w.reopen_count, w.snoozed_until, w.changed_at,
       w.owner_agent_id as owner_id, a.display_name as owner_name,
       t.public_id as thread, c.public_id as contact, c.display_name as contact_name,
       exists (select from sla_event s where s.work_item_id = w.id and s.outcome = 'broken' and s.started_at >= w.period_at)
           as is_broken
from work_item w join thread t on t.id = w.thread_id join contact c on c.id = t.contact_id
left join queue q on q.id = w.queue left join agent a on a.id = w.owner_agent_id;

-- migrate:down

drop view case_card;
drop table mention, assignment, sla_event cascade;
drop index interaction_work_item, work_item_changed, work_item_recent, work_item_snoozed, work_item_due, work_item_queue;
create index work_item_queue on work_item (queue, priority desc, opened_at) where status = 0;
alter table work_item drop column topic, drop column tags, drop column fields, drop column sla_policy, drop column opened_by,
    drop column period_at, drop column turn_at, drop column first_due_at, drop column turn_due_at, drop column resolve_due_at,
    drop column resolve_left_s, drop column snoozed_until, drop column closed_at, drop column changed_at;
alter table queue drop column sla_policy, drop column reopen_window_s;
drop table sla_policy;
