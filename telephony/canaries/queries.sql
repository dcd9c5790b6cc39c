-- name: canaries
-- Every canary with the number it is tried on.
select number, revision, percent from flow_canary order by number;

-- name: set_canary
-- A revision for a share of a number's callers; it must be one of the number's own flow.
insert into flow_canary (number, revision, percent)
select r.number, v.n, $3 from number_route r join flow_revision v on v.flow_id = r.flow_id and v.n = $2
where r.number = $1
on conflict (number) do update set revision = excluded.revision, percent = excluded.percent
returning number;

-- name: drop_canary
-- Everybody hears the same again.
delete from flow_canary where number = $1;
