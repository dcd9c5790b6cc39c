-- name: endpoint_of_hook
-- The address of ours behind a webhook's URL, whatever its state.
select * from endpoint where public_id = $1;

-- name: endpoint_of_row
-- One address of ours.
select * from endpoint where id = $1;

-- name: endpoints
-- Every configured address of ours, of one kind or all, in any state or only one.
select * from endpoint
where public_id is not null and ($1::text is null or kind = $1) and ($2::text is null or state = $2)
order by kind, title, id;

-- name: add_endpoint
-- Configures an address; takes over one that is known from data only. No row when it is configured already.
insert into endpoint (public_id, kind, address, title, config, secrets, queue, default_region, language, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (kind, address) do update set public_id = excluded.public_id, title = excluded.title,
    config = excluded.config, secrets = excluded.secrets, queue = excluded.queue, state = 'off', problem = null,
    default_region = excluded.default_region, language = excluded.language, changed_at = excluded.changed_at
where endpoint.public_id is null
returning *;

-- name: change_endpoint
-- Replaces what an admin filled in. No row when another endpoint has that address.
update endpoint set address = $2, title = $3, config = $4, secrets = $5, queue = $6, default_region = $7, language = $8,
    changed_at = $9
where id = $1 and not exists (select 1 from endpoint other where other.kind = endpoint.kind and other.address = $2
                              and other.id <> $1)
returning *;

-- name: switch_endpoint
-- Turns an address on or off; what ailed it is forgotten.
update endpoint set state = $2, problem = null, paused_until = null, changed_at = $3
where public_id = $1 returning *;

-- name: needs_people
-- An address that is on works no more until an admin mends it.
update endpoint set state = 'reconnect', problem = $2 where id = $1 and state = 'on' returning id;

-- name: pause
-- Its provider wants no messages for a while.
update endpoint set paused_until = greatest(paused_until, $2) where id = $1;

-- name: forget_endpoint
-- Unconfigures an address; its entries stay where they are.
update endpoint set public_id = null, state = 'off', problem = null, config = '{}', secrets = null, changed_at = $2
where public_id = $1 returning id;

-- name: lock_secrets
-- One holder at a time of an endpoint's secrets, in all processes, beyond transactions.
select pg_advisory_lock(hashtextextended('endpoint secrets ' || $1::text, 0));

-- name: unlock_secrets
-- Gives them back.
select pg_advisory_unlock(hashtextextended('endpoint secrets ' || $1::text, 0));

-- name: secrets
-- The sealed secrets.
select secrets from endpoint where id = $1;

-- name: keep_secrets
-- New sealed secrets; no change an admin made.
update endpoint set secrets = $2 where id = $1;

-- name: claim_fetching
-- One process fetches for an endpoint that is on: whoever did so last, or whoever comes once he is silent.
update endpoint set fetcher = $2, fetcher_until = $4
where id = $1 and state = 'on' and (fetcher = $2 or fetcher_until is null or fetcher_until < $3) returning id;

-- name: leave_fetching
-- Another process may fetch at once.
update endpoint set fetcher = null, fetcher_until = null where id = $1 and fetcher = $2;
