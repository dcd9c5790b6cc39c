-- migrate:up

create table scorecard (                   -- what supervisors listen for in a call
    id        text primary key check (id ~ '^[a-z][a-z0-9_]{0,62}$'),
    titles    jsonb not null,              -- {"en": "Service", "vi": "Dịch vụ"}
    most      smallint not null check (most between 1 and 10),   -- points a criterion can get
    criteria  jsonb not null,              -- [{"en": "Greets by name", "vi": "Chào bằng tên"}]
    queues    text[] not null default '{}',  -- empty: every queue
    place     integer not null default 100,
    is_active boolean not null default true
);

create table evaluation (                  -- what a supervisor gave an agent for a call, on the card as it was then
    id          bigint generated always as identity primary key,
    call_id     uuid not null references call on delete cascade,
    agent_id    uuid not null references agent on delete cascade,
    scorecard   text not null,             -- the card itself may be gone
    titles      jsonb not null,
    most        smallint not null,
    criteria    jsonb not null,
    points      jsonb not null,            -- [3, null, 5]: null does not apply
    percent     smallint not null check (percent between 0 and 100),
    comment     text not null,
    by_agent_id uuid not null references agent on delete cascade,
    at          timestamptz not null,
    unique (call_id, agent_id, scorecard, by_agent_id)
);
create index evaluation_of on evaluation (agent_id, call_id);

create index call_served on call (started_at desc, id) where agent_id is not null;
create index call_served_by on call (agent_id, started_at desc, id) where agent_id is not null;

-- migrate:down

drop index call_served_by, call_served;
drop table evaluation, scorecard;
