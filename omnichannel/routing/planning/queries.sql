-- name: asked_classes
-- What contacts asked for from $1 to $2, alike ones together, the most frequent first. Once each: who rang again has the
-- place of the first time, and a conversation that went on in another call never waited there.
select w.queue, q.title, q.target_s, w.need, w.hard, w.priority, count(*) as contacts
from waiting w join queue q on q.id = w.queue
where w.entered_at >= $1 and w.entered_at < $2 and w.kind = 'call'
  and w.left_reason is distinct from 'joined' and not exists (select from waiting again where again.call_id = w.resumed_by)
group by w.queue, q.title, q.target_s, w.need, w.hard, w.priority
order by count(*) desc, w.queue, w.priority, w.need::text limit 40;

-- name: moments
-- When each of them came, seconds from $1.
select w.queue, w.need, w.hard, w.priority, extract(epoch from w.entered_at - $1)::double precision as at_s
from waiting w
where w.entered_at >= $1 and w.entered_at < $2 and w.kind = 'call'
  and w.left_reason is distinct from 'joined' and not exists (select from waiting again where again.call_id = w.resumed_by)
order by w.entered_at, w.call_id;

-- name: queues
-- Every queue, for a synthetic day.
select id, title, target_s, need from queue order by id;

-- name: handling
-- Mean and standard deviation of talk and wrap-up by queue from $1 to $2, and of how many.
select r.queue, count(*) as contacts,
       avg(extract(epoch from r.ended_at - r.connected_at) + a.wrap_up_s)::double precision as mean_s,
       coalesce(stddev_samp(extract(epoch from r.ended_at - r.connected_at))::double precision, 0) as sd_s
from reservation r join agent a on a.id = r.agent_id
where r.connected_at >= $1 and r.connected_at < $2 and r.ended_at is not null group by r.queue;

-- name: patience
-- Time waited in all by queue from $1 to $2, and how many gave up ($3 the reasons): their quotient is the mean patience.
select queue, sum(wait_s) as waited_s, count(*) filter (where kind = 'left' and reason = any($3::text[])) as gave_up
from queue_event where at >= $1 and at < $2 and kind in ('answered', 'left') group by queue;

-- name: planned_agents
-- Every agent, and whoever else has a skill, with what he can do: a queue may ask for nothing.
select a.login as name, coalesce(json_object_agg(k.skill_id, k.level) filter (where k.level is not null), '{}') as skills
from agent a left join agent_skill k on k.agent_id = a.id
where a.active group by a.id, a.login having a.role = 'agent' or count(k.level) > 0 order by a.login;
