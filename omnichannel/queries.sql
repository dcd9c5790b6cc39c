-- name: lock_identity
-- Parallel events of one customer take turns until the transaction ends.
select pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: find_identity
-- Whose identity this is; of several owners of a shared one, the last seen.
select i.id, i.contact_id, i.last_seen, c.public_id as contact, t.id as thread_row, t.public_id as thread
from (
    select id, contact_id, last_seen, false as is_shared from contact_identity
    where kind = $1 and scope = $2 and value = $3 and replaced_by is null and not is_shared
    union all
    select id, contact_id, last_seen, true from contact_identity
    where kind = $1 and scope = $2 and value = $3 and replaced_by is null and is_shared
) i join contact c on c.id = i.contact_id join thread t on t.contact_id = c.id
order by i.is_shared, i.last_seen desc limit 1;

-- name: add_contact
-- A contact never seen before, with its first identity and its one thread.
with person as (
    insert into contact (public_id, kind, display_name, created_at, last_event_at) values ($1, $2, $3, $4, $4)
    returning id
), known as (
    insert into contact_identity (contact_id, kind, scope, value, raw, trust, first_seen, last_seen)
    select id, $6, $7, $8, $9, $10, $4, $4 from person returning id
), talk as (
    insert into thread (public_id, contact_id) select $5, id from person returning id
)
select known.id, person.id as contact_id, $4::timestamptz as last_seen, $1::uuid as contact, talk.id as thread_row,
       $5::uuid as thread
from person, known, talk;

-- name: touch_identity
-- Notes that an identity was seen.
update contact_identity set last_seen = greatest(last_seen, $2) where id = $1;

-- name: find_call
-- The contact and thread a call belongs to already.
select c.public_id as contact, t.public_id as thread, t.id as thread_row, s.id as session_row
from session s join thread m on m.id = s.thread_id join contact k on k.id = m.contact_id
join contact c on c.id = coalesce(k.root_id, k.id) join thread t on t.contact_id = c.id
where s.provider = 'threadline' and s.provider_id = $1;

-- name: take_calls
-- Calls of people who are known (find_identity's rule): who each is and what a flow may know, and its session and
-- entry, the entry as thread_entry shows it. No row when nobody is known so; no entry when a call was taken before.
with asked as materialized (
    select distinct on (call) * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
        $6::text[], $7::jsonb[]) as one(kind, scope, value, call, at, preview, meta)
), owner as materialized (
    select asked.call, asked.at, asked.preview as words, asked.meta as told, i.id, i.last_seen, f.contact,
           f.thread_row, f.thread, f.display_name, f.locale, f.attrs, f.open_tickets, f.last_agent
    from asked cross join lateral (
        select id, contact_id, last_seen from (
            select id, contact_id, last_seen, false as is_shared from contact_identity
            where kind = asked.kind and scope = asked.scope and value = asked.value and replaced_by is null
                and not is_shared
            union all
            select id, contact_id, last_seen, true from contact_identity
            where kind = asked.kind and scope = asked.scope and value = asked.value and replaced_by is null
                and is_shared
        ) both_kinds order by is_shared, last_seen desc limit 1
    ) i cross join lateral (select id from thread where contact_id = i.contact_id limit 1) t
    cross join lateral (select * from thread_facts where thread_row = t.id limit 1) f
), talk as (
    insert into session (thread_id, kind, provider, provider_id, started_at)
    select thread_row, 'call', 'threadline', call, at from owner
    on conflict (provider, provider_id) do nothing returning id, provider_id
), shown as (
    insert into interaction (thread_id, session_id, identity_id, kind, channel, direction, actor_kind, occurred_at,
                             status, preview)
    select thread_row, talk.id, owner.id, 'call', 'voice', 'in', 'customer', at, 'ongoing', words
    from owner join talk on talk.provider_id = owner.call returning *
), body as (
    insert into interaction_body (interaction_id, meta)
    select shown.id, told || jsonb_build_object('thread', owner.thread)
    from shown join talk on talk.id = shown.session_id join owner on owner.call = talk.provider_id
    returning interaction_id, text, meta
)
select owner.call, owner.id, owner.last_seen, owner.contact, owner.thread_row, owner.thread, owner.display_name,
       owner.locale, owner.attrs, owner.open_tickets, owner.last_agent, shown.id as entry, shown.occurred_at,
       shown.kind, shown.channel, shown.direction, shown.actor_kind, shown.actor_id,
       owner.display_name as actor_name, shown.preview, shown.status, body.text, body.meta
from owner left join talk on talk.provider_id = owner.call left join shown on shown.session_id = talk.id
left join body on body.interaction_id = shown.id;

-- name: close_calls
-- Completes sessions and entries of calls, shown as thread_entry does; what a flow annotated stays.
with asked as materialized (
    select distinct on (call) * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[],
        $6::jsonb[]) as one(call, answered_at, ended_at, result, words, told)
), talk as (
    update session set answered_at = asked.answered_at, ended_at = asked.ended_at, outcome = asked.result from asked
    where provider = 'threadline' and provider_id = asked.call
    returning id, asked.call, asked.result, asked.words, asked.told
), shown as (
    update interaction set status = talk.result, preview = talk.words from talk
    where session_id = talk.id and interaction.kind = 'call' returning interaction.*, talk.call, talk.told
), body as (
    update interaction_body set meta = interaction_body.meta || shown.told from shown
    where interaction_id = shown.id returning interaction_id, text, meta
)
select shown.call, shown.id, occurred_at, kind, channel, direction, actor_kind, actor_id, preview, status, text,
       body.meta, (select r.thread from thread_root r where r.asked_row = thread_id) as thread,
       (select c.display_name from thread t join contact c on c.id = t.contact_id where t.id = thread_id) as actor_name
from shown join body on body.interaction_id = shown.id;

-- name: call_entry
-- The timeline entry of a call, its row locked until the transaction ends.
select b.interaction_id
from session s join interaction i on i.session_id = s.id and i.kind = 'call'
join interaction_body b on b.interaction_id = i.id
where s.provider = 'threadline' and s.provider_id = $1 for update of b;

-- name: annotate_call
-- Tags and fields a flow step gave a call.
update interaction_body set meta = meta
    || jsonb_build_object('tags', (select coalesce(jsonb_agg(distinct tag), '[]') from jsonb_array_elements_text(
           coalesce(meta -> 'tags', '[]') || $2::jsonb) as tag))
    || jsonb_build_object('fields', coalesce(meta -> 'fields', '{}') || $3::jsonb)
where interaction_id = $1;

-- name: wrap_up_call
-- What an agent says became of a call; null takes it back.
update interaction_body set meta = meta || jsonb_build_object('wrap_up', $2::jsonb) where interaction_id = $1;

-- name: tag_contact
-- What a flow step learnt of the customer, for whoever serves him next.
update contact set attrs = attrs
    || jsonb_build_object('tags', (select coalesce(jsonb_agg(distinct tag), '[]') from jsonb_array_elements_text(
           coalesce(attrs -> 'tags', '[]') || $2::jsonb) as tag))
    || jsonb_build_object('fields', coalesce(attrs -> 'fields', '{}') || $3::jsonb)
where id = (select contact_id from thread where id = $1);

-- name: open_work_item
-- A task for people, of the call ($2) that asked for it.
with item as (
    insert into work_item (thread_id, subject, opened_at) values ($1, $3, $4) returning id
)
update session set work_item_id = item.id from item
where provider = 'threadline' and provider_id = $2;

-- name: add_interaction
-- A message, mail or note with its body; nothing when its provider delivered it before.
with shown as (
    insert into interaction (thread_id, endpoint_id, identity_id, session_id, kind, channel, direction, actor_kind,
                             actor_id, occurred_at, provider_msg_id, status, preview)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (endpoint_id, provider_msg_id) where provider_msg_id is not null do nothing
    returning id
)
insert into interaction_body (interaction_id, text, html_sanitised, meta)
select id, $14, $15, $16::jsonb from shown returning interaction_id;

-- name: find_delivered
-- The entry a provider's message became, and its thread.
select i.id, t.public_id as thread from interaction i join thread t on t.id = i.thread_id
where i.endpoint_id = $1 and i.provider_msg_id = $2;

-- name: find_endpoint
-- An address of ours.
select id from endpoint where kind = $1 and address = $2;

-- name: add_endpoint
-- An address of ours nobody configured: it is known from its first message on.
insert into endpoint (kind, address) values ($1, $2) on conflict (kind, address) do nothing;

-- name: find_thread
-- A thread by its public name: the one it leads to after merges.
select thread_row, thread, contact_row from thread_root where asked = $1;

-- name: entry
-- One timeline entry.
select * from thread_entry where id = $1;

-- name: timeline
-- A page of a thread, newest first: entries strictly older than the cursor ($2, $3), of one channel ($5) or all. None while entries of merged or
-- parted contacts are on their way (timeline_of_several).
select * from thread_entry
where thread_row = (select r.thread_row from thread_root r where r.asked = $1
                    and not exists (select from regathering g where g.contact_id = r.contact_row))
    and (occurred_at, id) < ($2, $3) and ($5::text is null or channel = $5)
order by occurred_at desc, id desc limit $4;

-- name: timeline_of_several
-- The same over a contact's ($1) own thread and those that were merged into it.
select e.* from (
    select id from thread where contact_id = $1
    union all select t.id from contact c join thread t on t.contact_id = c.id where c.root_id = $1
) members cross join lateral (
    select * from thread_entry
    where thread_row = members.id and (occurred_at, id) < ($2, $3) and ($5::text is null or channel = $5)
    order by occurred_at desc, id desc limit $4
) e order by e.occurred_at desc, e.id desc limit $4;

-- name: pop
-- All an agent's page shows of a customer when his phone rings, in one look.
select json_build_object('id', c.public_id, 'thread', t.public_id, 'kind', c.kind, 'name', c.display_name,
                         'language', c.locale, 'attrs', c.attrs, 'customer_no', c.customer_no) as contact,
       array_to_json(array(
           select json_build_object('id', id, 'kind', kind, 'scope', scope, 'value', value, 'trust', trust,
                                    'shared', is_shared, 'last_seen', last_seen)
           from contact_identity where contact_id = c.id and replaced_by is null limit 50)) as identities,
       array_to_json(array(
           select json_build_object('number', number, 'status', status, 'queue', queue, 'priority', priority,
                                    'subject', subject, 'owner', owner_agent_id, 'opened_at', opened_at)
           from work_item where thread_id = t.id and status < 3 limit 50)) as work_items,
       array_to_json(array(
           select json_build_object('id', e.id, 'occurred_at', e.occurred_at, 'kind', e.kind, 'channel', e.channel,
                                    'direction', e.direction, 'actor_kind', e.actor_kind, 'actor_id', e.actor_id,
                                    'actor_name', e.actor_name, 'preview', e.preview, 'status', e.status,
                                    'text', left(e.text, 4000), 'meta', e.meta, 'endpoint', e.endpoint,
                                    'has_html', e.has_html, 'delivery', e.delivery, 'reply_to_id', e.reply_to_id,
                                    'attachments', e.attachments)
           from thread_entry e where e.thread_row = t.id
           order by e.occurred_at desc, e.id desc limit 20)) as timeline,
       t.public_id as thread, c.id as contact_row,
       exists (select from regathering g where g.contact_id = c.id) as is_gathering,
       exists (select from contact m where m.root_id = c.id)
           or exists (select from contact_suggestion s where s.contact_id = c.id and s.state = 'open')
           or exists (select from contact_identity i where i.contact_id = c.id and i.replaced_by is null and (
               i.is_shared or exists (select from contact_suggestion s where s.kind = i.kind and s.scope = i.scope
                                      and s.value = i.value and s.state = 'open'))) as has_kin
from thread t join contact c on c.id = t.contact_id
where t.id = (select r.thread_row from thread_root r where r.asked = $1);

-- name: facts
-- What a flow may know of the customer of a thread.
select display_name, locale, attrs, open_tickets, last_agent from thread_facts
where thread_row = (select r.thread_row from thread_root r where r.asked = $1);

-- name: conversation
-- How the customer of a thread was in touch of late, his newest entries alone: a long thread costs no more.
select coalesce(array_agg(distinct recent.channel) filter (where recent.channel <> 'internal'), '{}') as channels,
       max(recent.occurred_at) filter (where recent.kind in ('message', 'email')) as last_message_at
from (select channel, kind, occurred_at from interaction
      where thread_id = (select r.thread_row from thread_root r where r.asked = $1)
      order by occurred_at desc, id desc limit 200) recent;

-- name: threads_known_as
-- The threads of every contact with one of these identities: kinds $1, values $2.
select distinct t.public_id from unnest($1::text[], $2::text[]) as asked(kind, value)
join contact_identity i on i.kind = asked.kind and i.scope = '' and i.value = asked.value and i.replaced_by is null
join thread t on t.contact_id = i.contact_id;

-- name: thread_of
-- The one thread of a contact.
select r.thread from contact c join thread t on t.contact_id = c.id join thread_root r on r.asked_row = t.id
where c.public_id = $1;

-- name: remember_language
-- The language a customer chose, for next time.
update contact set locale = $2 where id = (select coalesce(c.root_id, c.id) from contact c where c.public_id = $1);

-- name: names
-- What a queue and an agent are called.
select (select title from queue where id = $1) as queue_title,
       (select display_name from agent where id = $2) as agent_name;
