-- migrate:up

-- How many phones ring for one call where the queue rings several (ring all, progressive).
alter table queue add column ring_at_most integer not null default 10 check (ring_at_most between 1 and 10);

-- migrate:down

alter table queue drop column ring_at_most;
