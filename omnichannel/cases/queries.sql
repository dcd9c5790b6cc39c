-- name: lock_thread
-- Whoever opens or moves cases of one customer takes turns.
select id from thread where id = $1 for no key update;

-- name: newest_case
-- The case that what happens in a thread may belong to: of that queue ($2) where one is named, open before resolved.
select w.* from work_item w
where w.thread_id = $1 and w.status < 4 and ($2::text is null or w.queue is not distinct from $2)
order by (w.status < 3) desc, w.id desc limit 1 for update;

-- name: case_row
-- One case by its number, locked.
select * from work_item where number = $1 for update;

-- name: policy
-- What is promised in a queue, or where there is none, with the hours it counts.
select p.id, p.first_reply_s, p.turn_s, p.resolve_s, q.reopen_window_s, c.timezone, c.weekly, c.holidays
from (select 1) one
left join queue q on q.id = $1
left join sla_policy p on p.id = case when q.id is null then 'standard' else q.sla_policy end
left join calendar c on c.id = coalesce(p.calendar, q.calendar);

-- name: add_case
-- A new case.
insert into work_item (thread_id, status, queue, priority, subject, topic, owner_agent_id, opened_at, period_at, opened_by,
                       sla_policy, turn_at, first_due_at, turn_due_at, resolve_due_at, next_due_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, $8)
returning *;

-- name: save_case
-- A case after something happened to it.
update work_item set status = $2, owner_agent_id = $3, period_at = $4, opened_by = $5, first_human_reply_at = $6,
    resolved_at = $7, closed_at = $8, reopen_count = $9, turn_at = $10, first_due_at = $11, turn_due_at = $12,
    resolve_due_at = $13, resolve_left_s = $14, snoozed_until = $15, next_due_at = $16, changed_at = $17
where id = $1;

-- name: describe_case
-- Queue, urgency and words of a case. What a flow asked for was for the queue it was in.
update work_item set queue = $2, priority = $3, subject = $4, topic = $5, tags = $6, fields = $7::jsonb, changed_at = $8,
    asked = case when queue is not distinct from $2 then asked end
where id = $1;

-- name: put_into_case
-- An entry of a thread belongs to a case.
update interaction set work_item_id = $2 where id = $1;

-- name: add_sla_event
-- A promise was kept, broken, or kept late.
insert into sla_event (work_item_id, clock, outcome, started_at, due_at, at, wall_s, business_s)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: is_told_broken
-- Whether that promise was noted as broken before.
select exists (select from sla_event where work_item_id = $1 and clock = $2 and started_at = $3 and outcome = 'broken');

-- name: end_assignment
-- Whoever had the case has it no longer.
update assignment set to_at = $2 where work_item_id = $1 and to_at is null;

-- name: begin_assignment
-- Who has the case from now on.
insert into assignment (work_item_id, agent_id, queue, from_at, reason) values ($1, $2, $3, $4, $5);

-- name: due_cases
-- Cases with a promise that ended, oldest first; those another server looks at are left to it.
select * from work_item where next_due_at <= $1 order by next_due_at limit 100 for update skip locked;

-- name: asleep_cases
-- Cases whose sleep is over.
select * from work_item where snoozed_until <= $1 order by snoozed_until limit 100 for update skip locked;

-- name: next_moment
-- When a promise or a sleep ends next.
select least((select min(next_due_at) from work_item where next_due_at is not null),
             (select min(snoozed_until) from work_item where snoozed_until is not null));

-- name: set_next_due
-- Which promise ends next.
update work_item set next_due_at = $2 where id = $1;

-- name: show_case
-- A case as pages show it.
select * from case_card where number = $1;

-- name: list_urgent
-- A page of cases, the most urgent first: $1 owner, $2 nobody's, $3 of these queues, $4 status, $5 asleep: only | none | both,
-- $6 tag, $7 thread; after the case of $8 urgency, $9 time, $10 row. The names are looked up for the page alone.
with page as (
    select w.id from work_item w
    where ($1::uuid is null or w.owner_agent_id = $1) and (not $2 or w.owner_agent_id is null)
      and ($3::text[] is null or w.queue = any($3)) and w.status = any($4::smallint[])
      and ($5::boolean is null or (w.snoozed_until is not null) = $5) and ($6::text is null or $6 = any(w.tags))
      and ($7::uuid is null or w.thread_id = (select t.id from thread t where t.public_id = $7))
      and (w.priority, coalesce(w.turn_at, w.period_at), w.id) > ($8::smallint, $9::timestamptz, $10::bigint)
    order by w.priority, coalesce(w.turn_at, w.period_at), w.id limit $11
)
select c.* from page join case_card c on c.id = page.id
order by c.priority, coalesce(c.turn_at, c.period_at), c.id;

-- name: count_view
-- How many cases a view holds: $1 owner, $2 nobody's, $3 of these queues, $4 status, $5 asleep, $6 tag, $7 thread.
select count(*) from work_item w
where ($1::uuid is null or w.owner_agent_id = $1) and (not $2 or w.owner_agent_id is null)
  and ($3::text[] is null or w.queue = any($3)) and w.status = any($4::smallint[])
  and ($5::boolean is null or (w.snoozed_until is not null) = $5) and ($6::text is null or $6 = any(w.tags))
  and ($7::uuid is null or w.thread_id = (select t.id from thread t where t.public_id = $7));

-- name: counts
-- How many cases each view of an agent ($1), who serves these queues ($2), holds.
select count(*) filter (where owner_agent_id = $1 and snoozed_until is null) as mine,
       count(*) filter (where queue = any($2::text[]) and snoozed_until is null) as queues,
       count(*) filter (where owner_agent_id is null and snoozed_until is null) as unassigned,
       count(*) filter (where owner_agent_id = $1 and snoozed_until is not null) as snoozed,
       count(*) filter (where snoozed_until is null) as open,
       count(*) as all,
       (select count(*) from mention where agent_id = $1 and seen_at is null) as mentions
from work_item where status < 3;

-- name: queues_of
-- The queues an agent ($1) has the skills for.
select q.id from queue q
where not exists (
    select from jsonb_each_text(q.need) asked
    left join agent_skill k on k.agent_id = $1 and k.skill_id = asked.key
    where coalesce(k.level, 0) < asked.value::integer
) order by q.id;

-- name: mention
-- Colleagues named in a note, except its writer.
insert into mention (interaction_id, agent_id, by_agent, at)
select $1, a.id, $3, $4 from agent a where lower(a.login) = any($2::text[]) and a.active and a.id is distinct from $3
on conflict do nothing returning agent_id;

-- name: mentions
-- Where an agent was named, newest first.
select m.interaction_id as entry, m.at, m.seen_at, b.display_name as by_name, i.preview, t.public_id as thread,
       c.public_id as contact, c.display_name as contact_name
from mention m join interaction i on i.id = m.interaction_id join thread t on t.id = i.thread_id
join contact c on c.id = t.contact_id left join agent b on b.id = m.by_agent
where m.agent_id = $1 and ($2 or m.seen_at is null) order by m.at desc limit $3;

-- name: see_mentions
-- The agent has seen where he was named in a thread.
update mention m set seen_at = $3 from interaction i join thread t on t.id = i.thread_id
where m.interaction_id = i.id and t.public_id = $2 and m.agent_id = $1 and m.seen_at is null;

-- name: policies
-- Every promise there is.
select id, title, first_reply_s, turn_s, resolve_s, calendar from sla_policy order by id;

-- name: save_policy
-- A promise under its name.
insert into sla_policy (id, title, first_reply_s, turn_s, resolve_s, calendar) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update set title = excluded.title, first_reply_s = excluded.first_reply_s, turn_s = excluded.turn_s,
    resolve_s = excluded.resolve_s, calendar = excluded.calendar;

-- name: promises
-- What each queue promises, and for how long its resolved cases open again.
select id as queue, title, sla_policy as policy, reopen_window_s from queue order by id;

-- name: has_calendar
-- Whether there are opening hours of that name.
select exists (select from calendar where id = $1);

-- name: promise_queue
-- What a queue promises, and for how long its resolved cases open again.
update queue set sla_policy = $2, reopen_window_s = $3 where id = $1 returning id;

-- name: thread_row
-- A thread by its public name.
select id from thread where public_id = $1;

-- name: thread_name
-- The public name of a thread.
select public_id from thread where id = $1;
