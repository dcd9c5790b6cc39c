-- name: add_events
-- Keeps deliveries as they came, in their order; those that are there already stay as they are.
insert into inbound_event (endpoint_id, dedupe_key, sender, received_at, headers, raw)
select $1, one.key, one.sender, $2, one.headers, one.raw
from unnest($3::text[], $4::text[], $5::jsonb[], $6::bytea[]) with ordinality as one(key, sender, headers, raw, n)
order by one.n
on conflict (endpoint_id, dedupe_key) do nothing returning id;

-- name: claim_event
-- The oldest event that is the first open one of its sender, its row locked; others' are skipped.
select i.id as event, i.raw, i.headers, i.attempts, e.*
from inbound_event i join endpoint e on e.id = i.endpoint_id
where i.processed_at is null and i.parked_at is null and (i.not_before is null or i.not_before <= $1)
    and not exists (select 1 from inbound_event first
                    where first.endpoint_id = i.endpoint_id and first.sender = i.sender and first.id < i.id
                        and first.processed_at is null and first.parked_at is null)
order by i.id limit 1 for update of i skip locked;

-- name: done_event
-- Its message is an entry in the same transaction.
update inbound_event set processed_at = $2, error = null where id = $1;

-- name: put_off_event
-- It failed and is tried again; those of its sender wait for it.
update inbound_event set attempts = attempts + 1, not_before = $2, error = $3
where id = $1 and processed_at is null and parked_at is null;

-- name: park_event
-- It waits for an admin; those of its sender go on.
update inbound_event set attempts = attempts + 1, parked_at = $2, error = $3
where id = $1 and processed_at is null and parked_at is null;

-- name: next_event
-- When the next event that is put off is due.
select min(not_before) from inbound_event where processed_at is null and parked_at is null and not_before is not null;

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
