-- name: reach
-- Every way to a customer: his identities, and for each the addresses of ours he wrote to, with when.
select i.id, i.kind, i.scope, i.value, i.trust, may_not_contact(i.id, e.kind) as do_not_contact, i.last_seen, e.id as endpoint_row, e.public_id as endpoint,
       k.last_inbound
from thread t join contact_identity i on i.contact_id = t.contact_id and i.replaced_by is null
left join correspondence k on k.identity_id = i.id
left join endpoint e on e.id = k.endpoint_id
where t.id = $1 order by k.last_inbound desc nulls last, i.id limit 200;

-- name: recipient
-- One identity of a thread's contact, and when it wrote to an address of ours last.
select i.id, i.kind, i.scope, i.value, i.trust, i.raw,
       may_not_contact(i.id, (select kind from endpoint where id = $3)) as do_not_contact,
       (select last_inbound from correspondence where identity_id = i.id and endpoint_id = $3) as last_inbound
from contact_identity i join thread t on t.contact_id = i.contact_id
where t.id = $1 and i.id = $2 and i.replaced_by is null;

-- name: answered
-- The message that is answered: the one named, else the newest of this correspondence. Its provider's id and meta.
select i.id, i.provider_msg_id, b.meta from interaction i left join interaction_body b on b.interaction_id = i.id
where i.thread_id = $1 and i.endpoint_id = $2 and (i.id = $3 or ($3::bigint is null and i.identity_id = $4))
order by i.occurred_at desc, i.id desc limit 1;

-- name: add_outgoing
-- To be sent, behind what waits for the same recipient; the bell ($7) rings in every process once it is committed.
with kept as (
    insert into outbox (interaction_id, endpoint_id, recipient, payload, key, not_before, queued_at)
    values ($1, $2, $3, $4, $5, $6, $6) returning id
)
select pg_notify($7, '') from kept;

-- name: claim_outgoing
-- Among the 256 oldest that wait the first message of each of some recipients, for us alone until the lease is over. Where
-- all of these are held up: the first of each recipient of the endpoints that send, whatever stands before it. The limits
-- are numbers and the look-ups lateral, so that a plan made for an empty table does not read all of a full one.
with oldest as (
    select id from outbox where state = 'queued' order by id limit 256
), next as (
    select o.id from oldest join outbox o on o.id = oldest.id join endpoint e on e.id = o.endpoint_id
    where o.state = 'queued' and o.not_before <= $1 and (o.lease_until is null or o.lease_until <= $1)
        and e.state = 'on' and (e.paused_until is null or e.paused_until <= $1)
        and not exists (select from outbox earlier where earlier.endpoint_id = o.endpoint_id
                        and earlier.recipient = o.recipient and earlier.id < o.id and earlier.state = 'queued')
    order by o.id limit $3 for update of o skip locked
), behind as (
    select due.id from endpoint e cross join lateral (
        with recursive known as (
            (select recipient, id from outbox where state = 'queued' and endpoint_id = e.id
             order by recipient, id limit 1)
            union all
            select following.* from known cross join lateral (
                select recipient, id from outbox
                where state = 'queued' and endpoint_id = e.id and recipient > known.recipient
                order by recipient, id limit 1
            ) following
        )
        select id from known
    ) first cross join lateral (
        select o.id from outbox o where o.id = first.id
            and o.state = 'queued' and o.not_before <= $1 and (o.lease_until is null or o.lease_until <= $1)
        limit 1 for update skip locked
    ) due
    where not exists (select from next) and (select count(*) from oldest) = 256
        and e.state = 'on' and (e.paused_until is null or e.paused_until <= $1)
    limit $3
), taken as (
    update outbox o set lease_until = $2, attempts = attempts + 1
    from (select id from next union all select id from behind) found where o.id = found.id
    returning o.id, o.interaction_id, o.endpoint_id, o.payload, o.key, o.attempts
)
select t.id as message, t.interaction_id, t.payload, t.key, t.attempts, e.*,
       array(select f.id from attachment f where f.interaction_id = t.interaction_id and f.state = 'ready'
             order by f.created_at, f.id) as files
from taken t join endpoint e on e.id = t.endpoint_id order by t.id;

-- name: next_outgoing
-- When something can be sent next that can't be now; each part is one step into an index.
select min(at) from (
    select min(not_before) as at from outbox where state = 'queued' and not_before > $1
    union all select min(lease_until) from outbox where state = 'queued' and lease_until > $1
    union all select min(e.paused_until) from endpoint e where e.state = 'on' and e.paused_until > $1
        and exists (select from outbox where state = 'queued' and endpoint_id = e.id)
) due;

-- name: ended
-- It is over with this message: it went, or never will. No row when somebody ended it before.
update outbox set state = $2, ended_at = $3, lease_until = null, last_error = $4, unsure_at = $5
where id = $1 and state = 'queued' returning id;

-- name: put_off
-- It is tried again.
update outbox set not_before = $2, lease_until = null, last_error = $3, unsure_at = coalesce($4, unsure_at),
    attempts = attempts - $5
where id = $1 and state = 'queued';

-- name: cancel
-- It is not sent any more, unless it is leaving at this moment.
update outbox set state = 'cancelled', ended_at = $2
where interaction_id = $1 and state = 'queued' and (lease_until is null or lease_until <= $2) returning id;

-- name: again
-- Once more what failed or was cancelled, under a new key unless the provider may have the old one.
update outbox set state = 'queued', attempts = 0, not_before = $2, lease_until = null, ended_at = null, last_error = null,
    key = case when unsure_at is null then $3 else key end, unsure_at = null, queued_at = $2
where interaction_id = $1 and (state in ('failed', 'cancelled') or (state = 'sent' and $4)) returning id;

-- name: entry_of
-- The thread and status of an entry.
select t.public_id as thread, i.status, i.direction from interaction i join thread t on t.id = i.thread_id where i.id = $1;

-- name: requeue_entry
-- As it was before it was tried.
update interaction set status = 'queued', provider_msg_id = null where id = $1;

-- name: depth
-- Messages that wait, and since when the oldest does.
select count(*) as waiting, min(queued_at) as oldest from outbox where state = 'queued';
