-- name: users
-- Everybody, also who is disabled; $1 one of them, null for all.
select a.id, a.login, a.display_name as name, a.role, a.locale, a.extension, a.wrap_up_s, a.active,
       a.phone as device, a.mobile, a.chats_at_once, a.mails_at_once, a.password_hash is not null as has_password
from agent a where $1::uuid is null or a.id = $1 order by a.active desc, a.login;

-- name: lock_users
-- Changes of people take turns: the last admin can't be taken away by two at once.
select pg_advisory_xact_lock(7410040);

-- name: admins
-- How many may administer.
select count(*) from agent where active and role = 'admin';

-- name: change_user
-- What an admin says of somebody.
update agent set login = $2, display_name = $3, role = $4, locale = $5, extension = $6, wrap_up_s = $7, phone = $8,
    chats_at_once = $9, mails_at_once = $10, mobile = $11
where id = $1;

-- name: set_active
-- Somebody leaves, or comes back.
update agent set active = $2 where id = $1;

-- name: end_sessions
-- Signed out everywhere.
delete from web_session where agent_id = $1;

-- name: skills
-- Every skill, and how many have it.
select s.id, s.title, (select count(*) from agent_skill k where k.skill_id = s.id) as people from skill s order by s.id;

-- name: skill_levels
-- Who is active with the level of each skill.
select a.id, a.login, a.display_name as name, a.role,
       coalesce((select json_object_agg(k.skill_id, k.level) from agent_skill k where k.agent_id = a.id), '{}') as skills
from agent a where a.active order by a.display_name, a.login;

-- name: lock_people
-- Whoever changes these people's skills takes turns.
select id from agent where id = any($1::uuid[]) and active order by id for no key update;

-- name: levels_of
-- The levels of these people, as they are now.
select agent_id, skill_id, level from agent_skill where agent_id = any($1::uuid[]);

-- name: set_levels
-- Levels ($3) of skills ($2) of people ($1).
insert into agent_skill (agent_id, skill_id, level)
select * from unnest($1::uuid[], $2::text[], $3::smallint[])
on conflict (agent_id, skill_id) do update set level = excluded.level;

-- name: drop_levels
-- These people ($1) lack these skills ($2), pair by pair.
delete from agent_skill s using unnest($1::uuid[], $2::text[]) as gone(agent_id, skill_id)
where s.agent_id = gone.agent_id and s.skill_id = gone.skill_id;

-- name: save_skill
-- A skill with its title.
insert into skill (id, title) values ($1, $2) on conflict (id) do update set title = excluded.title;

-- name: skill
-- One skill, locked until the transaction ends.
select id, title from skill where id = $1 for update;

-- name: queues_needing
-- Which queues ask for a skill by themselves.
select id from queue where need ? $1 order by id;

-- name: drop_skill
-- Nobody has it any more.
delete from skill where id = $1;

-- name: queues
-- Every queue as it is set; $1 one of them, null for all. All its columns, so that new ones show up by themselves.
select to_jsonb(q) as settings from queue q where $1::text is null or q.id = $1 order by q.id;

-- name: lock_queue
-- Whoever changes a queue takes turns.
select id from queue where id = $1 for update;

-- name: add_queue
-- A queue with its usual rules; false rows: there is one of that name.
insert into queue (id, title) values ($1, $2) on conflict (id) do nothing returning id;

-- name: change_queue
-- The queue as $2 says, whose keys are columns; those not named stay.
update queue q set (title, need, ring_timeout_s, max_waiting, calendar, strategy, target_s, short_abandon_s, overflow_queue,
                    overflow_after_s, overflow_when_full, digital, caller_id, ring_at_most, chat_unanswered_s,
                    chat_in_hand_s) =
    (n.title, n.need, n.ring_timeout_s, n.max_waiting, n.calendar, n.strategy, n.target_s, n.short_abandon_s,
     n.overflow_queue, n.overflow_after_s, n.overflow_when_full, n.digital, n.caller_id, n.ring_at_most,
     n.chat_unanswered_s, n.chat_in_hand_s)
from (select (jsonb_populate_record(old, $2::jsonb)).* from queue old where old.id = $1) as n
where q.id = $1;

-- name: queue_uses
-- What hangs on a queue beside the calls that ever waited in it.
select (select count(*) from work_item where queue = $1) + (select count(*) from endpoint where queue = $1);

-- name: queues_overflowing
-- Which queues send their calls on to this one.
select title from queue where overflow_queue = $1 order by id;

-- name: drop_queue
-- A queue nothing hangs on any more.
delete from queue where id = $1;

-- name: wrap_up_codes
-- Every code in its order; $1 one of them, null for all.
select id, titles, queues, place, is_active from wrap_up_code where $1::text is null or id = $1 order by place, id;

-- name: lock_wrap_up_codes
-- Changes of codes take turns.
select pg_advisory_xact_lock(7410041);

-- name: save_wrap_up_code
-- A code as an admin says.
insert into wrap_up_code (id, titles, queues, place, is_active) values ($1, $2::jsonb, $3, $4, $5)
on conflict (id) do update set titles = excluded.titles, queues = excluded.queues, place = excluded.place,
    is_active = excluded.is_active;

-- name: drop_wrap_up_code
-- A code nobody is offered any more.
delete from wrap_up_code where id = $1;

-- name: samples
-- The latest entries of some kinds ($1) and direction ($2; null for any), for a rule to be tried on.
select i.id, i.occurred_at as at, i.channel, i.direction, c.display_name as contact, left(b.text, 160) as words
from interaction i join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
left join interaction_body b on b.interaction_id = i.id
where i.kind = any($1::text[]) and ($2::text is null or i.direction = $2)
order by i.id desc limit $3;
