-- name: lock_matcher
-- One matcher at a time over all server nodes, until the transaction ends; a server that hangs in it loses it.
select set_config('idle_in_transaction_session_timeout', '3000', true), pg_advisory_xact_lock(7410001);

-- name: lock_join
-- Two deliveries of one call's wish to wait take turns, also before it has a row.
select pg_advisory_xact_lock(hashtextextended($1, 7410002));

-- name: lock_calls
-- Whoever changes these calls' places or offers takes turns; always before lock_agents.
select call_id from waiting where call_id = any($1::uuid[]) order by call_id for update;

-- name: lock_agents
-- Whoever changes these agents' states takes turns; always after lock_calls.
select id from agent where id = any($1::uuid[]) order by id for no key update;

-- name: define_queue
-- A queue and its rules.
insert into queue (id, title, need, ring_timeout_s, max_waiting, calendar, strategy, target_s, short_abandon_s,
                   overflow_queue, overflow_after_s, overflow_when_full, digital, ring_at_most)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (id) do update set title = excluded.title, need = excluded.need,
    ring_timeout_s = excluded.ring_timeout_s, max_waiting = excluded.max_waiting, calendar = excluded.calendar,
    strategy = excluded.strategy, target_s = excluded.target_s, short_abandon_s = excluded.short_abandon_s,
    overflow_queue = excluded.overflow_queue, overflow_after_s = excluded.overflow_after_s,
    overflow_when_full = excluded.overflow_when_full, digital = excluded.digital, ring_at_most = excluded.ring_at_most;

-- name: queue_rules
-- What joining a queue depends on.
select q.id, q.title, q.need, q.ring_timeout_s, q.max_waiting, q.calendar, q.strategy, q.target_s, q.short_abandon_s,
       q.overflow_queue, q.overflow_after_s, q.overflow_when_full, q.digital, q.ring_at_most,
       c.timezone, c.weekly, c.holidays
from queue q left join calendar c on c.id = q.calendar where q.id = $1;

-- name: has_calendar
-- Whether there are opening hours of that name.
select exists (select from calendar where id = $1);

-- name: lock_queue
-- Joins of a queue with a cap take turns, or the cap would be passed.
select id from queue where id = $1 for no key update;

-- name: count_waiting
-- How many are in a queue without a conversation.
select count(*) from waiting where queue = $1 and state in ('waiting', 'offered');

-- name: enter_queue
-- A place in a queue, as of $9; a call that left one before starts anew. $14 is now, $15 why.
with place as (
    insert into waiting (call_id, queue, thread_id, caller, need, own_need, priority, prefer, entered_at, node, kind, ticket,
                         max_wait_s, hard, barred)
    values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8::jsonb, $9, $10, $11, $12, $13, $16::jsonb, $17)
    on conflict (call_id) do update set queue = excluded.queue, thread_id = excluded.thread_id, caller = excluded.caller,
        need = excluded.need, own_need = excluded.own_need, priority = excluded.priority, prefer = excluded.prefer,
        exclude = '{}', entered_at = excluded.entered_at, node = excluded.node, kind = excluded.kind, ticket = excluded.ticket,
        max_wait_s = excluded.max_wait_s, hard = excluded.hard, barred = excluded.barred, attempts = 0, overflowed_at = null,
        told_wait_s = null, resumed_by = null, state = 'waiting', left_at = null, left_reason = null
    returning call_id, queue, entered_at
)
insert into queue_event (at, queue, call_id, kind, wait_s, reason)
select $14, queue, call_id, 'entered', greatest(0, extract(epoch from $14 - entered_at)), $15 from place;

-- name: note_refused
-- A call that was not let into a queue.
insert into queue_event (at, queue, call_id, kind, reason) values ($1, $2, $3, 'refused', $4);

-- name: take_up_place
-- The place a thread left in a queue a short while ago ($3) is this call's now.
update waiting w set resumed_by = $4 from (
    select call_id from waiting
    where thread_id = $1 and state = 'left' and left_at >= $3 and (queue = $2 or overflowed_at is not null) and kind = 'call' and resumed_by is null
      and left_reason = any($5::text[]) and call_id <> $4
    order by entered_at limit 1 for update skip locked
) one where w.call_id = one.call_id returning w.entered_at;

-- name: waiting_state
-- Where a call is in its queue's life.
select queue, state, kind, node, ticket, thread_id, entered_at, told_wait_s from waiting where call_id = $1;

-- name: position
-- The place of a call among all who have no conversation yet; 1 is next.
select (select count(*) from waiting ahead
        where ahead.queue = w.queue and ahead.state in ('waiting', 'offered')
          and (turn(ahead.entered_at, ahead.priority), ahead.call_id) <= (turn(w.entered_at, w.priority), w.call_id))
from waiting w where w.call_id = $1 and w.state in ('waiting', 'offered');

-- name: leave_queue
-- The call waits no longer.
with gone as (
    update waiting set state = 'left', left_at = $2, left_reason = $3
    where call_id = $1 and state in ('waiting', 'offered') returning call_id, queue, entered_at
)
insert into queue_event (at, queue, call_id, kind, wait_s, reason)
select $2, queue, call_id, 'left', greatest(0, extract(epoch from $2 - entered_at)), $3 from gone;

-- name: connect_waiting
-- The call has its person ($3).
with done as (
    update waiting set state = 'connected', left_at = $2, left_reason = 'answered'
    where call_id = $1 and state in ('waiting', 'offered') returning call_id, queue, entered_at, kind
)
insert into queue_event (at, queue, call_id, kind, wait_s, reason, agent_id)
select $2, queue, call_id, 'answered', greatest(0, extract(epoch from $2 - entered_at)), nullif(kind, 'call'), $3 from done;

-- name: move_place
-- To another queue ($2) with the place kept; $3 is what it asks for there, $4 now, $5 why.
with before as (
    select call_id, queue from waiting where call_id = $1 and state = 'waiting' and queue <> $2
), moved as (
    update waiting w set queue = $2, need = $3::jsonb, overflowed_at = $4
    from before where w.call_id = before.call_id returning w.call_id, w.entered_at, before.queue as was
)
insert into queue_event (at, queue, call_id, kind, wait_s, reason)
select $4, part.queue, moved.call_id, part.kind, greatest(0, extract(epoch from $4 - moved.entered_at)), $5
from moved cross join lateral (values (1, moved.was, 'moved'), (2, $2, 'entered')) as part(place, queue, kind)
order by part.place
returning id;

-- name: asked_of
-- What a call asks for, and of which queue; `own_need` false: what that queue asks for.
select queue, need, own_need, hard from waiting where call_id = $1;

-- name: mark_overflowed
-- It was looked at whether the call goes elsewhere; it stays.
update waiting set overflowed_at = $2 where call_id = $1;

-- name: overflow_due
-- Calls that waited long enough for another queue.
select w.call_id, q.overflow_queue from waiting w join queue q on q.id = w.queue
where w.state = 'waiting' and w.overflowed_at is null and q.overflow_queue is not null
  and w.entered_at + make_interval(secs => q.overflow_after_s) <= $1 order by w.entered_at;

-- name: tell_wait
-- The shortest wait this caller was told.
update waiting set told_wait_s = $2 where call_id = $1;

-- name: place_of
-- A caller's place, and what an estimate of his wait needs.
select w.queue, w.need, w.told_wait_s, w.entered_at, q.id,
       (select count(*) from waiting ahead
        where ahead.queue = w.queue and ahead.state in ('waiting', 'offered')
          and (turn(ahead.entered_at, ahead.priority), ahead.call_id) <= (turn(w.entered_at, w.priority), w.call_id)) as position
from waiting w join queue q on q.id = w.queue where w.call_id = $1 and w.state in ('waiting', 'offered');

-- name: note_share
-- The place a call came to, for each agent who could serve it.
update waiting set share = $2 where call_id = $1;

-- name: pace_of
-- Since $2, who was served after $3 seconds or more where he had come to: how many, and their waits over their shares.
select count(*) as served, sum(e.wait_s) / sum(w.share) as turn_s
from queue_event e join waiting w on w.call_id = e.call_id
where e.queue = $1 and e.at >= $2 and e.kind = 'answered' and e.reason is null and e.wait_s >= $3
  and w.share is not null and w.overflowed_at is null;

-- name: return_to_queue
-- Back to its place, unless another phone rings for it; the agent ($2) is not asked again until $3.
update waiting w set exclude = exclude || jsonb_build_object($2::text, $3::text), attempts = attempts + 1,
    state = case when exists (select from reservation r where r.call_id = w.call_id and r.state = 'offered')
                 then 'offered' else 'waiting' end
where call_id = $1;

-- name: keep_place
-- The offer is gone, the place stays; nobody is to blame. The place waits once no phone rings for it.
update waiting w set state = 'waiting'
where call_id = $1 and state = 'offered'
  and not exists (select from reservation r where r.call_id = w.call_id and r.state = 'offered');

-- name: waiting_calls
-- Everybody the matcher may serve. What is asked for as text: many ask for the same, which is then read once.
select w.call_id, w.queue, w.need::text as need, w.priority, w.prefer, w.exclude, w.entered_at, w.hard, w.barred, w.max_wait_s, w.attempts,
       q.ring_timeout_s, w.kind
from waiting w join queue q on q.id = w.queue where w.state = 'waiting';

-- name: agents_now
-- Everybody logged in; idle since they last did anything but wait for calls. Skills as text, as in waiting_calls.
select a.id, s.state, a.chats_at_once, a.mails_at_once, coalesce(
           (select past.to_at from agent_state past
            where past.agent_id = a.id and past.to_at is not null and past.state not in ('ready', 'offered')
            order by past.from_at desc, past.id desc limit 1), s.from_at) as idle_since,
       (select r.offered_at from reservation r where r.agent_id = a.id order by r.offered_at desc limit 1) as last_offer_at,
       coalesce((select json_object_agg(k.skill_id, k.level order by k.skill_id)::text
                 from agent_skill k where k.agent_id = a.id), '{}') as skills
from agent a join agent_state s on s.agent_id = a.id and s.to_at is null
where a.active and s.state <> 'logged_out';

-- name: reserve
-- Reservations $1 of calls $2 for agents $3 until $4, all at once; those whose call or agent is free no more fall out.
-- One call may be offered to several agents. Who is called back is rung first, so his agent is kept for longer.
with pair as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as p(id, call_id, agent_id, lease_until)
    where exists (select from agent_state s where s.agent_id = p.agent_id and s.to_at is null and s.state = 'ready')
), rung as (
    update waiting w set state = 'offered' where w.state = 'waiting' and w.call_id in (select call_id from pair)
    returning w.call_id, w.queue, w.caller, w.thread_id, w.entered_at, w.kind
), called as (
    select pair.id, pair.call_id, pair.agent_id, rung.queue,
           pair.lease_until + case rung.kind when 'callback' then interval '40 s' else interval '0' end as lease_until,
           rung.caller, rung.thread_id, rung.entered_at, rung.kind
    from pair join rung using (call_id)
), closed as (
    update agent_state s set to_at = greatest(s.from_at, $5) from called
    where s.agent_id = called.agent_id and s.to_at is null
    returning s.agent_id, s.to_at
), opened as (
    insert into agent_state (agent_id, state, from_at, until)
    select closed.agent_id, 'offered', closed.to_at, called.lease_until from closed join called using (agent_id)
), reserved as (
    insert into reservation (id, call_id, agent_id, queue, state, offered_at, lease_until)
    select id, call_id, agent_id, queue, 'offered', $5, lease_until from called
)
select * from called;

-- name: write_decision
-- Who got the call and why nobody else.
insert into routing_decision (at, call_id, agent_id, detail) values ($1, $2, $3, $4::jsonb);

-- name: find_reservation
-- One offer.
select id, call_id, agent_id, queue, state, lease_until from reservation where id = $1;

-- name: open_reservations
-- The offers or the conversation a call has.
select id, call_id, agent_id, queue, state, lease_until from reservation
where call_id = $1 and state in ('offered', 'connected') order by offered_at, id;

-- name: open_of_agent
-- The offer or conversation an agent has, if any.
select id, call_id, agent_id, queue, state, lease_until from reservation
where agent_id = $1 and state in ('offered', 'connected');

-- name: connect_reservation
-- The agent picked up.
update reservation set state = 'connected', connected_at = $2 where id = $1;

-- name: close_reservation
-- The offer or conversation is over.
update reservation set state = $2, ended_at = $3, reason = $4 where id = $1;

-- name: carry_reservation
-- A conversation goes on in another call, which has none open.
update reservation set call_id = $2 where id = $1;

-- name: copy_place
-- A call that never waited ($2) has the place of the one ($1) whose conversation goes on in it.
insert into waiting (call_id, queue, thread_id, caller, need, priority, entered_at, state, left_at, left_reason, node)
select $2, queue, thread_id, caller, need, priority, entered_at, 'connected', left_at, 'joined', node
from waiting where call_id = $1 on conflict (call_id) do nothing;

-- name: leases_over
-- Offers nobody closed in time.
select id from reservation where state = 'offered' and lease_until <= $1;

-- name: agent_state_now
-- The open interval of an agent.
select state, reason, until from agent_state where agent_id = $1 and to_at is null;

-- name: before_work
-- What an agent was before he had work; $2 is the reason of who is away only because a call rings.
select state, reason from agent_state
where agent_id = $1 and to_at is not null and state not in ('offered', 'talking', 'wrap_up')
  and not (state = 'away' and reason is not distinct from $2)
order by from_at desc, id desc limit 1;

-- name: move_agent
-- Ends the agent's present interval and begins the next in the same moment.
with closed as (
    update agent_state set to_at = greatest(from_at, $3) where agent_id = $1 and to_at is null returning to_at
)
insert into agent_state (agent_id, state, reason, from_at, until)
select $1, $2, $4, coalesce(max(closed.to_at), $3), $5 from closed
returning from_at;

-- name: wrap_up_s
-- How long an agent's wrap-up lasts.
select wrap_up_s from agent where id = $1;

-- name: wrap_ups_over
-- Agents whose wrap-up has ended by itself.
select agent_id from agent_state where to_at is null and state = 'wrap_up' and until <= $1;

-- name: disabled_at_work
-- Whom an admin disabled while he was at work.
select s.agent_id from agent_state s join agent a on a.id = s.agent_id
where s.to_at is null and s.state <> 'logged_out' and not a.active;

-- name: next_deadline
-- When the next lease, wrap-up or overflow is due.
select least((select min(lease_until) from reservation where state = 'offered'),
             (select min(until) from agent_state where to_at is null and state = 'wrap_up'),
             (select min(w.entered_at + make_interval(secs => q.overflow_after_s)) from waiting w join queue q on q.id = w.queue
              where w.state = 'waiting' and w.overflowed_at is null and q.overflow_queue is not null));

-- name: states
-- Everyone with state and call.
select a.id, a.login, a.display_name, coalesce(s.state, 'logged_out') as state, s.reason, s.from_at, s.until,
       coalesce(r.call_id, t.call_id) as call_id
from agent a left join agent_state s on s.agent_id = a.id and s.to_at is null
left join reservation r on r.agent_id = a.id and r.state in ('offered', 'connected')
left join talk_by_hand t on t.agent_id = a.id and t.ended_at is null
where a.active order by a.login;

-- name: queues
-- Every queue with who is in it.
select q.id, q.title, q.max_waiting, q.ring_timeout_s, q.need, q.calendar, q.strategy, q.target_s, q.short_abandon_s,
       q.overflow_queue, q.overflow_after_s, q.overflow_when_full, q.digital, q.ring_at_most,
       count(w.call_id) filter (where w.state = 'waiting') as waiting,
       count(w.call_id) filter (where w.state = 'offered') as offered,
       min(w.entered_at) as oldest
from queue q left join waiting w on w.queue = q.id and w.state in ('waiting', 'offered')
group by q.id order by q.id;

-- name: talking_by_queue
-- Conversations each queue has led to and that go on.
select queue, count(*) as talking from (
    select queue from reservation where state = 'connected'
    union all select queue from talk_by_hand where ended_at is null and queue is not null
) talks group by queue;

-- name: open_of_nodes
-- Offers and conversations of calls these servers ($1) had on their lines.
select r.id, r.call_id, r.agent_id, r.queue, r.state, r.lease_until from reservation r join waiting w using (call_id)
where r.state in ('offered', 'connected') and (w.node = any($1::text[]) or w.node is null and w.kind = 'call');

-- name: places_of_nodes
-- Everybody in a queue whom these servers ($1) had on their lines, with his place among all.
select call_id, queue, position, kind, ticket from (
    select call_id, queue, kind, ticket, node, state,
           row_number() over (partition by queue order by turn(entered_at, priority), call_id) as position
    from waiting where state in ('waiting', 'offered')
) everybody where node = any($1::text[]) or node is null and kind = 'call' order by queue, position;

-- name: claim_place
-- Whose line this callback is on; nobody else's from now on.
update waiting set node = $2 where call_id = $1 and kind = 'callback' and (node is null or node = $2) and state = 'offered'
returning call_id;

-- name: made_offer
-- An offer another server made, as the page needs it.
select r.id, r.call_id, r.agent_id, r.queue, r.lease_until, w.caller, w.thread_id, w.entered_at, w.kind, q.ring_timeout_s
from reservation r join waiting w on w.call_id = r.call_id join queue q on q.id = r.queue
where r.id = $1 and r.state = 'offered';

-- name: queue_policies
-- How each queue chooses its agents.
select id, strategy, target_s, ring_at_most from queue;

-- name: agent_days
-- Since $1, of everybody logged in: seconds at work, seconds there at all but away, conversations.
select s.agent_id,
       sum(part.s) filter (where s.state in ('offered', 'talking', 'wrap_up')) as busy_s,
       sum(part.s) filter (where s.state <> 'away') as there_s,
       (select count(*) from reservation r where r.agent_id = s.agent_id and r.offered_at >= $1 and r.connected_at is not null)
           + (select count(*) from talk_by_hand t where t.agent_id = s.agent_id and t.began_at >= $1) as contacts
from agent_state s
cross join lateral (select extract(epoch from coalesce(s.to_at, $2) - greatest(s.from_at, $1))::double precision as s) part
where s.state <> 'logged_out' and coalesce(s.to_at, $2) > $1 and s.from_at < $2
  and exists (select from agent_state open where open.agent_id = s.agent_id and open.to_at is null and open.state <> 'logged_out')
group by s.agent_id;

-- name: crew_occupancy
-- The share of time at work of everybody who was there and not away, from $1 to $2; null where nobody was.
select sum(part.s) filter (where s.state in ('offered', 'talking', 'wrap_up'))::double precision / nullif(sum(part.s), 0)
from agent_state s
cross join lateral (select extract(epoch from least(coalesce(s.to_at, $2), $2) - greatest(s.from_at, $1))::double precision as s) part
where s.state not in ('logged_out', 'away') and coalesce(s.to_at, $2) > $1 and s.from_at < $2;

-- name: skill_load
-- Erlangs asked of each skill from $1 to $2: entries whose first need names it, times their mean talk and wrap-up.
with mean as (
    select avg(extract(epoch from r.ended_at - r.connected_at) + a.wrap_up_s)::double precision as s
    from reservation r join agent a on a.id = r.agent_id where r.connected_at >= $1 and r.ended_at is not null
)
select skill, count(*) * coalesce((select s from mean), 0) / extract(epoch from $2::timestamptz - $1::timestamptz)::double precision
    as erlangs
from waiting w, jsonb_object_keys(w.need -> 0 -> 'need') as skill
where w.entered_at >= $1 group by skill;

-- name: queue_ends
-- By queue from $1 to $2: who was answered in time, and everybody whose waiting was over but for who gave up ($3) at once.
select e.queue, count(*) filter (where e.kind = 'answered' and e.wait_s <= q.target_s) as in_time, count(*) as ended
from queue_event e join queue q on q.id = e.queue
where e.at >= $1 and e.at <= $2 and (e.kind = 'answered' and e.reason is null
   or e.kind = 'left' and e.reason = any($3::text[]) and e.wait_s >= q.short_abandon_s)
group by e.queue;

-- name: crowd
-- How many are in a queue without a conversation, and since when.
select count(*) as waiting, min(entered_at) as oldest from waiting where queue = $1 and state in ('waiting', 'offered');

-- name: waiting_agents
-- Who would be offered a call sooner or later.
select agent_id from agent_state where to_at is null and state in ('ready', 'wrap_up', 'missed') order by agent_id;
