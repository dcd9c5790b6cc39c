-- name: add_note
-- Who did what to whom.
insert into audit_log (at, actor_kind, actor, action, target, detail) values ($1, $2, $3, $4, $5, $6);

-- name: add_notes
-- Several at once, of who looked at what.
insert into audit_log (at, actor_kind, actor, action, target) select * from unnest($1::timestamptz[], $2::text[], $3::text[],
    $4::text[], $5::text[]);

-- name: notes
-- The newest notes before an id, of one target, action (or all that begin with it and a dot), person and time, or all.
select a.id, a.at, a.actor_kind, a.actor, p.display_name as actor_name, a.action, a.target, a.detail from audit_log a
left join agent p on a.actor_kind = 'agent' and p.id::text = a.actor
where ($1::text is null or a.target = $1) and ($2::text is null or a.action = $2 or a.action like replace($2, '_', '\_') || '.%')
    and a.id < $3 and ($5::text is null or a.actor = $5) and ($6::timestamptz is null or a.at >= $6)
    and ($7::timestamptz is null or a.at < $7)
order by a.id desc limit $4;
