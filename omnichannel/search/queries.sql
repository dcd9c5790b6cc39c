-- name: newest_entry
-- Where the history ends.
select coalesce(max(interaction_id), 0) from interaction_body;

-- name: entries_within
-- Entries whose words match $1, the newest first.
select i.id, i.occurred_at, i.kind, i.channel, i.direction, i.status, t.public_id as thread, c.public_id as contact,
       c.display_name as contact_name, left(b.text, 4000) as text
from (
    select interaction_id, text from interaction_body
    where text is not null
      and (to_tsvector('simple', folded(left(text, 20000))) || stretch_of(interaction_id)) @@ $1::tsquery
    order by interaction_id desc limit $2
) b join interaction i on i.id = b.interaction_id join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null order by i.id desc;

-- name: spoken
-- What was said in calls that matches $1, the newest first.
select s.recording_id, s.seq, s.speaker, s.t0, s.text, r.started_at as occurred_at, call.id as call,
       t.public_id as thread, c.public_id as contact, c.display_name as contact_name
from transcript_segment s join recording r on r.id = s.recording_id join call on call.id = r.call_id
join thread t on t.public_id = call.thread_id join contact c on c.id = t.contact_id
where to_tsvector('simple', folded(s.text)) @@ $1::tsquery and c.erased_at is null
order by r.started_at desc, s.seq limit $2;

-- name: contacts_named
-- Customers by the words of their names ($1), the last seen first.
select c.public_id as contact, t.public_id as thread, c.display_name as name, c.customer_no, c.last_event_at
from contact c join thread t on t.contact_id = c.id
where to_tsvector('simple', folded(c.display_name)) @@ $1::tsquery and c.display_name is not null
  and c.merged_into is null and c.erased_at is null
order by c.last_event_at desc nulls last limit $2;

-- name: contacts_known
-- Customers by the beginning ($1) or the end ($2, reversed) of an identity, or the beginning of their number with us.
select distinct on (c.id) c.public_id as contact, t.public_id as thread, c.display_name as name, c.customer_no,
       c.last_event_at, found.value as matched
from (
    (select contact_id, value from contact_identity where replaced_by is null and value like $1 limit $3)
    union all
    (select contact_id, value from contact_identity where replaced_by is null and $2::text is not null
     and reverse(value) like $2 limit $3)
    union all
    (select id, customer_no from contact where customer_no is not null and lower(customer_no) like $1 limit $3)
) found join contact c on c.id = found.contact_id join thread t on t.contact_id = c.id
where c.merged_into is null and c.erased_at is null
order by c.id limit $3;

-- name: case_numbered
-- The case of that number.
select w.number, w.subject, w.status, t.public_id as thread, c.public_id as contact, c.display_name as contact_name
from work_item w join thread t on t.id = w.thread_id join contact c on c.id = t.contact_id where w.number = $1;
