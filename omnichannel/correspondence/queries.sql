-- name: add_message
-- A message with its body, and when its customer wrote last; nothing when its provider delivered it before.
with shown as (
    insert into interaction (thread_id, endpoint_id, identity_id, kind, channel, direction, actor_kind, actor_id,
                             occurred_at, provider_msg_id, reply_to_id, status, preview)
    select $1, $2::bigint, $3::bigint, $4, $5, $6::text, $7, $8, $9::timestamptz, $10::text, $11, $12, $13
    where not exists (select from interaction_alias where endpoint_id = $2::bigint and provider_msg_id = $10::text)
    on conflict (endpoint_id, provider_msg_id) where provider_msg_id is not null do nothing
    returning id, endpoint_id, reply_to_id
), heard as (
    insert into correspondence (identity_id, endpoint_id, last_inbound)
    select $3::bigint, endpoint_id, $9::timestamptz from shown where $6::text = 'in' and $3::bigint is not null
    on conflict (identity_id, endpoint_id) do update
    set last_inbound = greatest(correspondence.last_inbound, excluded.last_inbound)
)
insert into interaction_body (interaction_id, text, html_sanitised, meta, endpoint_id, reply_to_id)
select id, $14, $15, $16::jsonb, endpoint_id, reply_to_id from shown returning interaction_id;

-- name: message_of
-- The entry a provider's id belongs to.
select id from interaction where endpoint_id = $1 and provider_msg_id = $2
union all
select interaction_id from interaction_alias where endpoint_id = $1 and provider_msg_id = $2
limit 1;

-- name: shown
-- An entry as pages get it, with the public name of the thread it is shown in.
select e.*, r.thread from thread_entry e join thread_root r on r.asked_row = e.thread_row where e.id = $1;

-- name: thread_row
-- The thread a public name leads to.
select thread_row from thread_root where asked = $1;

-- name: status
-- Where a message of ours stands, its row locked; and whether its last attempt left that open.
select i.status, o.unsure_at from interaction i left join outbox o on o.interaction_id = i.id
where i.id = $1 and i.direction = 'out' for update of i;

-- name: set_status
-- Moves a message of ours on; one that is out is not sent again.
with moved as (
    update interaction set status = $2 where id = $1
), gone as (
    update outbox set state = 'sent', ended_at = coalesce(ended_at, $7), lease_until = null, unsure_at = null,
        last_error = null
    where interaction_id = $1 and $4 in ('sent', 'delivered', 'read') and state <> 'sent'
), told as (
    update interaction_body set delivery = $3 where interaction_id = $1
)
insert into delivery_event (interaction_id, status, code, detail, at) values ($1, $4, $5, $6, $7);

-- name: sent_until
-- Messages of ours to an identity by an address that may have arrived or been read by a moment.
select id from interaction
where identity_id = $1 and endpoint_id = $2 and direction = 'out' and status in ('sent', 'delivered')
    and occurred_at <= $3
order by id desc limit 200;

-- name: keep_early_status
-- A receipt for a message whose id we have not been told yet.
insert into early_status (endpoint_id, provider_msg_id, status, code, detail, at, stored_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing;

-- name: take_early_statuses
-- What was said of a message before we knew its id.
delete from early_status where endpoint_id = $1 and provider_msg_id = any($2::text[])
returning status, code, detail, at;

-- name: prune_early_statuses
-- Receipts of messages that were never ours.
delete from early_status where stored_at < $1;

-- name: lock_name
-- Whoever gives a message this provider's id, and whoever asks in vain for one that has it, take turns until the
-- transaction ends: a receipt is kept before it is looked for, or finds its message.
select pg_advisory_xact_lock(hashtextextended('provider message ' || $1::text, 0));

-- name: name_message
-- The provider's id of a message of ours, unless it has one or the id is another's.
with held as materialized (
    select pg_advisory_xact_lock(hashtextextended('provider message ' || $2::text, 0)) as it
)
update interaction set provider_msg_id = $2 from held
where id = $1 and provider_msg_id is null and not exists (
    select from interaction other where other.endpoint_id = interaction.endpoint_id and other.provider_msg_id = $2
) and not exists (
    select from interaction_alias other where other.endpoint_id = interaction.endpoint_id and other.provider_msg_id = $2
        and other.interaction_id <> $1)
returning id;

-- name: add_alias
-- A further id of a message.
insert into interaction_alias (endpoint_id, provider_msg_id, interaction_id) values ($1, $2, $3) on conflict do nothing;

-- name: drop_copy
-- An echo that was stored before it could be known for ours.
delete from interaction where id = $1 and id not in (select interaction_id from outbox) returning id;

-- name: add_meta
-- What the channel learnt when it sent.
update interaction_body set meta = meta || $2::jsonb where interaction_id = $1;

-- name: ours_by_key
-- The message of ours an echo names by the key we gave it.
select interaction_id from outbox where key = $1 and endpoint_id = $2;

-- name: ours_under_way
-- Messages of ours to a recipient that may have left although nobody has said so; text first to last.
select o.interaction_id, b.text, o.lease_until > $3 as is_leaving
from outbox o join interaction i on i.id = o.interaction_id join interaction_body b on b.interaction_id = o.interaction_id
where o.endpoint_id = $1 and i.identity_id = $2 and i.provider_msg_id is null
    and (o.lease_until is not null or o.unsure_at > $3 - interval '1 day')
order by o.id;

-- name: html
-- The HTML of an entry.
select html_sanitised from interaction_body where interaction_id = $1;

-- name: files
-- The files of an entry: content ids of inline images.
select id, content_id from attachment where interaction_id = $1 and content_id is not null and state = 'ready';

-- name: add_pending_file
-- A file its provider still keeps.
insert into attachment (id, interaction_id, name, mime, bytes, sha256, content_id, state, source_url, created_at, not_before)
values ($1, $2, $3, $4, 0, '', $5, 'fetching', $6, $7, $7);

-- name: add_lost_file
-- A file we could not take over, and why.
insert into attachment (id, interaction_id, name, mime, bytes, sha256, content_id, state, detail, created_at)
values ($1, $2, $3, $4, 0, '', $5, $6, $7, $8);
