-- name: add_file
-- A file that lies in the vault.
insert into attachment (id, interaction_id, name, mime, bytes, sha256, content_id, uploaded_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: file
-- A file that can be opened.
select name, mime, bytes, sha256, content_id, interaction_id, uploaded_by from attachment where id = $1 and state = 'ready';

-- name: attach_files
-- Gives uploaded files to the entry they are sent with; $3 null: whoever uploaded them.
update attachment set interaction_id = $2
where id = any($1) and state = 'ready' and (interaction_id is null or interaction_id = $2)
    and ($3::text is null or uploaded_by = $3)
returning id;

-- name: files_of
-- The files of entries, in the order they came.
select interaction_id, id, name, mime, bytes, state, content_id from attachment
where interaction_id = any($1) order by interaction_id, created_at, id;

-- name: unsent_bytes
-- What somebody uploaded and has not sent.
select coalesce(sum(bytes), 0)::bigint from attachment where uploaded_by = $1 and interaction_id is null;

-- name: drop_unsent
-- Uploads nobody sent.
delete from attachment where interaction_id is null and created_at < $1;

-- name: wanted
-- Which of these contents a file still has.
select distinct sha256 from attachment where sha256 = any($1);
