-- name: counts
-- The sums of every queue's ledger from $1 to $2; $3 are the reasons of who gave up.
select e.queue,
       count(*) filter (where e.kind = 'entered') as entered,
       count(*) filter (where e.kind = 'entered' and e.reason = 'redial') as redials,
       count(*) filter (where e.kind = 'moved') as moved,
       count(*) filter (where e.kind = 'refused') as refused,
       count(*) filter (where e.kind = 'answered' and e.reason is null) as answered,
       count(*) filter (where e.kind = 'answered' and e.reason is null and e.wait_s <= q.target_s) as in_target,
       count(*) filter (where e.kind = 'answered' and e.reason = 'callback') as called_back,
       count(*) filter (where e.kind = 'left' and e.reason = any($3::text[])) as abandoned,
       count(*) filter (where e.kind = 'left' and e.reason = any($3::text[]) and e.wait_s < q.short_abandon_s) as short_abandoned,
       count(*) filter (where e.kind = 'left' and e.reason <> all($3::text[])) as left_otherwise,
       coalesce(sum(e.wait_s) filter (where e.kind = 'answered' and e.reason is null), 0) as waited_s,
       coalesce(max(e.wait_s) filter (where e.kind = 'answered' and e.reason is null), 0) as longest_s
from queue_event e join queue q on q.id = e.queue where e.at >= $1 and e.at <= $2 group by e.queue;

-- name: waiting_now
-- Everybody who waits, in the order of each queue, with the first agent whose phone rings.
select w.call_id, w.queue, w.kind, w.state, w.priority, w.entered_at, w.caller ->> 'from' as number, w.thread_id, w.need, w.ticket,
       r.agent_id, a.display_name as agent_name,
       row_number() over (partition by w.queue order by turn(w.entered_at, w.priority), w.call_id) as position
from waiting w
left join lateral (select o.agent_id from reservation o where o.call_id = w.call_id and o.state = 'offered'
                   order by o.offered_at, o.id limit 1) r on true
left join agent a on a.id = r.agent_id
where w.state in ('waiting', 'offered') order by w.queue, position limit 1000;

-- name: decisions
-- Every decision about a contact, oldest first.
select d.id, d.at, d.agent_id, a.display_name as agent_name, d.detail
from routing_decision d left join agent a on a.id = d.agent_id where d.call_id = $1 order by d.id limit 200;

-- name: case_row
-- The row of a case, by which its decisions are kept.
select id from work_item where number = $1;

-- name: names
-- What agents are called.
select id, display_name from agent where id = any($1::uuid[]);

-- name: way
-- What the queues' ledger says of a contact, and who had it by hand.
select e.at, e.queue, e.kind, e.wait_s, e.reason, e.agent_id, a.display_name as agent_name
from (select at, queue, kind, wait_s, reason, agent_id, id from queue_event where call_id = $1
      union all
      select began_at, queue, 'by_hand', 0, null, agent_id, null from talk_by_hand where call_id = $1) e
left join agent a on a.id = e.agent_id order by e.at, e.id limit 200;

-- name: crew
-- What everybody can do, and the contacts he has now, the oldest first: offered, given, or had by hand.
select a.id, a.role,
       coalesce((select jsonb_object_agg(s.skill_id, s.level) from agent_skill s where s.agent_id = a.id), '{}') as skills,
       coalesce((select jsonb_agg(jsonb_build_object(
                            'contact', had.call_id, 'queue', had.queue, 'kind', coalesce(w.kind, 'call'), 'state', had.state,
                            'number', w.caller ->> 'from', 'since', had.since) order by had.since, had.call_id)
                 from (select r.call_id, r.queue, r.state, coalesce(r.connected_at, r.offered_at) as since
                       from reservation r where r.agent_id = a.id and r.state in ('offered', 'connected')
                       union all
                       select t.call_id, t.queue, 'connected', t.began_at
                       from talk_by_hand t where t.agent_id = a.id and t.ended_at is null) had
                 left join waiting w on w.call_id = had.call_id), '[]') as holding
from agent a where a.active;
