-- name: asked_in
-- The place of the call that asks, also one it gave up a moment ago ($2).
select queue, thread_id, caller, need, own_need, priority, prefer, entered_at, overflowed_at, hard, barred from waiting
where call_id = $1 and (state in ('waiting', 'offered') or state = 'left' and left_at >= $2 and resumed_by is null);

-- name: lock_number
-- Two wishes for one number take turns, also before there is a ticket.
select pg_advisory_xact_lock(hashtextextended($1, 7410004));

-- name: open_ticket
-- The open ticket of a number in a queue.
select id from callback_ticket where number = $1 and queue = $2 and state in ('scheduled', 'waiting') limit 1;

-- name: count_open
-- How many are to be called back from a queue.
select count(*) from callback_ticket where queue = $1 and state in ('scheduled', 'waiting');

-- name: add_ticket
-- Somebody is to be called back.
insert into callback_ticket (id, asked_in, queue, thread_id, number, caller, need, own_need, priority, prefer, trunk, shown,
                             entered_at, not_before, not_after, expires_at, retry_after_s, attempts_left, state, created_at,
                             hard, barred)
values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $10::jsonb, $11, $12, $13, $14, $15, $16, $17, $18, 'scheduled', $19,
        $20::jsonb, $21);

-- name: take_over_place
-- The place a call gave up is its ticket's ($2) now.
update waiting set resumed_by = $2 where call_id = $1 and state = 'left';

-- name: due_tickets
-- Tickets whose time has come.
select id from callback_ticket where state = 'scheduled' and not_before <= $1 and expires_at > $1
  and (not_after is null or not_after > $1) order by entered_at limit 200;

-- name: over_tickets
-- Tickets nobody can keep any more.
select id from callback_ticket where state in ('scheduled', 'waiting') and (expires_at <= $1 or not_after <= $1) limit 200;

-- name: lock_ticket
-- One ticket; whoever changes it takes turns.
select * from callback_ticket where id = $1 for update;

-- name: begin_place
-- The ticket waits in its queue by this row.
update callback_ticket set state = 'waiting', place = $2 where id = $1;

-- name: schedule_again
-- An attempt ($3: 1, or 0 where nobody was rung) came to nothing; the next is due at $2.
update callback_ticket set state = 'scheduled', place = null, not_before = $2, attempts = attempts + $3,
    attempts_left = attempts_left - $3, reason = $4 where id = $1;

-- name: close_ticket
-- The ticket is done with ($3 attempts more).
update callback_ticket set state = $2, attempts = attempts + $3, attempts_left = greatest(0, attempts_left - $3),
    closed_at = $4, reason = $5 where id = $1;

-- name: ticket_of_place
-- The ticket that waits by this row.
select id from callback_ticket where place = $1;

-- name: move_ticket
-- The ticket that waits by $1 is of another queue, and asks for what is asked for there.
update callback_ticket set queue = $2, need = $3::jsonb where place = $1;

-- name: next_moment
-- When a ticket falls due or ends.
select least((select min(not_before) from callback_ticket where state = 'scheduled'),
             (select min(least(expires_at, not_after)) from callback_ticket where state in ('scheduled', 'waiting')));

-- name: open_tickets
-- Everybody who is to be called back, in the order of their places.
select t.id, t.queue, t.thread_id, t.number, t.entered_at, t.not_before, t.not_after, t.expires_at, t.attempts, t.attempts_left,
       t.state, t.reason, w.state as place_state
from callback_ticket t left join waiting w on w.call_id = t.place
where t.state in ('scheduled', 'waiting') order by t.entered_at limit 500;
