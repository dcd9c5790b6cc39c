-- name: insert_recording
-- The row of a recording about to be written; the file comes after it.
insert into recording (id, call_id, kind, path, state, language, started_at, retention_s, expires_at)
values ($1, $2, $3, $4, 'recording', $5, $6::timestamptz, $7::bigint, $6::timestamptz + make_interval(secs => $7::bigint));

-- name: recording
-- One recording, its transcript's state beside it.
select r.id, r.call_id, r.kind, r.path, r.state, r.language, r.started_at, r.seconds, r.bytes, r.sha256, r.spans,
       r.expires_at, t.state as transcript_state
from recording r left join transcript t on t.recording_id = r.id
where r.id = $1;

-- name: recordings_of_call
-- What was recorded of a call, in the order it was begun.
select r.id, r.call_id, r.kind, r.path, r.state, r.language, r.started_at, r.seconds, r.bytes, r.sha256, r.spans,
       r.expires_at, t.state as transcript_state
from recording r left join transcript t on t.recording_id = r.id
where r.call_id = $1
order by r.started_at, r.id;

-- name: open_recordings
-- Recordings nobody has finished: being written now, or cut off by a crash.
select r.id, r.call_id, r.kind, r.path, r.state, r.language, r.started_at, r.seconds, r.bytes, r.sha256, r.spans,
       r.expires_at, t.state as transcript_state
from recording r left join transcript t on t.recording_id = r.id
where r.state = 'recording' and coalesce(r.node, '') in ('', coalesce(current_setting('threadline.node', true), ''))
order by r.started_at, r.id;

-- name: expired_recordings
-- Recordings whose time of keeping is over.
select r.id, r.call_id, r.kind, r.path, r.state, r.language, r.started_at, r.seconds, r.bytes, r.sha256, r.spans,
       r.expires_at, t.state as transcript_state
from recording r left join transcript t on t.recording_id = r.id
where r.expires_at <= $1 and r.state <> 'recording'
order by r.expires_at
limit $2;

-- name: note_progress
-- What is known so far of a recording still being written, so that a crash does not take it along.
update recording set language = coalesce($2, language), spans = $3
where id = $1 and state = 'recording';

-- name: finish_recording
-- The file is complete. No row comes back when it was finished before.
update recording
set state = 'ready', seconds = $2, bytes = $3, sha256 = $4, language = coalesce($5, language), spans = $6
where id = $1 and state = 'recording'
returning id;

-- name: lose_recording
-- The row stays, to say that there was a recording and that its file is not there.
update recording set state = 'lost' where id = $1 and state = 'recording' returning id;

-- name: delete_recording
-- Removes a recording whose file is gone; its transcript goes with it.
delete from recording where id = $1;

-- name: recordings_with_files
-- Names of the files that should be there.
select id, path from recording where state in ('ready', 'recording');

-- name: known_recordings
-- Which of these ids have a row.
select id from recording where id = any($1::uuid[]);

-- name: waveform
-- What was drawn of a recording.
select lanes from recording_waveform where recording_id = $1;

-- name: keep_waveform
-- Drawn once; a second drawing is the same. Nothing where the recording is gone by now.
insert into recording_waveform (recording_id, lanes)
select id, $2::bytea[] from recording where id = $1 on conflict do nothing;

-- name: masks
-- When a recording was masked and unmasked, as the call's ledger has it.
select at, data->>'action' = 'masked' as is_masked from call_event
where call_id = $1 and kind = 'call.recording' and data->>'recording' = $2::text
  and data->>'action' in ('masked', 'unmasked')
order by id;

-- name: set_transcript
-- Where a transcript stands.
insert into transcript (recording_id, state, engine, language, detail, updated_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (recording_id) do update
set state = excluded.state, engine = excluded.engine, language = excluded.language, detail = excluded.detail,
    updated_at = excluded.updated_at;

-- name: transcript
-- A transcript's state.
select state, engine, language, detail, updated_at from transcript where recording_id = $1;

-- name: segments
-- What was said, in order of time.
select speaker, t0, t1, text, words from transcript_segment where recording_id = $1 order by seq;

-- name: drop_segments
-- Makes room for a new transcript.
delete from transcript_segment where recording_id = $1;

-- name: add_segment
-- One stretch of speech of one speaker.
insert into transcript_segment (recording_id, seq, speaker, t0, t1, text, words) values ($1, $2, $3, $4, $5, $6, $7);

-- name: waiting_transcripts
-- Recordings whose language no model served so far.
select r.id, coalesce(t.language, r.language) as language
from transcript t join recording r on r.id = t.recording_id
where t.state = 'waiting_for_model'
order by t.updated_at;

-- name: forget_old_jobs
-- The job queue keeps a line for every attempt and never deletes one itself.
delete from pgqueuer_log where created < $1;

-- name: recordings_of_calls
-- What was recorded of these calls, in order, each with its transcript.
select r.id, r.call_id, r.kind, r.path, r.state, r.language, r.started_at, r.seconds, r.bytes, t.state as transcript_state,
       (select coalesce(json_agg(json_build_object('speaker', s.speaker, 't0', s.t0, 't1', s.t1, 'text', s.text) order by s.seq), '[]')
        from transcript_segment s where s.recording_id = r.id) as segments
from recording r left join transcript t on t.recording_id = r.id
where r.call_id = any($1::uuid[]) order by r.started_at, r.id;

-- name: recordings_before
-- Finished recordings begun before a day.
select id, path from recording where started_at < $1 and state <> 'recording' order by started_at limit $2;

-- name: drop_transcripts_before
-- Transcripts of recordings begun before a day, with their words.
with old as (
    select t.recording_id from transcript t join recording r on r.id = t.recording_id
    where r.started_at < $1 and t.state not in ('queued', 'running') limit $2
), words as (
    delete from transcript_segment s using old where s.recording_id = old.recording_id
)
delete from transcript t using old where t.recording_id = old.recording_id returning t.recording_id;
