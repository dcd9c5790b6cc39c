-- name: add_events
-- Keeps deliveries as they came, in their order; those that are there already stay as they are. Rings ($7) when any was new.
with kept as (
    insert into inbound_event (endpoint_id, dedupe_key, sender, received_at, headers, raw)
    select one.endpoint, one.key, one.sender, $1, one.headers, one.raw
    from unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[])
        with ordinality as one(endpoint, key, sender, headers, raw, n)
    order by one.n
    on conflict (endpoint_id, dedupe_key) do nothing returning id
)
select count(*) as fresh, (select pg_notify($7, '') from kept limit 1) is not null as rung from kept;

-- name: claim_events
-- Among the 256 oldest open events those that are the first of their sender, up to $2, their rows locked, and what the
-- same senders sent next: in all up to $2, the oldest first. Whoever waits for a second try holds his sender up. Where all
-- of the oldest are held up: the first open event of each sender, whatever stands before it. The limits are numbers and
-- the look-ups lateral, so that a plan made for an empty table does not read all of a full one.
with recursive oldest as (
    select id from inbound_event where processed_at is null and parked_at is null order by id limit 256
), first as (
    select i.id, i.endpoint_id, i.sender from oldest join inbound_event i on i.id = oldest.id
    where i.processed_at is null and i.parked_at is null and (i.not_before is null or i.not_before <= $1)
        and not exists (select from inbound_event earlier
                        where earlier.endpoint_id = i.endpoint_id and earlier.sender = i.sender and earlier.id < i.id
                            and earlier.processed_at is null and earlier.parked_at is null)
    order by i.id limit $2 for update of i skip locked
), known as (
    (select endpoint_id, sender, id from inbound_event where processed_at is null and parked_at is null
     order by endpoint_id, sender, id limit 1)
    union all
    select following.* from known cross join lateral (
        select endpoint_id, sender, id from inbound_event
        where processed_at is null and parked_at is null and (endpoint_id, sender) > (known.endpoint_id, known.sender)
        order by endpoint_id, sender, id limit 1
    ) following
), behind as (
    select due.* from known cross join lateral (
        select i.id, i.endpoint_id, i.sender from inbound_event i where i.id = known.id
            and i.processed_at is null and i.parked_at is null and (i.not_before is null or i.not_before <= $1)
        limit 1 for update skip locked
    ) due
    where not exists (select from first) and (select count(*) from oldest) = 256
    limit $2
)
select run.id as event, run.raw, run.headers, run.attempts, e.*
from (select * from first union all select * from behind) found cross join lateral (
    select i.id, i.raw, i.headers, i.attempts from inbound_event i
    where i.endpoint_id = found.endpoint_id and i.sender = found.sender and i.id >= found.id
        and i.processed_at is null and i.parked_at is null and (i.not_before is null or i.not_before <= $1)
    order by i.id limit $2 for update skip locked
) run join endpoint e on e.id = found.endpoint_id
order by run.id limit $2;

-- name: give_way
-- Many locks at once could tie a knot with somebody else's: rather this transaction gives up.
set local lock_timeout = 300;

-- name: done_events
-- Their messages are entries in the same transaction.
update inbound_event set processed_at = $2, error = null where id = any($1::bigint[]);

-- name: put_off_event
-- It failed and is tried again; those of its sender wait for it.
update inbound_event set attempts = attempts + 1, not_before = $2, error = $3
where id = $1 and processed_at is null and parked_at is null;

-- name: park_event
-- It waits for an admin; those of its sender go on.
update inbound_event set attempts = attempts + 1, parked_at = $2, error = $3
where id = $1 and processed_at is null and parked_at is null;

-- name: next_event
-- When the next event that is put off is due; at $1 where some are left that others work at, who may die over them.
select min(at) from (
    select min(not_before) as at from inbound_event
    where processed_at is null and parked_at is null and not_before is not null
    union all
    select $1::timestamptz where exists (
        select from inbound_event where processed_at is null and parked_at is null and not_before is null)
) due;

-- name: parked_events
-- The parked events, the newest first.
select i.id, i.endpoint_id, e.public_id as endpoint, e.kind, coalesce(nullif(e.title, ''), e.address) as title, i.received_at,
       i.parked_at, i.attempts, i.error, length(i.raw) as bytes
from inbound_event i join endpoint e on e.id = i.endpoint_id
where i.parked_at is not null and i.processed_at is null and i.id < $1 order by i.id desc limit $2;

-- name: raw_event
-- A parked event as it came.
select raw, headers from inbound_event where id = $1 and parked_at is not null and processed_at is null;

-- name: replay_event
-- A parked event is tried again, as if it had just come.
update inbound_event set parked_at = null, attempts = 0, not_before = null
where id = $1 and parked_at is not null and processed_at is null returning endpoint_id;

-- name: prune_events
-- Old events that became entries.
delete from inbound_event where id in (
    select id from inbound_event where processed_at < $1 order by processed_at limit $2);

-- name: depth
-- Events that wait, and those that are parked.
select count(*) filter (where parked_at is null) as waiting, count(*) filter (where parked_at is not null) as parked
from inbound_event where processed_at is null;

-- name: claim_file
-- A file to fetch from its provider, for us alone until the lease is over.
update attachment set attempts = attempts + 1, not_before = $2 where id = (
    select id from attachment where state = 'fetching' and not_before <= $1 order by not_before limit 1
    for update skip locked)
returning id, interaction_id, name, mime, content_id, source_url, attempts,
    (select endpoint_id from interaction where interaction.id = interaction_id) as endpoint_row;

-- name: next_file
-- When the next file is to be fetched.
select min(not_before) from attachment where state = 'fetching';

-- name: drop_file
-- The vault has it now under a name of its own.
delete from attachment where id = $1 and state = 'fetching' returning id;

-- name: lose_file
-- It is not to be had.
update attachment set state = $2, detail = $3, source_url = null where id = $1 and state = 'fetching';

-- name: put_off_file
-- It is tried again then.
update attachment set not_before = $2 where id = $1 and state = 'fetching';
