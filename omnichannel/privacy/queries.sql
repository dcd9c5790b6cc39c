-- name: members
-- The contact a public name leads to after merges, and everyone merged into it; `is_root` first.
select c.id, c.public_id, t.id as thread_row, t.public_id as thread, c.id = root.id as is_root, c.erased_at, c.legal_hold
from contact asked join contact root on root.id = coalesce(asked.root_id, asked.id)
join contact c on c.id = root.id or c.root_id = root.id join thread t on t.contact_id = c.id
where asked.public_id = $1 order by c.id <> root.id, c.id;

-- name: lock_contacts
-- Nobody else changes them until the transaction ends.
select id from contact where id = any($1::bigint[]) order by id for update;

-- name: is_moving
-- Whether entries of these contacts ($1) are on their way from thread to thread, or a call of theirs ($2) is under way.
select exists (select from regathering where contact_id = any($1::bigint[]))
    or exists (select from call where id = any($2::uuid[]) and ended_at is null) as is_moving;

-- name: calls_of
-- The calls in these threads: rows $1, public names $2.
select provider_id::uuid as id from session where thread_id = any($1::bigint[]) and provider = 'threadline' and kind = 'call'
union select id from call where thread_id = any($2::uuid[]);

-- name: known_values
-- Everything by which these contacts are known.
select kind, value, raw from contact_identity where contact_id = any($1::bigint[]) or home_contact_id = any($1::bigint[])
union all select 'customer_no', customer_no, null from contact where id = any($1::bigint[]) and customer_no is not null;

-- name: mark_erasing
-- This transaction may change what is append-only, and starts no rules.
select set_config('threadline.erasing', 'on', true), set_config('threadline.rule', 'erasure', true);

-- name: entry_batch
-- The next entries of these threads ($1), in order of their rows.
select id from interaction where thread_id = any($1::bigint[]) and id > $2 order by id limit $3;

-- name: blank_entries
-- Entries keep their facts and lose their words.
update interaction set preview = case when kind = 'call' then preview end, provider_msg_id = null
where id = any($1::bigint[]) and (provider_msg_id is not null or (preview is not null and kind <> 'call'));

-- name: drop_raw_mails
-- Mails as they came of these entries ($1), unless another entry shows the same.
delete from email_raw r using (
    select distinct raw_ref from interaction_body where interaction_id = any($1::bigint[]) and raw_ref like 'email:%'
) mine where r.sha256 = decode(substr(mine.raw_ref, 7), 'hex')
    and not exists (select from interaction_body b where b.raw_ref = mine.raw_ref and b.interaction_id <> all($1::bigint[]));

-- name: blank_bodies
-- Of an entry's facts stays what names no person ($2).
update interaction_body set text = null, html_sanitised = null, raw_ref = null, has_files = false, delivery = delivery - 'detail',
    meta = only_facts(meta, $2::text[]) where interaction_id = any($1::bigint[]);

-- name: blank_deliveries
-- What providers said of a delivery may name the recipient.
update delivery_event set detail = null where interaction_id = any($1::bigint[]) and detail is not null;

-- name: drop_early_statuses
-- Receipts nobody matched yet.
delete from early_status e using interaction i
where i.id = any($1::bigint[]) and e.endpoint_id = i.endpoint_id and e.provider_msg_id = i.provider_msg_id;

-- name: blank_outbox
-- What waits is not sent any more.
update outbox set payload = '{}', recipient = 'erased', last_error = null,
    state = case state when 'queued' then 'cancelled' else state end, ended_at = coalesce(ended_at, $2), lease_until = null
where interaction_id = any($1::bigint[]);

-- name: drop_aliases
-- Further ids their provider gave.
delete from interaction_alias where interaction_id = any($1::bigint[]);

-- name: drop_email_refs
-- What mails refer to one another by.
delete from email_ref where interaction_id = any($1::bigint[]);

-- name: drop_files
-- Rows of files; returns where their contents lie.
delete from attachment where interaction_id = any($1::bigint[]) returning sha256;

-- name: drop_uploads
-- What a visitor uploaded and never sent.
delete from attachment where interaction_id is null and uploaded_by = any($1::text[]) returning sha256;

-- name: blank_happenings
-- What rules were told.
update happening set data = '{}' where thread_id = any($1::bigint[]) and data <> '{}';

-- name: blank_rule_runs
-- What rules wrote.
update rule_run set done = '[]' from happening h
where h.id = rule_run.happening_id and h.thread_id = any($1::bigint[]) and done <> '[]';

-- name: blank_cases
-- Cases keep their numbers, clocks and owners.
update work_item set subject = null, fields = '{}' where thread_id = any($1::bigint[]) and (subject is not null or fields <> '{}');

-- name: blank_calls
-- From and to stay where they are ours.
update call set from_number = null, from_raw = 'erased', to_number = case direction when 'outbound' then 'erased' else to_number end
where id = any($1::uuid[]);

-- name: blank_legs
-- Whoever was at the other end.
update call_leg set peer = 'erased' where call_id = any($1::uuid[]) and role in ('customer', 'outside') and peer <> 'erased';

-- name: blank_call_events
-- The ledger keeps what counts are made of.
update call_event set data = only_facts(data, $2::text[]) where call_id = any($1::uuid[]) and data <> only_facts(data, $2::text[]);

-- name: blank_waiting
-- What the pop showed.
update waiting set caller = '{}' where call_id = any($1::uuid[]) and caller <> '{}';

-- name: blank_evaluations
-- Points stay the agent's; what was written beside them may name the customer.
update evaluation set comment = '' where call_id = any($1::uuid[]) and comment <> '';

-- name: blank_callbacks
-- Whom a call was to call back.
update callback_ticket set number = 'erased', caller = '{}', thread_id = null,
    state = case when state in ('scheduled', 'waiting') then 'cancelled' else state end
where asked_in = any($1::uuid[]) and number <> 'erased';

-- name: inbound_batch
-- The next raw events after a row, in order.
select id from inbound_event where id > $1 order by id limit $2;

-- name: drop_inbound
-- Raw events in these rows ($1 to $2) that came from one of these senders or hold one of these traces; not those that wait.
delete from inbound_event where id > $1 and id <= $2 and (processed_at is not null or parked_at is not null)
    and (sender = any($3::text[]) or exists (select from unnest($4::bytea[]) as trace where position(trace in raw) > 0));

-- name: blank_import_lines
-- Lines of imports that hold one of these traces.
update contact_import_line set cells = '[]', findings = '[]'
where exists (select from unnest($1::text[]) as trace where position(trace in cells::text) > 0);

-- name: blank_webhook_deliveries
-- What was told to other systems of ours; what waits is not told any more.
update webhook_delivery set body = '', state = case state when 'queued' then 'failed' else state end,
    ended_at = coalesce(ended_at, $2)
where exists (select from unnest($1::text[]) as trace where position(trace in body) > 0);

-- name: blank_orders
-- Value and day stay.
update customer_order set number = 'erased:' || id, title = '' where contact_id = any($1::bigint[]);

-- name: blank_merges
-- Fields and identities as they were before a merge.
update contact_merge set snapshot = '{}' where winner = any($1::bigint[]) or loser = any($1::bigint[]);

-- name: drop_suggestions
-- Of these contacts, and whoever else was said to have one of their identities.
delete from contact_suggestion s where contact_id = any($1::bigint[]) or exists (
    select from contact_identity i where i.contact_id = any($1::bigint[]) and (i.kind, i.scope, i.value) = (s.kind, s.scope, s.value));

-- name: drop_automatic_mails
-- Who had automatic mails.
delete from email_automatic where address in (
    select value from contact_identity where contact_id = any($1::bigint[])
    union all select value from contact_suggestion where contact_id = any($1::bigint[]));

-- name: drop_correspondence
-- Messaging windows.
delete from correspondence where identity_id in (select id from contact_identity where contact_id = any($1::bigint[]));

-- name: drop_profiles_wanted
-- Names a provider was to be asked for.
delete from profile_wanted where identity_id in (select id from contact_identity where contact_id = any($1::bigint[]));

-- name: keep_wishes
-- What these contacts do not want to hear, for their identities by hash: nothing at all, or by a channel.
with known as (
    select wish_digest(kind, scope, value) as digest, do_not_contact from contact_identity
    where contact_id = any($1::bigint[]) and kind not in ('erased', 'withheld')
), newest as (
    select distinct on (channel) channel, state from consent where contact_id = any($1::bigint[]) order by channel, id desc
)
insert into kept_wish (digest, channel, at)
select digest, '', $2::timestamptz from known
where do_not_contact or exists (select from contact where id = any($1::bigint[]) and do_not_contact)
union
select digest, channel, $2::timestamptz from known, newest where state = 'withdrawn'
on conflict do nothing;

-- name: blank_identities
-- The rows stay for the entries that came by them; nothing leads back to a number or an address.
update contact_identity set kind = 'erased', scope = '', value = gen_random_uuid()::text, raw = null, do_not_contact = true,
    is_shared = false, window_until = null where contact_id = any($1::bigint[]) and kind <> 'erased';

-- name: blank_contacts
-- Shown as erased from now on.
update contact set display_name = null, locale = null, tz = null, attrs = '{}', customer_no = null,
    erased_at = coalesce(erased_at, $2) where id = any($1::bigint[]);

-- name: consents
-- What was agreed to and withdrawn, the newest first.
select id, channel, state, source, text_version, at, by_kind, by_id from consent
where contact_id = any($1::bigint[]) order by id desc;

-- name: add_consent
-- One more line of the consents.
insert into consent (contact_id, channel, state, source, text_version, at, by_kind, by_id)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: standing
-- What is said of contacting this person.
select bool_or(do_not_contact) as do_not_contact, max(legal_hold) as legal_hold, max(erased_at) as erased_at
from contact where id = any($1::bigint[]);

-- name: set_do_not_contact
-- On no channel, or again on all.
update contact set do_not_contact = $2 where id = any($1::bigint[]);

-- name: set_identity_do_not_contact
-- One way to reach this person.
update contact_identity set do_not_contact = $3 where id = $2 and contact_id = any($1::bigint[]) returning id;

-- name: set_legal_hold
-- Nothing may be erased for this reason; null: it may.
update contact set legal_hold = $2 where id = any($1::bigint[]);

-- name: add_request
-- A data subject asked.
insert into privacy_request (id, kind, contact_id, by_kind, by_id, asked_at, due_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: request
-- One request.
select r.*, c.public_id as contact from privacy_request r join contact c on c.id = r.contact_id where r.id = $1;

-- name: requests
-- The newest first.
select r.*, c.public_id as contact from privacy_request r join contact c on c.id = r.contact_id
where ($1::text is null or r.state = $1) order by r.asked_at desc, r.id desc limit $2;

-- name: open_request
-- The same asked before and not done yet.
select id from privacy_request where contact_id = $1 and kind = $2 and state = 'queued';

-- name: end_request
-- What became of it.
update privacy_request set state = $2, ended_at = $3, expires_at = $4, bytes = $5, problem = $6, counts = $7 where id = $1;

-- name: expired_archives
-- Archives whose time is over, or of people who are erased.
select id from privacy_request where kind = 'export' and state = 'done'
    and (expires_at <= $1 or contact_id = any($2::bigint[]));

-- name: expire_archive
-- Its file is gone.
update privacy_request set state = 'expired' where id = $1;

-- name: export_contacts
-- The contact and whoever was merged into it.
select to_jsonb(c) as row from contact c where c.id = any($1::bigint[]) order by c.id;

-- name: export_contact_identities
-- Numbers and addresses.
select to_jsonb(i) as row from contact_identity i where i.contact_id = any($1::bigint[]) order by i.id;

-- name: export_contact_merges
-- Merges and their undoing.
select to_jsonb(m) as row from contact_merge m where winner = any($1::bigint[]) or loser = any($1::bigint[]) order by m.id;

-- name: export_contact_suggestions
-- What was only said.
select to_jsonb(s) as row from contact_suggestion s where contact_id = any($1::bigint[]) order by s.id;

-- name: export_consents
-- What was agreed to.
select to_jsonb(s) as row from consent s where contact_id = any($1::bigint[]) order by s.id;

-- name: export_customer_orders
-- What other systems told of purchases.
select to_jsonb(o) as row from customer_order o where contact_id = any($1::bigint[]) order by o.id;

-- name: export_correspondence
-- When which address of ours was written to.
select to_jsonb(k) as row from correspondence k join contact_identity i on i.id = k.identity_id
where i.contact_id = any($1::bigint[]);

-- name: export_work_items
-- Cases.
select to_jsonb(w) as row from work_item w join thread t on t.id = w.thread_id where t.contact_id = any($1::bigint[]) order by w.id;

-- name: export_sessions
-- Calls and chats.
select to_jsonb(s) as row from session s join thread t on t.id = s.thread_id where t.contact_id = any($1::bigint[]) order by s.id;

-- name: export_audit
-- Who read and changed these contacts (their targets $1).
select to_jsonb(a) as row from audit_log a where target = any($1::text[]) order by a.id;

-- name: export_calls
-- Calls with their legs and their ledger.
select to_jsonb(c) || jsonb_build_object(
    'legs', (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from call_leg l where l.call_id = c.id),
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by e.id), '[]') from call_event e where e.call_id = c.id)) as row
from call c where c.id = any($1::uuid[]) order by c.started_at;

-- name: export_entries
-- Entries with their words, deliveries and files.
select i.id, to_jsonb(i) || jsonb_build_object(
    'body', to_jsonb(b), 'deliveries', (select jsonb_agg(to_jsonb(d) order by d.id) from delivery_event d where d.interaction_id = i.id),
    'files', (select jsonb_agg(to_jsonb(f)) from attachment f where f.interaction_id = i.id)) as row
from interaction i left join interaction_body b on b.interaction_id = i.id
where i.id = any($1::bigint[]) order by i.id;

-- name: export_files
-- Files that are there.
select id, name, sha256 from attachment where interaction_id = any($1::bigint[]) and state = 'ready';

-- name: export_raw_mails
-- Mails as they came.
select b.interaction_id, r.raw from interaction_body b join email_raw r on r.sha256 = decode(substr(b.raw_ref, 7), 'hex')
where b.interaction_id = any($1::bigint[]) and b.raw_ref like 'email:%';

-- name: retention
-- For how long each kind is kept.
select kind, days, changed_at, done_to from retention order by kind;

-- name: note_retention
-- Up to which day it was carried out.
update retention set done_to = $2 where kind = $1;

-- name: set_retention
-- Kept for so many days.
update retention set days = $2, changed_at = $3 where kind = $1 returning kind;

-- name: expire_inbound_events
-- Raw events past their time.
delete from inbound_event where id in (
    select id from inbound_event where received_at < $1 and (processed_at is not null or parked_at < $1) order by id limit $2);

-- name: old_entries
-- Entries between two days that still have words.
select i.id from interaction i join interaction_body b on b.interaction_id = i.id
where i.occurred_at >= $1 and i.occurred_at < $2 and (b.text is not null or b.html_sanitised is not null or b.raw_ref is not null)
order by i.occurred_at limit $3;

-- name: expire_attachments
-- Files past their time; returns where their contents lie.
delete from attachment where id in (
    select id from attachment where created_at < $1 and interaction_id is not null order by created_at limit $2)
returning sha256, interaction_id;

-- name: forget_files
-- Entries that have none any more.
update interaction_body set has_files = false where interaction_id = any($1::bigint[]);

-- name: expire_imports
-- Tables of contacts past their time, with their lines.
delete from contact_import where id in (select id from contact_import where made_at < $1 and state <> 'applying' limit $2);

-- name: expire_audit
-- Notes past their time.
delete from audit_log where id in (select id from audit_log where at < $1 order by id limit $2);
