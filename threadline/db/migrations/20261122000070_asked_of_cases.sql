-- migrate:up

-- What a flow asks for goes with a case as with a call, and a callback keeps all of it.

alter table work_item add column asked jsonb;   -- {since, need, hard, barred, prefer, max_wait_s}; null: what its queue asks for

alter table callback_ticket
    add column hard   jsonb not null default '{}',
    add column barred uuid[] not null default '{}';

-- migrate:down

alter table callback_ticket drop column barred, drop column hard;
alter table work_item drop column asked;
