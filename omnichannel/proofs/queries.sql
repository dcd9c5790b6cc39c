-- name: lock_proofs
-- Who asks for codes, and for what, takes turns.
select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as key;

-- name: made_for_subject
-- When codes for one phone or e-mail were made.
select made_at from identity_proof where subject = $1 and made_at > $2;

-- name: made_for_visitor
-- When codes were made for one visitor.
select made_at from identity_proof where endpoint_id = $1 and visitor = $2 and made_at > $3;

-- name: add_proof
-- A code is on its way.
insert into identity_proof (id, endpoint_id, visitor, subject, sealed, code_hash, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: replace_proofs
-- Only the newest code of a visitor counts.
update identity_proof set state = 'replaced', sealed = null, ended_at = $3
where endpoint_id = $1 and visitor = $2 and state = 'open';

-- name: forget_proofs
-- What no limit counts any more, and what codes that ran out were for.
with gone as (
    delete from identity_proof where made_at < $1
)
update identity_proof set state = 'expired', sealed = null, ended_at = $2
where state = 'open' and expires_at <= $2 and made_at >= $1;

-- name: open_proof
-- The code a visitor was sent and has not typed yet.
select id, sealed, attempts, expires_at from identity_proof
where endpoint_id = $1 and visitor = $2 and state = 'open' and expires_at > $3 and attempts < $4
order by made_at desc limit 1;

-- name: take_attempt
-- One more guess at the visitor's code, counted before it is looked at; no row when there is none to guess.
update identity_proof set attempts = attempts + 1
where id = (select id from identity_proof where endpoint_id = $1 and visitor = $2 and state = 'open'
            order by made_at desc limit 1 for update)
    and state = 'open' and expires_at > $3 and attempts < $4
returning id, sealed, code_hash, attempts, expires_at;

-- name: end_proof
-- It is over with a code.
update identity_proof set state = $2, sealed = null, ended_at = $3 where id = $1;

-- name: home_of_visitor
-- The thread a visitor's words go into.
select t.public_id as thread, t.id as thread_row, k.locale
from contact_identity i join contact k on k.id = i.contact_id join thread t on t.contact_id = k.id
where i.kind = 'web_visitor' and i.scope = $1 and i.value = $2 and i.replaced_by is null limit 1;

-- name: claim
-- What an open suggestion claims, and the newest visitor of a chat who is the contact it is said of.
select s.kind, s.value, v.scope, v.value as visitor
from contact_suggestion s join contact c on c.id = s.contact_id
join contact_identity v on v.contact_id = coalesce(c.root_id, c.id) and v.kind = 'web_visitor' and v.replaced_by is null
where s.id = $1 and s.state = 'open' order by v.last_seen desc limit 1;

-- name: close_claims
-- What is proven need not be suggested.
update contact_suggestion s set state = 'confirmed', decided_at = $4
from contact_identity i, contact c
where s.kind = $2 and s.scope = '' and s.value = $3 and s.state = 'open' and c.id = s.contact_id
    and coalesce(c.root_id, c.id) = $1 and i.contact_id = $1 and i.kind = s.kind and i.scope = s.scope
    and i.value = s.value and i.replaced_by is null;

-- name: contact_of_thread
-- Whose a thread is.
select contact_id from thread where id = $1;

-- name: refuses_contact
-- Whether whoever has an identity wants no messages there.
select coalesce(bool_or(may_not_contact(id, $3)), false) from contact_identity
where kind = $1 and scope = '' and value = $2 and replaced_by is null;
