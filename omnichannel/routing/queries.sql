-- name: lock_matcher
-- One matcher at a time over all server nodes, until the transaction ends.
select pg_advisory_xact_lock(7410001);

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
insert into queue (id, title, need, ring_timeout_s, max_waiting) values ($1, $2, $3::jsonb, $4, $5)
on conflict (id) do update set title = excluded.title, need = excluded.need,
    ring_timeout_s = excluded.ring_timeout_s, max_waiting = excluded.max_waiting;

-- name: queue_rules
-- What joining a queue depends on.
select need, max_waiting from queue where id = $1;

-- name: lock_queue
-- Joins of a queue with a cap take turns, or the cap would be passed.
select id from queue where id = $1 for no key update;

-- name: count_waiting
-- How many are in a queue without a conversation.
select count(*) from waiting where queue = $1 and state in ('waiting', 'offered');

-- name: enter_queue
-- A place at the end of a queue; a call that left one before starts anew.
insert into waiting (call_id, queue, thread_id, caller, need, priority, prefer, entered_at)
values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7::jsonb, $8)
on conflict (call_id) do update set queue = excluded.queue, thread_id = excluded.thread_id, caller = excluded.caller,
    need = excluded.need, priority = excluded.priority, prefer = excluded.prefer, exclude = '{}',
    entered_at = excluded.entered_at, state = 'waiting', left_at = null, left_reason = null;

-- name: waiting_state
-- Where a call is in its queue's life.
select queue, state, exclude from waiting where call_id = $1;

-- name: position
-- The place of a call among all who have no conversation yet; 1 is next.
select (select count(*) from waiting ahead
        where ahead.queue = w.queue and ahead.state in ('waiting', 'offered')
          and (ahead.priority, ahead.entered_at, ahead.call_id) <= (w.priority, w.entered_at, w.call_id))
from waiting w where w.call_id = $1 and w.state in ('waiting', 'offered');

-- name: leave_queue
-- The call waits no longer.
update waiting set state = 'left', left_at = $2, left_reason = $3 where call_id = $1;

-- name: connect_waiting
-- The call has its person.
update waiting set state = 'connected', left_at = $2, left_reason = 'answered' where call_id = $1;

-- name: return_to_queue
-- Back to its place; the agent ($2) is not asked again until $3.
update waiting set state = 'waiting', exclude = exclude || jsonb_build_object($2::text, $3::text) where call_id = $1;

-- name: waiting_calls
-- Everybody the matcher may serve.
select w.call_id, w.queue, w.need, w.priority, w.prefer, w.exclude, w.entered_at, q.ring_timeout_s
from waiting w join queue q on q.id = w.queue where w.state = 'waiting';

-- name: agents_now
-- Everybody logged in; idle since they last did anything but wait for calls.
select a.id, s.state, coalesce(
           (select past.to_at from agent_state past
            where past.agent_id = a.id and past.to_at is not null and past.state not in ('ready', 'offered')
            order by past.from_at desc, past.id desc limit 1), s.from_at) as idle_since,
       coalesce((select json_object_agg(k.skill_id, k.level) from agent_skill k where k.agent_id = a.id), '{}') as skills
from agent a join agent_state s on s.agent_id = a.id and s.to_at is null
where a.active and s.state <> 'logged_out';

-- name: reserve
-- Reservations $1 of calls $2 for agents $3 until $4, all at once; those whose call or agent is free no more fall out.
with pair as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as p(id, call_id, agent_id, lease_until)
), called as (
    update waiting w set state = 'offered' from pair
    where w.call_id = pair.call_id and w.state = 'waiting'
      and exists (select from agent_state s where s.agent_id = pair.agent_id and s.to_at is null and s.state = 'ready')
    returning pair.id, pair.call_id, pair.agent_id, pair.lease_until, w.queue, w.caller, w.thread_id, w.entered_at
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

-- name: open_reservation
-- The offer or conversation a call has, if any.
select id, call_id, agent_id, queue, state, lease_until from reservation
where call_id = $1 and state in ('offered', 'connected');

-- name: connect_reservation
-- The agent picked up.
update reservation set state = 'connected', connected_at = $2 where id = $1;

-- name: close_reservation
-- The offer or conversation is over.
update reservation set state = $2, ended_at = $3, reason = $4 where id = $1;

-- name: carry_reservation
-- A conversation goes on in another call, which has none open.
update reservation set call_id = $2 where id = $1;

-- name: leases_over
-- Offers nobody closed in time.
select id from reservation where state = 'offered' and lease_until <= $1;

-- name: agent_state_now
-- The open interval of an agent.
select state, reason, until from agent_state where agent_id = $1 and to_at is null;

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

-- name: next_deadline
-- When the next lease or wrap-up ends.
select least((select min(lease_until) from reservation where state = 'offered'),
             (select min(until) from agent_state where to_at is null and state = 'wrap_up'));

-- name: states
-- Everyone with state and call.
select a.id, a.login, a.display_name, coalesce(s.state, 'logged_out') as state, s.reason, s.from_at, s.until, r.call_id
from agent a left join agent_state s on s.agent_id = a.id and s.to_at is null
left join reservation r on r.agent_id = a.id and r.state in ('offered', 'connected')
where a.active order by a.login;

-- name: queues
-- Every queue with who is in it.
select q.id, q.title, q.max_waiting, q.ring_timeout_s, q.need,
       count(w.call_id) filter (where w.state = 'waiting') as waiting,
       count(w.call_id) filter (where w.state = 'offered') as offered,
       min(w.entered_at) as oldest
from queue q left join waiting w on w.queue = q.id and w.state in ('waiting', 'offered')
group by q.id order by q.id;

-- name: talking_by_queue
-- Conversations each queue has led to and that go on.
select queue, count(*) as talking from reservation where state = 'connected' group by queue;

-- name: open_reservations
-- Offers and conversations the last run left open.
select id, call_id, agent_id, queue, state, lease_until from reservation where state in ('offered', 'connected');

-- name: places
-- Everybody in a queue, with his place.
select call_id, queue, row_number() over (partition by queue order by priority, entered_at, call_id) as position
from waiting where state in ('waiting', 'offered') order by queue, position;
