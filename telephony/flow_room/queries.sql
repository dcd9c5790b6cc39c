-- name: flows
-- Every flow with its newest revision, the one in force and who saved each.
select f.id, f.published, n.n as newest, n.author, n.message, n.created_at, n.yaml,
       p.author as published_author, p.created_at as published_saved_at
from flow f
join lateral (select * from flow_revision r where r.flow_id = f.id order by r.n desc limit 1) n on true
left join flow_revision p on p.flow_id = f.id and p.n = f.published
order by f.id;

-- name: numbers
-- What answers which number, with the revision tried on some of its callers.
select r.number, r.title, r.flow_id, r.revision, c.revision as canary, c.percent
from number_route r left join flow_canary c on c.number = r.number order by r.number;

-- name: revisions
-- Every revision of a flow without its text, the newest first.
select n, author, message, created_at, sha256 from flow_revision where flow_id = $1 order by n desc limit 500;

-- name: revision
-- One revision; the newest where $2 is null.
select n, author, message, created_at, yaml from flow_revision
where flow_id = $1 and ($2::integer is null or n = $2) order by n desc limit 1;

-- name: published
-- The revision in force.
select published from flow where id = $1;

-- name: lock_editing
-- Saves of one flow take turns, on any number of servers.
select pg_advisory_xact_lock(7410061, hashtext($1));

-- name: pin_route
-- A number for trying one revision of a flow; it follows nothing.
insert into number_route (number, title, flow_id, revision, region, record) values ($1, $2, $3, $4, $5, false)
on conflict (number) do update set title = excluded.title, flow_id = excluded.flow_id, revision = excluded.revision;

-- name: ways_taken
-- How often calls of a flow went from a step to the next within a span; a null `next` is where a call ended.
select s.step, s.next, count(*) as calls, avg(s.seconds) as seconds, count(*) filter (where s.is_left) as hung_up
from (
    select e.data ->> 'step' as step, lead(e.data ->> 'step') over mine as next,
           extract(epoch from coalesce(lead(e.at) over mine, c.ended_at, e.at) - e.at) as seconds,
           lead(e.id) over mine is null and c.reason = 'customer_hung_up' as is_left
    from call c join call_event e on e.call_id = c.id and e.kind = 'call.step'
    where c.flow_id = $1 and c.started_at >= $2 and c.started_at < $3 and ($4::integer is null or c.flow_revision = $4)
    window mine as (partition by e.call_id order by e.id)
) s group by s.step, s.next;

-- name: keys_taken
-- What menus made of keys: outcomes by step.
select e.data ->> 'step' as step, e.data ->> 'outcome' as outcome, e.data ->> 'keys' as keys, count(*) as times
from call c join call_event e on e.call_id = c.id and e.kind = 'call.keys'
where c.flow_id = $1 and c.started_at >= $2 and c.started_at < $3 and ($4::integer is null or c.flow_revision = $4)
group by 1, 2, 3 order by times desc limit 500;

-- name: calls_of
-- The latest calls of a flow, of those that ever were at a step where one is named.
select c.id, c.from_number, c.started_at, c.ended_at, c.flow_revision, c.result, c.reason,
       (select e.data ->> 'step' from call_event e where e.call_id = c.id and e.kind = 'call.step'
        order by e.id desc limit 1) as last_step
from call c
where c.flow_id = $1 and c.started_at >= $2 and c.started_at < $3
  and ($4::text is null or exists (select from call_event e where e.call_id = c.id and e.kind = 'call.step'
                                   and e.data ->> 'step' = $4))
order by c.started_at desc limit 50;
