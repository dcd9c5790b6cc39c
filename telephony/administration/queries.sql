-- name: numbers
-- Every published number; $1 one of them, null for all.
select number, title, flow_id as flow, revision, region, record from number_route
where $1::text is null or number = $1 order by number;

-- name: flows
-- What can answer a number: every flow with its newest revision and the one in force.
select f.id, f.published, (select max(r.n) from flow_revision r where r.flow_id = f.id) as newest from flow f order by f.id;

-- name: has_revision
-- Is there this revision of a flow?
select exists (select from flow_revision where flow_id = $1 and n = $2);

-- name: lock_numbers
-- Changes of numbers take turns.
select pg_advisory_xact_lock(7410042);

-- name: save_number
-- A number and what answers it.
insert into number_route (number, title, flow_id, revision, region, record) values ($1, $2, $3, $4, $5, $6)
on conflict (number) do update set title = excluded.title, flow_id = excluded.flow_id,
    revision = excluded.revision, region = excluded.region, record = excluded.record;

-- name: drop_number
-- Nothing answers it any more.
delete from number_route where number = $1;

-- name: lock_trunks
-- Changes of trunks take turns.
select pg_advisory_xact_lock(7410043);

-- name: trunk
-- One trunk as it is kept.
select config from sip_trunk where name = $1;

-- name: save_trunk
-- A trunk as an admin says.
insert into sip_trunk (name, config) values ($1, $2::jsonb) on conflict (name) do update set config = excluded.config;

-- name: drop_trunk
-- The trunk goes.
delete from sip_trunk where name = $1;

-- name: caller_id
-- The number an account shows, which a new password leaves as it is.
select number from sip_account where username = $1;
