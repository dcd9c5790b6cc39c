-- name: unfiled
-- Voicemails of calls that are over, since $1, that are nobody's work yet; the box is a queue's name where there is one.
select (e.data ->> 'recording')::uuid as recording, (e.data ->> 'seconds')::double precision as seconds, q.id as queue,
       s.thread_id as thread_row
from call_event e
join session s on s.provider_id = e.call_id::text and s.kind = 'call'
left join queue q on q.id = e.data ->> 'box'
where e.kind = 'call.voicemail' and e.at >= $1 and s.ended_at is not null
  and not exists (select from voicemail_case v where v.recording_id = (e.data ->> 'recording')::uuid)
order by e.id limit 100;

-- name: open_case
-- The open case of a thread a message belongs to: of its queue, or one no queue has yet.
select number, queue from work_item where thread_id = $1 and status < 3 and (queue is null or queue is not distinct from $2)
order by queue is null, id desc limit 1;

-- name: file
-- This message is that case's work; false: it was filed before.
insert into voicemail_case (recording_id, work_item_id, at) select $1, id, $3 from work_item where number = $2
on conflict do nothing returning recording_id;

-- name: thread_name
-- The public name of a thread.
select public_id from thread where id = $1;
