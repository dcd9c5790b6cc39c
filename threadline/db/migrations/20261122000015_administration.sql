-- migrate:up

create table wrap_up_code (                -- what an agent says became of a call or case
    id        text primary key check (id ~ '^[a-z][a-z0-9_]{0,62}$'),
    titles    jsonb not null,              -- {"en": "Solved", "vi": "Đã giải quyết"}
    queues    text[] not null default '{}',  -- empty: every queue
    place     integer not null default 100,
    is_active boolean not null default true
);

-- migrate:down

drop table wrap_up_code;
