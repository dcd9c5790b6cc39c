-- name: insert_calls
-- Opens the rows of calls that just arrived.
insert into call (id, direction, from_number, from_raw, to_number, source, flow_id, flow_revision, thread_id,
                  contact_id, started_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
                     $9::uuid[], $10::uuid[], $11::timestamptz[])
on conflict (id) do nothing;

-- name: insert_events
-- Appends to the ledger, in the order given.
insert into call_event (call_id, at, kind, data)
select call_id, at, kind, data
from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::jsonb[]) with ordinality
    as one(call_id, at, kind, data, place)
order by place;

-- name: upsert_legs
-- What is known of legs, each once; later news of the same leg completes the row.
insert into call_leg (id, call_id, kind, role, peer, agent_id, started_at, answered_at, ended_at, end_reason, stats)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
                     $8::timestamptz[], $9::timestamptz[], $10::text[], $11::jsonb[])
on conflict (id) do update set answered_at = coalesce(excluded.answered_at, call_leg.answered_at),
    ended_at = coalesce(excluded.ended_at, call_leg.ended_at),
    end_reason = coalesce(excluded.end_reason, call_leg.end_reason),
    stats = coalesce(excluded.stats, call_leg.stats);

-- name: end_calls
-- Puts the sums of their ledgers on the rows of calls that have ended.
update call set language = sums.language, queue = sums.queue, agent_id = sums.agent_id,
    answered_at = sums.answered_at, ended_at = sums.ended_at, result = sums.result, reason = sums.reason
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::text[],
            $8::text[]) as sums(id, language, queue, agent_id, answered_at, ended_at, result, reason)
where call.id = sums.id;

-- name: close_calls
-- The threads hold the ended calls; nothing is left to do for them.
update call set closed_at = done.at from unnest($1::uuid[], $2::timestamptz[]) as done(id, at) where call.id = done.id;

-- name: unclosed_calls
-- Calls of this server whose story is not complete: it went away under them.
select id, direction, from_number, to_number, thread_id, contact_id, started_at, ended_at
from call where closed_at is null and coalesce(node, '') in ('', coalesce(current_setting('threadline.node', true), ''))
order by started_at;

-- name: call_row
-- One call's own row.
select * from call where id = $1;

-- name: has_call_from
-- Whether a call came by this way; the condition is that of its index.
select exists(select from call where source = $1 and source like 'twilio:%');

-- name: events_of
-- One call's ledger, oldest first.
select at, kind, data from call_event where call_id = $1 order by id;

-- name: legs_of
-- The legs of a call, in the order they began, with what their carrier told of them.
select l.id, l.kind, l.role, l.peer, l.agent_id, l.started_at, l.answered_at, l.ended_at, l.end_reason, l.stats,
       c.sid, c.status, c.stir, c.answered_by, c.duration_s, c.price, c.price_unit
from call_leg l left join carried_leg c on c.leg_id = l.id where l.call_id = $1 order by l.started_at;

-- name: account_number
-- The caller ID an account shows.
select number from sip_account where username = $1;

-- name: account_dialled
-- The account whose phones ring for what was dialled: its user name, else its number in any of these forms.
select username from sip_account where username = $1 or number = any($2::text[])
order by username = $1 desc, username limit 1;

-- name: caller_id_of
-- What a queue ($1, or none) shows to whom it calls: its own number, else the first published one.
select coalesce((select caller_id from queue where id = $1), (select min(number) from number_route));

-- name: queue_title
-- What people call a queue.
select title from queue where id = $1;

-- name: set_caller_id
-- The number a queue shows; null for the first published one.
update queue set caller_id = $2 where id = $1 returning true;

-- name: routes
-- Every published number with the flow that answers it.
select number, title, flow_id, revision, region, record from number_route order by number;

-- name: upsert_route
-- Points a published number at a flow.
insert into number_route (number, title, flow_id, revision, region, record) values ($1, $2, $3, $4, $5, $6)
on conflict (number) do update set title = excluded.title, flow_id = excluded.flow_id,
    revision = excluded.revision, region = excluded.region, record = excluded.record;

-- name: calendars
-- Opening hours by name.
select id, timezone, weekly, holidays from calendar order by id;

-- name: upsert_calendar
-- Opening hours under a name.
insert into calendar (id, timezone, weekly, holidays) values ($1, $2, $3, $4)
on conflict (id) do update set timezone = excluded.timezone, weekly = excluded.weekly, holidays = excluded.holidays;

-- name: add_flow
-- Makes the name known.
insert into flow (id) values ($1) on conflict (id) do nothing;

-- name: lock_flow
-- Serialises saves of one flow.
select id, published from flow where id = $1 for update;

-- name: newest_revision
-- The last revision saved, to number the next and to notice an unchanged text.
select n, sha256 from flow_revision where flow_id = $1 order by n desc limit 1;

-- name: add_revision
-- Stores a revision, never to change.
insert into flow_revision (flow_id, n, sha256, author, message, yaml, created_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: publish_revision
-- Moves the pointer; calls under way keep the revision they started with.
update flow set published = $2 where id = $1 and exists (select from flow_revision where flow_id = $1 and n = $2)
returning id;

-- name: revision
-- The text of one revision.
select n, yaml from flow_revision where flow_id = $1 and n = $2;

-- name: published_revisions
-- The text in force of every flow.
select f.id, r.n, r.yaml from flow f join flow_revision r on r.flow_id = f.id and r.n = f.published order by f.id;
