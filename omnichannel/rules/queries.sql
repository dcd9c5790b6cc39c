-- name: happened
-- Notes what happened to an entry, if anybody listens.
select happened($1, $2, $3, null, $4, $5::jsonb);

-- name: claim_happening
-- The oldest thing rules have not looked at; of one thread only its first; held until the transaction ends.
select h.id, h.kind, h.thread_id, h.interaction_id, h.work_item_id, h.at, h.data, h.attempts from happening h
where h.rules_open and (h.not_before is null or h.not_before <= $1)
  and not exists (select from happening first where first.thread_id = h.thread_id and first.rules_open and first.id < h.id)
order by h.id limit 1 for update of h skip locked;

-- name: done_happening
-- Rules are through with it.
update happening set rules_open = false, error = null where id = $1;

-- name: put_off_happening
-- It is looked at again later.
update happening set attempts = attempts + 1, not_before = $2, error = $3 where id = $1;

-- name: park_happening
-- It can't be done; its error stands with it.
update happening set attempts = attempts + 1, rules_open = false, error = $2 where id = $1;

-- name: next_happening
-- When rules have something to look at again.
select min(coalesce(not_before, at)) from happening where rules_open;

-- name: prune_happenings
-- What everybody is through with.
delete from happening where id in (
    select id from happening where at < $1 and not rules_open and not hooks_open order by id limit $2);

-- name: prune_auto_replies
-- Answers nobody asks about any more.
delete from auto_reply where at < $1;

-- name: by_rule
-- From here to the end of the transaction everything is this rule's; empty: nobody's.
select set_config('threadline.rule', $1, true);

-- name: facts
-- All a rule may know: of an entry ($1), a case ($2), or a thread ($3).
select i.id as entry, i.kind, i.channel, i.direction, i.status, i.endpoint_id, i.identity_id, b.text, b.meta, b.has_files,
       e.title as endpoint_title, e.address as endpoint_address, e.language as endpoint_language,
       ci.kind as identity_kind, ci.value as identity_value,
       r.thread_row, r.thread, c.public_id as contact, c.display_name, c.locale, c.attrs, c.customer_no,
       w.number, w.status as case_status, w.queue, w.priority, w.subject, w.topic, w.tags, w.fields, a.login as owner_login
from (select $1::bigint as entry, $2::bigint as item, $3::bigint as thread) asked
left join interaction i on i.id = asked.entry
left join interaction_body b on b.interaction_id = i.id
left join work_item w on w.id = coalesce(asked.item, i.work_item_id)
join thread_root r on r.asked_row = coalesce(i.thread_id, w.thread_id, asked.thread)
join contact c on c.id = r.contact_row
left join endpoint e on e.id = i.endpoint_id
left join contact_identity ci on ci.id = i.identity_id
left join agent a on a.id = w.owner_agent_id;

-- name: newest_way
-- By which address of ours, and under which identity, the customer of a thread wrote last.
select k.identity_id, k.endpoint_id from thread t join contact_identity i on i.contact_id = t.contact_id
join correspondence k on k.identity_id = i.id join endpoint e on e.id = k.endpoint_id and e.state = 'on'
where t.id = $1 and i.replaced_by is null order by k.last_inbound desc limit 1;

-- name: rules_for
-- The rules of a trigger that are on, in their order.
select * from automation_rule where trigger = $1 and is_on order by place, id;

-- name: rules
-- Every rule, with how often it was applied within the last day.
select r.*, (select count(*) from rule_run n where n.rule_id = r.id and n.at > $1 and n.outcome = 'applied') as applied
from automation_rule r order by r.place, r.id;

-- name: rule
-- One rule.
select * from automation_rule where id = $1;

-- name: save_rule
-- A rule under its id.
insert into automation_rule (id, title, trigger, condition, actions, is_on, place, is_last, changed_at)
values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
on conflict (id) do update set title = excluded.title, trigger = excluded.trigger, condition = excluded.condition,
    actions = excluded.actions, is_on = excluded.is_on, place = excluded.place, is_last = excluded.is_last,
    changed_at = excluded.changed_at;

-- name: drop_rule
-- A rule goes; what it did stays.
delete from automation_rule where id = $1 returning id;

-- name: add_run
-- A rule was applied to what happened; nothing when it was before.
insert into rule_run (rule_id, happening_id, at, outcome, done) values ($1, $2, $3, $4, $5::jsonb)
on conflict do nothing returning rule_id;

-- name: runs
-- What a rule did last.
select n.at, n.outcome, n.done, h.kind, h.interaction_id as entry, t.public_id as thread from rule_run n
join happening h on h.id = n.happening_id left join thread t on t.id = h.thread_id
where n.rule_id = $1 order by n.at desc, n.happening_id desc limit $2;

-- name: replies_to
-- How many answers of rules a correspondent got since $3, and when this rule ($2) answered last.
select count(*) filter (where at > $3) as recent, max(at) filter (where rule_id = $2) as last
from auto_reply where identity_id = $1;

-- name: add_auto_reply
-- A rule answered a correspondent.
insert into auto_reply (identity_id, rule_id, at) values ($1, $2, $3);

-- name: calendars
-- Opening hours by name.
select id, timezone, weekly, holidays from calendar;

-- name: catalogue
-- Everything rules may name.
select (select coalesce(array_agg(id), '{}') from queue) as queues,
       (select coalesce(array_agg(id), '{}') from calendar) as calendars,
       (select coalesce(array_agg(login), '{}') from agent where active) as logins,
       (select coalesce(array_agg(id), '{}') from webhook) as webhooks;

-- name: agent_by_login
-- An agent who works here.
select id from agent where login = $1 and active;

-- name: agent_by_id
-- How an agent is called.
select login, display_name from agent where id = $1;

-- name: open_case
-- The newest open case of a thread.
select number from work_item where thread_id = $1 and status < 3 order by id desc limit 1;

-- name: queue_webhook
-- A delivery a rule asked for; none twice.
insert into webhook_delivery (webhook_id, key, event, body, not_before, queued_at)
select id, $2, $3, $4, $5, $5 from webhook where id = $1 and state = 'on' on conflict do nothing returning id;

-- name: thread_row
-- The thread a public name leads to.
select thread_row from thread_root where asked = $1;

-- name: entry_row
-- An entry, for trying rules on it.
select id, kind, direction, status from interaction where id = $1;
