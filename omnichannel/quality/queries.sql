-- name: scorecards
-- Every card in its order; $1 one of them, null for all.
select id, titles, most, criteria, queues, place, is_active from scorecard where $1::text is null or id = $1 order by place, id;

-- name: lock_scorecards
-- Changes of cards take turns.
select pg_advisory_xact_lock(7410042);

-- name: save_scorecard
-- A card as an admin says.
insert into scorecard (id, titles, most, criteria, queues, place, is_active)
values ($1, $2::jsonb, $3, $4::jsonb, $5, $6, $7)
on conflict (id) do update set titles = excluded.titles, most = excluded.most, criteria = excluded.criteria,
    queues = excluded.queues, place = excluded.place, is_active = excluded.is_active;

-- name: drop_scorecard
-- A card nobody is measured by any more.
delete from scorecard where id = $1;

-- name: call
-- The queue of a call.
select queue from call where id = $1;

-- name: served_by
-- Who talked with the customer of a call: by an offer, by hand, or last of all.
select a.id, a.display_name as name from agent a where a.id in (
    select agent_id from call where id = $1
    union select agent_id from reservation where call_id = $1 and connected_at is not null
    union select agent_id from talk_by_hand where call_id = $1
) order by a.display_name, a.id;

-- name: evaluations
-- What was given for a call ($1), or one of them ($2), of one agent ($3) or of all, oldest first.
select e.id, e.call_id, e.agent_id, a.display_name as agent_name, e.scorecard, e.titles, e.most, e.criteria, e.points, e.percent,
       e.comment, e.by_agent_id, b.display_name as by_name, e.at
from evaluation e join agent a on a.id = e.agent_id join agent b on b.id = e.by_agent_id
where ($1::uuid is null or e.call_id = $1) and ($2::bigint is null or e.id = $2) and ($3::uuid is null or e.agent_id = $3)
order by e.id;

-- name: save_evaluation
-- What one supervisor gives one agent by one card, in the place of what he gave before.
insert into evaluation (call_id, agent_id, scorecard, titles, most, criteria, points, percent, comment, by_agent_id, at)
values ($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11)
on conflict (call_id, agent_id, scorecard, by_agent_id) do update set titles = excluded.titles, most = excluded.most,
    criteria = excluded.criteria, points = excluded.points, percent = excluded.percent, comment = excluded.comment,
    at = excluded.at
returning id;

-- name: drop_evaluation
-- It was not meant so.
delete from evaluation where id = $1;

-- name: calls
-- Calls somebody served since $1, the newest first, from before $2, $3: of one agent ($4), of one queue ($5), with ($6 true) or
-- without (false) an evaluation of whoever served it, in which some words ($7, a tsquery) were said.
select c.id as call, c.started_at as at, root.thread, k.display_name as customer, c.queue, c.agent_id as agent,
       a.display_name as agent_name, (entry.meta ->> 'talk_s')::double precision as talk_s, given.percent,
       array(select r.id from recording r where r.call_id = c.id and r.state = 'ready' order by r.started_at) as recordings
from call c join agent a on a.id = c.agent_id
left join lateral (select round(avg(e.percent))::integer as percent from evaluation e
                   where e.agent_id = c.agent_id and e.call_id = c.id) given on true
left join lateral (select r.thread, r.contact_row from thread_root r where r.asked = c.thread_id) root on true
left join contact k on k.id = root.contact_row
left join lateral (select b.meta from session s join interaction i on i.session_id = s.id and i.kind = 'call'
                   join interaction_body b on b.interaction_id = i.id
                   where s.provider = 'threadline' and s.provider_id = c.id::text limit 1) entry on true
where c.agent_id is not null and c.ended_at is not null and c.started_at >= $1
  and ($2::timestamptz is null or (c.started_at, c.id) < ($2, $3::uuid))
  and ($4::uuid is null or c.agent_id = $4) and ($5::text is null or c.queue = $5)
  and ($6::boolean is null or $6 = (given.percent is not null))
  and ($7::text is null or c.id in (
      select r.call_id from transcript_segment s join recording r on r.id = s.recording_id
      where to_tsvector('simple', folded(s.text)) @@ $7::tsquery limit 3000))
order by c.started_at desc, c.id desc limit $8;

-- name: averages
-- Of everybody who served calls since $1: how many, how many of them were evaluated, and how well.
select c.agent_id as id, a.display_name as name, count(*) as calls, count(given.percent) as evaluated,
       round(avg(given.percent))::integer as percent
from call c join agent a on a.id = c.agent_id
left join (select call_id, agent_id, avg(percent) as percent from evaluation group by call_id, agent_id) given
    on given.call_id = c.id and given.agent_id = c.agent_id
where c.agent_id is not null and c.ended_at is not null and c.started_at >= $1
group by c.agent_id, a.display_name order by a.display_name, c.agent_id;
