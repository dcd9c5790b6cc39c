-- name: add_agent
-- A new person, logged out from the first moment on.
with person as (
    insert into agent (id, login, password_hash, role, display_name, locale, extension, wrap_up_s, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    returning id, created_at
)
insert into agent_state (agent_id, state, from_at) select id, 'logged_out', created_at from person;

-- name: drop_skills
-- Forgets what an agent can do, before it is written anew.
delete from agent_skill where agent_id = $1;

-- name: add_skills
-- Skills ($2) at their levels ($3) of one agent; skills nobody named before come into being.
with named as (
    select * from unnest($2::text[], $3::smallint[]) as named(skill_id, level)
), made as (
    insert into skill (id, title) select skill_id, skill_id from named on conflict (id) do nothing
)
insert into agent_skill (agent_id, skill_id, level) select $1, skill_id, level from named;

-- name: all_skills
-- Every skill there is, for checks of flows.
select id from skill order by id;

-- name: agents
-- Everyone active with skills; $1 an id, $2 a login, $3 an extension, null where not asked for.
select a.id, a.login, a.role, a.display_name, a.locale, a.extension, a.wrap_up_s, a.password_hash,
       coalesce((select json_object_agg(s.skill_id, s.level) from agent_skill s where s.agent_id = a.id), '{}') as skills
from agent a
where a.active and ($1::uuid is null or a.id = $1) and ($2::text is null or a.login = $2)
  and ($3::text is null or a.extension = $3)
order by a.login;

-- name: set_password_hash
-- Replaces the hash of one person.
update agent set password_hash = $2 where id = $1;

-- name: set_locale
-- The language of a person's pages.
update agent set locale = $2 where id = $1;

-- name: phone_of
-- What rings for a person.
select phone from agent where id = $1;

-- name: mobile_of
-- The number of a person's mobile phone.
select mobile from agent where id = $1;

-- name: set_phone
-- Whether his SIP phone rings, his page or his mobile phone.
update agent set phone = $2 where id = $1;

-- name: open_session
-- A session of the web page; the token itself is never stored. Sessions past their time go.
with old as (delete from web_session where expires_at < $4)
insert into web_session (token_sha256, agent_id, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5);

-- name: find_session
-- Whose session a token opens, unless its time ($2 is now) is over.
select agent_id, csrf from web_session where token_sha256 = $1 and expires_at > $2;

-- name: close_session
-- Log-out of one browser.
delete from web_session where token_sha256 = $1;

-- name: close_sessions
-- Log-out everywhere, after a change of password.
delete from web_session where agent_id = $1;

-- name: add_token
-- A bearer token for a program; only its digest is kept.
insert into api_token (id, name, token_sha256, role, agent_id, created_at, scopes, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: find_token
-- Whom a bearer token speaks for at $2, and what it may do; that it was used is noted once a minute.
with used as (
    update api_token set last_used_at = $2
    where token_sha256 = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
        and (last_used_at is null or last_used_at < $2 - interval '1 minute')
)
select name, role, agent_id, scopes from api_token
where token_sha256 = $1 and revoked_at is null and (expires_at is null or expires_at > $2);

-- name: all_tokens
-- Every token there is or was, the newest first.
select t.id, t.name, t.role, t.scopes, t.agent_id, a.display_name as agent, t.created_at, t.expires_at, t.last_used_at,
       t.revoked_at
from api_token t left join agent a on a.id = t.agent_id order by t.created_at desc, t.id desc limit 1000;

-- name: revoke_token
-- It speaks for nobody from now on.
update api_token set revoked_at = $2 where id = $1 and revoked_at is null;
