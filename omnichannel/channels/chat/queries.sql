-- name: said
-- What was said between one visitor and us on one site, the newest first; older than $5. Nothing else of his thread.
select i.id, i.direction, i.occurred_at, b.text, b.meta -> 'choices' as choices, coalesce(i.provider_msg_id, o.key) as key, i.status,
       i.actor_kind, a.display_name as agent,
       (select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'mime', f.mime, 'bytes', f.bytes)
                         order by f.created_at, f.id)
        from attachment f where f.interaction_id = i.id and f.state = 'ready') as files
from interaction i
join interaction_body b on b.interaction_id = i.id
left join outbox o on o.interaction_id = i.id
left join agent a on a.id = i.actor_id and i.actor_kind = 'agent'
where i.endpoint_id = $1 and i.kind = 'message' and i.direction in ('in', 'out') and i.id < $5
    and i.identity_id in (select id from contact_identity where kind = 'web_visitor' and scope = $2 and value = $3)
    and (i.direction = 'in' or i.status is null or i.status not in ('failed', 'cancelled', 'duplicate'))
order by i.id desc limit $4;

-- name: waiting
-- What this visitor said that is committed but no entry yet, the oldest first.
select raw from inbound_event
where endpoint_id = $1 and sender = $2 and processed_at is null and dedupe_key like 'm:%' order by id limit 200;

-- name: taken
-- An event as it was stored the first time.
select raw from inbound_event where endpoint_id = $1 and dedupe_key = $2;

-- name: uploads
-- Which of these files this visitor uploaded and has not sent.
select id, name, mime from attachment
where id = any($1) and uploaded_by = $2 and state = 'ready' and interaction_id is null;

-- name: thread_of_visitor
-- The thread a visitor's words go into.
select t.public_id from contact_identity i join thread t on t.contact_id = i.contact_id
where i.kind = 'web_visitor' and i.scope = $1 and i.value = $2 and i.replaced_by is null limit 1;

-- name: visitors_of
-- The chats of the customer of a thread.
select i.scope, i.value from contact_identity i join thread t on t.contact_id = i.contact_id
where t.public_id = $1 and i.kind = 'web_visitor' and i.replaced_by is null order by i.last_seen desc limit 20;

-- name: brought
-- The files an entry came with, by their uploads.
select meta -> 'files' as files, meta ->> 'uploaded_by' as uploaded_by from interaction_body where interaction_id = $1;
