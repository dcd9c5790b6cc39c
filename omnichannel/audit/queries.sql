-- name: add_note
-- Who did what to whom.
insert into audit_log (at, actor_kind, actor, action, target, detail) values ($1, $2, $3, $4, $5, $6);

-- name: notes
-- The newest notes before an id, of one target, one action or all.
select id, at, actor_kind, actor, action, target, detail from audit_log
where ($1::text is null or target = $1) and ($2::text is null or action = $2) and id < $3
order by id desc limit $4;
