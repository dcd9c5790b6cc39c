-- name: account
-- The account a phone logs in with.
select username, realm, ha1_sha256, ha1_md5, kind, may_dial, srtp from sip_account where username = $1;

-- name: add_account
-- Creates an account, or gives an existing one a new password and new rights.
insert into sip_account (username, realm, ha1_sha256, ha1_md5, kind, may_dial, number, srtp)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (username) do update set
    realm = excluded.realm, ha1_sha256 = excluded.ha1_sha256, ha1_md5 = excluded.ha1_md5,
    kind = excluded.kind, may_dial = excluded.may_dial, number = excluded.number,
    srtp = excluded.srtp;

-- name: drop_account
-- Removes an account and where its phones were.
delete from sip_account where username = $1;

-- name: accounts
-- Every account, for lists.
select username, realm, ha1_sha256, ha1_md5, kind, may_dial, srtp from sip_account order by username;

-- name: save_binding
-- Where a phone of an account is from now on; nothing when the account is gone meanwhile.
insert into sip_binding (username, contact, transport, source, call_id, cseq, q, user_agent, expires_at)
select $1, $2, $3, $4, $5, $6, $7, $8, $9 from sip_account where username = $1
on conflict (username, contact) do update set
    transport = excluded.transport, source = excluded.source, call_id = excluded.call_id, cseq = excluded.cseq,
    q = excluded.q, user_agent = excluded.user_agent, expires_at = excluded.expires_at;

-- name: drop_binding
-- A phone unregistered, or its connection is gone.
delete from sip_binding where username = $1 and contact = $2;

-- name: drop_expired_bindings
-- Phones that did not come back in time.
delete from sip_binding where expires_at <= $1;

-- name: bindings
-- Every phone still registered, read once at start.
select username, contact, transport, source, call_id, cseq, q, user_agent, expires_at
from sip_binding where expires_at > $1;

-- name: save_trunk
-- Creates or changes a trunk.
insert into sip_trunk (name, config) values ($1, $2)
on conflict (name) do update set config = excluded.config;

-- name: drop_trunk
-- Removes a trunk.
delete from sip_trunk where name = $1;

-- name: trunks
-- Every trunk, read once at start.
select name, config from sip_trunk order by name;

-- name: drop_forgiven_bans
-- Bans so long over that the next one of the address is a first one again.
delete from sip_ban where until < $1;

-- name: bans
-- Every ban that counts, the oldest first; read once at start.
select address, since, until, count, reason from sip_ban order by since;

-- name: save_bans
-- Addresses banned, or banned again.
insert into sip_ban (address, since, until, count, reason)
select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::integer[], $5::text[])
on conflict (address) do update set
    since = excluded.since, until = excluded.until, count = excluded.count, reason = excluded.reason;

-- name: drop_bans
-- Addresses let in again, or forgiven.
delete from sip_ban where address = any($1::text[]);

-- name: drop_spent_before
-- Days whose caps nobody asks for any more.
delete from dial_spent where day < $1;

-- name: spent
-- What each payer spent on a day.
select payer, seconds from dial_spent where day = $1;

-- name: save_spent
-- What payers have spent by now on a day.
insert into dial_spent (day, payer, seconds) select $1, * from unnest($2::text[], $3::double precision[])
on conflict (payer, day) do update set seconds = excluded.seconds;
