-- name: secret
-- What a service is shown, sealed.
select sealed from flow_secret where name = $1;

-- name: secret_names
-- Which secrets there are.
select name from flow_secret order by name;

-- name: keep_secret
-- A secret, new or in the place of the old one.
insert into flow_secret (name, sealed, changed_at) values ($1, $2, $3)
on conflict (name) do update set sealed = excluded.sealed, changed_at = excluded.changed_at;

-- name: drop_secret
-- A secret nobody needs any more.
delete from flow_secret where name = $1;

-- name: entries
-- Which flow answers at which address.
select endpoint_id, flow_id, revision from flow_entry;

-- name: set_entry
-- A flow answers at an address from the next message on.
insert into flow_entry (endpoint_id, flow_id, revision) values ($1, $2, $3)
on conflict (endpoint_id) do update set flow_id = excluded.flow_id, revision = excluded.revision;

-- name: drop_entry
-- People answer there again.
delete from flow_entry where endpoint_id = $1;

-- name: has_entry
-- Whether a flow answers at an address, or talks there with this thread now.
select exists(select from flow_entry where endpoint_id = $1)
    or exists(select from flow_session where thread_id = $2 and endpoint_id = $1 and ended_at is null);

-- name: add_words
-- What a customer wrote, for the flow to hear.
insert into flow_inbox (thread_id, endpoint_id, identity_id, entry_id, words, at, not_before)
values ($1, $2, $3, $4, $5, $6, $6);

-- name: claim_words
-- The oldest words of a thread nobody works on; the row stays locked to the end of the transaction.
select id, thread_id, endpoint_id, identity_id, entry_id, words, attempts from flow_inbox i
where not_before <= $1
  and not exists(select from flow_inbox o where o.thread_id = i.thread_id and o.id < i.id)
order by id limit 1 for update skip locked;

-- name: tapped
-- What a tap brought back beside the words of an entry.
select meta ->> 'payload' from interaction_body where interaction_id = $1;

-- name: done_words
-- A flow heard them.
delete from flow_inbox where id = $1;

-- name: put_off_words
-- They are tried again later.
update flow_inbox set attempts = attempts + 1, not_before = $2 where id = $1;

-- name: entry_flow
-- The flow that answers at an address.
select flow_id, revision from flow_entry where endpoint_id = $1;

-- name: has_person
-- Whether somebody of ours is in charge of this customer now.
select exists(select from work_item where thread_id = $1 and status < 3
              and (owner_agent_id is not null or first_human_reply_at is not null));

-- name: is_case_open
-- Whether a case is not resolved yet.
select exists(select from work_item where number = $1 and status < 3);

-- name: open_case
-- The newest open case of a thread.
select number from work_item where thread_id = $1 and status < 3 order by id desc limit 1;

-- name: ask_for
-- Whom a flow asks for with a case, and for how long at most.
update work_item set asked = $2::jsonb where id = $1;

-- name: live_session
-- The conversation under way there, locked.
select s.id, s.thread_id, t.public_id as thread, s.endpoint_id, s.identity_id, s.flow_id, s.revision, s.state, s.asked,
       s.path, s.work_item
from flow_session s join thread t on t.id = s.thread_id
where s.thread_id = $1 and s.endpoint_id = $2 and s.ended_at is null for update of s;

-- name: session_thread
-- The thread of a conversation under way.
select thread_id from flow_session where id = $1 and ended_at is null;

-- name: session
-- One conversation under way, locked.
select s.id, s.thread_id, t.public_id as thread, s.endpoint_id, s.identity_id, s.flow_id, s.revision, s.state, s.asked,
       s.path, s.work_item
from flow_session s join thread t on t.id = s.thread_id
where s.id = $1 and s.ended_at is null for update of s;

-- name: add_session
-- A conversation begins.
insert into flow_session (thread_id, endpoint_id, identity_id, flow_id, revision, state, began_at)
values ($1, $2, $3, $4, $5, $6, $7) returning id;

-- name: save_session
-- Where a conversation stands.
update flow_session set state = $2, asked = $3, path = $4, work_item = $5, wake_at = $6, ended_at = $7 where id = $1;

-- name: end_session
-- A person answered there: the flow is out of it.
update flow_session set ended_at = $3, wake_at = null, asked = null
where thread_id = $1 and endpoint_id = $2 and ended_at is null;

-- name: due_sessions
-- Whose time has come.
select id from flow_session where ended_at is null and wake_at <= $1 order by wake_at limit 50;

-- name: asking_sessions
-- Whose question to the world a restart cut off.
select id, asked from flow_session where ended_at is null and asked is not null;

-- name: next_wake
-- When the next one wants to be woken, or words are to be tried again.
select least((select min(wake_at) from flow_session where ended_at is null),
             (select min(not_before) from flow_inbox));

-- name: paths
-- The ways of a thread's conversations, oldest first.
select flow_id, revision, path, ended_at is not null as is_over from flow_session where thread_id = $1 order by id;

-- name: newest_path
-- The way of the conversation that began last.
select flow_id, revision, path, ended_at is not null as is_over from flow_session order by id desc limit 1;

-- name: known
-- What a flow is told of whom it talks with.
select t.public_id as thread, c.public_id as contact, i.kind, i.value
from thread t join contact c on c.id = t.contact_id, contact_identity i where t.id = $1 and i.id = $2;
