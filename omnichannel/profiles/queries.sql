-- name: want_profile
-- A customer without a name wrote: his provider is to be asked, once.
insert into profile_wanted (identity_id, endpoint_id, not_before)
select i.id, $2, $3 from contact_identity i join contact c on c.id = i.contact_id
where i.id = $1 and c.display_name is null on conflict do nothing returning identity_id;

-- name: claim_profile
-- Somebody to ask for; nobody else asks before $2.
with next as (
    select identity_id, endpoint_id from profile_wanted where ended_at is null and not_before <= $1
    order by not_before limit 1 for update skip locked
)
update profile_wanted p set not_before = $2, attempts = attempts + 1 from next, contact_identity i
where p.identity_id = next.identity_id and p.endpoint_id = next.endpoint_id and i.id = p.identity_id
returning p.identity_id, p.endpoint_id, p.attempts, i.kind, i.scope, i.value,
    (select r.thread from thread t join thread_root r on r.asked_row = t.id where t.contact_id = i.contact_id) as thread;

-- name: end_profile
-- He was asked for.
update profile_wanted set ended_at = $3 where identity_id = $1 and endpoint_id = $2;

-- name: next_profile
-- When somebody is to be asked for next.
select min(not_before) from profile_wanted where ended_at is null;

-- name: opted
-- Whether a message says STOP or START.
select meta ->> 'opt_out' from interaction_body where interaction_id = $1;

-- name: contact_no_more
-- A customer wants no messages under that identity, or wants them again.
update contact_identity set do_not_contact = $2 where id = $1 and do_not_contact <> $2 returning id;
