-- name: hold_name
-- This server's name is taken for as long as its session lives; false: another server has it.
select pg_try_advisory_lock(7410003, $1);

-- name: beat
-- The server lives.
insert into routing_node (id, lock_key, started_at, seen_at) values ($1, $2, clock_timestamp(), clock_timestamp())
on conflict (id) do update set lock_key = excluded.lock_key, seen_at = excluded.seen_at;

-- name: others
-- The other servers: whether each holds its name or was seen within $2 seconds.
select id, seen_at >= clock_timestamp() - make_interval(secs => $2) or exists (
    select from pg_locks where locktype = 'advisory' and classid = 7410003 and objid = lock_key::bigint::oid and granted
      and database = (select oid from pg_database where datname = current_database())) as lives
from routing_node where id <> $1 order by id;

-- name: idle_s
-- For how long no server was there at all; null: none ever was.
select extract(epoch from clock_timestamp() - max(seen_at))::double precision from routing_node;

-- name: forget
-- Servers whose calls were put right.
delete from routing_node where id = any($1::text[]);

-- name: tell
-- To every server, once the transaction is committed.
select pg_notify($1, one) from unnest($2::text[]) with ordinality as told(one, place) order by place;
