-- name: newest_entry
-- Where the history ends.
select coalesce(max(interaction_id), 0) from interaction_body;

-- name: entries_within
-- Entries of a few stretches whose words match $1, the newest first. Limits within are numbers, not parameters: a plan
-- that is made once takes a parameter for a tenth of all rows, and reads whole tables for them.
select i.id, i.occurred_at, i.kind, i.channel, i.direction, i.status, t.public_id as thread, c.public_id as contact,
       c.display_name as contact_name, left(b.text, 4000) as text
from (
    select interaction_id, text from (
        select interaction_id, text from interaction_body
        where text is not null
          and (to_tsvector('simple', folded(left(text, 20000))) || stretch_of(interaction_id)) @@ $1::tsquery
        offset 0                          -- or else rows are walked through from the newest, each one's words taken anew
    ) found order by interaction_id desc limit 50
) b join interaction i on i.id = b.interaction_id join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null order by i.id desc limit $2;

-- name: entries_anywhere
-- Entries whose words match $1, the newest first; where there are thousands, the newest of some.
select i.id, i.occurred_at, i.kind, i.channel, i.direction, i.status, t.public_id as thread, c.public_id as contact,
       c.display_name as contact_name, left(b.text, 4000) as text
from (
    select interaction_id, text from (
        select interaction_id, text from interaction_body
        where text is not null
          and (to_tsvector('simple', folded(left(text, 20000))) || stretch_of(interaction_id)) @@ $1::tsquery
        limit 3000
    ) found order by interaction_id desc limit 50
) b join interaction i on i.id = b.interaction_id join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null order by i.id desc limit $2;

-- name: entries_lately
-- Of the newest thousand entries those whose words match $1, the newest first; no index is asked.
select i.id, i.occurred_at, i.kind, i.channel, i.direction, i.status, t.public_id as thread, c.public_id as contact,
       c.display_name as contact_name, left(b.text, 4000) as text
from (
    select interaction_id, text from (
        select interaction_id, text from interaction_body where text is not null order by interaction_id desc limit 1000
    ) newest where to_tsvector('simple', folded(left(text, 20000))) @@ $1::tsquery
) b join interaction i on i.id = b.interaction_id join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null order by i.id desc limit $2;

-- name: entries_completed
-- Of some entries whose words match $1, by the index, those that match $2 too, without it, the newest first.
select i.id, i.occurred_at, i.kind, i.channel, i.direction, i.status, t.public_id as thread, c.public_id as contact,
       c.display_name as contact_name, left(b.text, 4000) as text
from (
    select interaction_id, text from (
        select interaction_id, text from interaction_body
        where text is not null
          and (to_tsvector('simple', folded(left(text, 20000))) || stretch_of(interaction_id)) @@ $1::tsquery
        limit 1500
    ) some_of_them where to_tsvector('simple', folded(left(text, 20000))) @@ $2::tsquery
) b join interaction i on i.id = b.interaction_id join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null order by i.id desc limit $3;

-- name: at_most
-- The statements of this transaction are given up after so many milliseconds.
select set_config('statement_timeout', $1, true);

-- name: spoken
-- What was said in calls that matches $1, the newest first; of what is said in thousands of places, among some of them.
select s.recording_id, s.seq, s.speaker, s.t0, s.text, r.started_at as occurred_at, call.id as call,
       t.public_id as thread, c.public_id as contact, c.display_name as contact_name
from (
    select recording_id, seq, speaker, t0, text from transcript_segment
    where to_tsvector('simple', folded(text)) @@ $1::tsquery limit 3000
) s join recording r on r.id = s.recording_id join call on call.id = r.call_id
join thread t on t.public_id = call.thread_id join contact c on c.id = t.contact_id
where c.erased_at is null
order by r.started_at desc, s.seq limit $2;

-- name: contacts_named
-- Customers by the words of their names ($1), the last seen first; of a name that thousands have, among some of them.
select c.public_id as contact, t.public_id as thread, c.display_name as name, c.customer_no, c.last_event_at
from (
    select id, public_id, display_name, customer_no, last_event_at from (
        select id, public_id, display_name, customer_no, last_event_at from contact
        where to_tsvector('simple', folded(display_name)) @@ $1::tsquery and display_name is not null
          and merged_into is null and erased_at is null limit 1000
    ) few order by last_event_at desc nulls last limit 50
) c join thread t on t.contact_id = c.id
order by c.last_event_at desc nulls last limit $2;

-- name: contacts_known
-- Customers by the beginning of an identity (from $1 until before $2) or its end (reversed, from $3 until before $4), or
-- the beginning of their number with us. Ranges, since a plan that is made once cannot use an index for `like $1`.
select distinct on (c.id) c.public_id as contact, t.public_id as thread, c.display_name as name, c.customer_no,
       c.last_event_at, found.value as matched
from (
    (select contact_id, value from contact_identity where replaced_by is null and value ~>=~ $1 and value ~<~ $2 limit 50)
    union all
    (select contact_id, value from contact_identity where replaced_by is null and $3::text is not null
     and reverse(value) ~>=~ $3 and reverse(value) ~<~ $4 limit 50)
    union all
    (select id, customer_no from contact where customer_no is not null and lower(customer_no) ~>=~ $1
     and lower(customer_no) ~<~ $2 limit 50)
) found join contact c on c.id = found.contact_id join thread t on t.contact_id = c.id
where c.merged_into is null and c.erased_at is null
order by c.id limit $5;

-- name: case_numbered
-- The case of that number.
select w.number, w.subject, w.status, t.public_id as thread, c.public_id as contact, c.display_name as contact_name
from work_item w join thread t on t.id = w.thread_id join contact c on c.id = t.contact_id where w.number = $1;
