-- name: mark
-- How far a folder has been taken.
select uid_validity, uid, moved_at from email_mark where endpoint_id = $1 and folder = $2;

-- name: move_mark
-- What was fetched up to here is committed. Within one validity it never goes back.
insert into email_mark (endpoint_id, folder, uid_validity, uid, moved_at) values ($1, $2, $3, $4, $5)
on conflict (endpoint_id, folder) do update set moved_at = excluded.moved_at, uid_validity = excluded.uid_validity,
    uid = case when email_mark.uid_validity = excluded.uid_validity then greatest(email_mark.uid, excluded.uid)
               else excluded.uid end;

-- name: leave_ids
-- The Message-IDs ($2 as hashes, $3 as they are) under which a mail of ours is leaving: answers to it find it even if the answer of the server is lost.
with leaving as (
    select interaction_id, endpoint_id from outbox where key = $1
), named as (
    insert into interaction_alias (endpoint_id, provider_msg_id, interaction_id)
    select endpoint_id, one, interaction_id from leaving, unnest($3::text[]) as one on conflict do nothing
)
insert into email_ref (hash, interaction_id, kind)
select one, interaction_id, 'sent' from leaving, unnest($2::bytea[]) as one on conflict do nothing;

-- name: count_automatic
-- Automatic mails to an address since a moment, other than this one.
select count(*) from email_automatic where endpoint_id = $1 and address = $2 and at > $3 and key <> $4;

-- name: add_automatic
-- One more automatic mail to an address; old ones are of no interest.
with old as (
    delete from email_automatic where endpoint_id = $1 and at < $5
)
insert into email_automatic (endpoint_id, address, key, at) values ($1, $2, $3, $4) on conflict do nothing;

-- name: is_suppressed
-- Whether the last that is known of an address is that it does not exist: a hard bounce, and no mail from it since.
select exists (
    select 1 from contact_identity i join interaction n on n.identity_id = i.id
    join delivery_event d on d.interaction_id = n.id
    where i.kind = 'email' and i.value = $1 and n.direction = 'out' and d.status = 'failed'
        and d.code ~ '^bounce 5\.(1\.(0|1|2|3|6|10)|2\.1|4\.4)$'
        and not exists (select 1 from interaction w where w.identity_id = i.id and w.direction = 'in' and w.id > n.id)
);

-- name: letter
-- What the follower needs of a mail that was stored just now.
select i.provider_msg_id, i.reply_to_id, b.meta from interaction i join interaction_body b on b.interaction_id = i.id
where i.id = $1;

-- name: referred
-- What these ids ($1 as hashes) lead to, in their order, what was said itself before what was only mentioned.
select r.interaction_id as entry, i.thread_id as thread_row, t.public_id as thread, i.work_item_id as work_item
from unnest($1::bytea[]) with ordinality as asked(hash, n)
join email_ref r on r.hash = asked.hash join interaction i on i.id = r.interaction_id join thread t on t.id = i.thread_id
where r.interaction_id <> $2
order by asked.n, r.kind = 'mentioned', r.interaction_id desc limit 20;

-- name: entry_place
-- Where an entry stands.
select i.id as entry, i.thread_id as thread_row, t.public_id as thread, i.work_item_id as work_item
from interaction i join thread t on t.id = i.thread_id where i.id = $1;

-- name: work_item_of
-- A work item by the number a subject shows, if it is this thread's.
select id from work_item where number = any($1::bigint[]) and thread_id = $2 order by status, id desc limit 1;

-- name: add_refs
-- Ids that lead to an entry from now on.
insert into email_ref (hash, interaction_id, kind) select one, $1, $3 from unnest($2::bytea[]) as one on conflict do nothing;

-- name: place
-- What a mail answers, and the work item it belongs to.
with answered as (
    update interaction set reply_to_id = coalesce(reply_to_id, $2), work_item_id = coalesce(work_item_id, $3) where id = $1
)
update interaction_body set reply_to_id = coalesce(reply_to_id, $2) where interaction_id = $1;

-- name: cross_link
-- Says on an entry where the mail it answers stands.
update interaction_body set meta = meta || jsonb_build_object('answers_elsewhere', jsonb_build_object('thread', $2::text, 'entry', $3::text))
where interaction_id = $1;

-- name: add_note
-- Tells the readers of the other thread.
with shown as (
    insert into interaction (thread_id, kind, channel, direction, actor_kind, occurred_at, preview, work_item_id)
    values ($1, 'note', 'internal', 'none', 'system', $2, $3, $4) returning id
)
insert into interaction_body (interaction_id, text, meta) select id, $3, $5::jsonb from shown returning interaction_id;

-- name: keep_raw
-- The mail as it came, kept by its hash beyond the time deliveries are kept.
with came as (
    select raw from inbound_event where endpoint_id = $2 and dedupe_key = $3
), kept as (
    insert into email_raw (sha256, raw) select sha256(raw), raw from came on conflict do nothing
)
update interaction_body set raw_ref = 'email:' || encode((select sha256(raw) from came), 'hex')
where interaction_id = $1 and exists (select 1 from came);

-- name: raw
-- The mail an entry was made of.
select r.raw from interaction_body b join email_raw r on r.sha256 = decode(substr(b.raw_ref, 7), 'hex')
where b.interaction_id = $1 and b.raw_ref like 'email:%';
