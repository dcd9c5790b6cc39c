-- name: canned
-- Texts that are ready, for a queue ($1, null: all) whose shortcut or title begins with or holds $2.
select * from canned_reply where ($1::text is null or queue is null or queue = $1)
    and ($2 = '' or starts_with(shortcut, lower($2)) or title ilike '%' || replace(replace($2, '\', '\\'), '%', '\%') || '%')
order by not starts_with(shortcut, lower($2)), shortcut limit $3;

-- name: save_canned
-- A text under its id; nothing when its shortcut is another's.
insert into canned_reply (id, shortcut, title, texts, queue, changed_at) values ($1, $2, $3, $4::jsonb, $5, $6)
on conflict (id) do update set shortcut = excluded.shortcut, title = excluded.title, texts = excluded.texts,
    queue = excluded.queue, changed_at = excluded.changed_at;

-- name: shortcut_owner
-- Whose a shortcut is.
select id from canned_reply where shortcut = $1;

-- name: has_canned
-- Whether there is such a text.
select exists (select from canned_reply where id = $1);

-- name: drop_canned
-- A text goes.
delete from canned_reply where id = $1 returning id;

-- name: macros
-- Macros of a queue ($1, null: all).
select * from macro where $1::text is null or queue is null or queue = $1 order by title, id;

-- name: macro
-- One macro.
select * from macro where id = $1;

-- name: save_macro
-- A macro under its id.
insert into macro (id, title, actions, texts, queue, changed_at) values ($1, $2, $3::jsonb, $4::jsonb, $5, $6)
on conflict (id) do update set title = excluded.title, actions = excluded.actions, texts = excluded.texts,
    queue = excluded.queue, changed_at = excluded.changed_at;

-- name: drop_macro
-- A macro goes.
delete from macro where id = $1 returning id;

-- name: case_in_hand
-- The case of a thread ($1) that is meant: the one of that number ($2), else the newest open one.
select id, number from work_item where thread_id = $1 and (number = $2 or ($2::bigint is null and status < 3))
order by id desc limit 1;
