-- name: claim_news
-- What webhooks have not been told of; held until the transaction ends.
select h.id, h.kind, h.interaction_id, h.work_item_id, h.at, h.data, h.by_rule, w.number, r.thread, r.contact
from happening h left join work_item w on w.id = h.work_item_id
left join interaction i on i.id = h.interaction_id
left join thread_root r on r.asked_row = coalesce(i.thread_id, w.thread_id, h.thread_id)
where h.hooks_open order by h.id limit $1 for update of h skip locked;

-- name: told_news
-- Whoever wants them has them queued.
update happening set hooks_open = false where id = any($1::bigint[]);

-- name: webhooks_on
-- Those that are told.
select id, events from webhook where state = 'on';

-- name: webhooks
-- Every webhook, with what waits and what failed.
select w.*, (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'queued') as waiting
from webhook w order by w.title, w.id;

-- name: webhook
-- One webhook.
select w.*, (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'queued') as waiting
from webhook w where w.id = $1;

-- name: save_webhook
-- A webhook under its id.
insert into webhook (id, title, url, events, secret, state, changed_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set title = excluded.title, url = excluded.url, events = excluded.events,
    secret = excluded.secret, state = excluded.state, failing_since = null, changed_at = excluded.changed_at;

-- name: drop_webhook
-- A webhook goes, and its log.
delete from webhook where id = $1 returning id;

-- name: add_delivery
-- To be told to a webhook; nothing when it is already.
insert into webhook_delivery (webhook_id, key, event, body, not_before, queued_at) values ($1, $2, $3, $4, $5, $5)
on conflict do nothing;

-- name: claim_deliveries
-- Some that are due, for us alone until the lease is over.
with next as (
    select d.id from webhook_delivery d join webhook w on w.id = d.webhook_id and w.state = 'on'
    where d.state = 'queued' and d.not_before <= $1 and (d.lease_until is null or d.lease_until <= $1)
    order by d.not_before, d.id limit $3 for update of d skip locked
)
update webhook_delivery d set lease_until = $2, attempts = attempts + 1 from next, webhook w
where d.id = next.id and w.id = d.webhook_id
returning d.id, d.webhook_id, d.key, d.event, d.body, d.attempts, w.url, w.secret;

-- name: next_delivery
-- When something is due next.
select min(greatest(d.not_before, coalesce(d.lease_until, d.not_before))) from webhook_delivery d
join webhook w on w.id = d.webhook_id and w.state = 'on' where d.state = 'queued';

-- name: end_delivery
-- It arrived, or never will.
update webhook_delivery set state = $2, ended_at = $3, lease_until = null, last_status = $4, last_error = $5 where id = $1;

-- name: put_off_delivery
-- It is tried again.
update webhook_delivery set not_before = $2, lease_until = null, last_status = $3, last_error = $4 where id = $1;

-- name: webhook_works
-- A delivery arrived.
update webhook set failing_since = null where id = $1 and failing_since is not null;

-- name: webhook_fails
-- A delivery did not arrive; since when none does.
update webhook set failing_since = coalesce(failing_since, $2) where id = $1 returning failing_since;

-- name: break_webhook
-- Nothing has arrived for long: an admin switches it on again.
update webhook set state = 'broken', changed_at = $2 where id = $1 and state = 'on' returning id;

-- name: deliveries
-- The log of a webhook, newest first.
select id, key, event, state, attempts, not_before, last_status, last_error, queued_at, ended_at
from webhook_delivery where webhook_id = $1 and id < $2 order by id desc limit $3;

-- name: delivery
-- One delivery with what is sent.
select * from webhook_delivery where webhook_id = $1 and id = $2;

-- name: replay
-- Once more.
update webhook_delivery set state = 'queued', attempts = 0, not_before = $3, lease_until = null, ended_at = null
where webhook_id = $1 and id = $2 and (lease_until is null or lease_until <= $3) returning id;

-- name: prune_deliveries
-- What ended long ago.
delete from webhook_delivery where id in (select id from webhook_delivery where ended_at < $1 limit $2);
