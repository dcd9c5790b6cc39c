-- name: add_import
-- A table somebody wants to take contacts from.
insert into contact_import (id, name, by_agent, header, columns, region, encoding, delimiter, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: add_lines
-- Lines of a table as they were read.
insert into contact_import_line (import_id, line, cells, findings, state)
select $1, n.line, n.cells, n.findings, n.state
from jsonb_to_recordset($2::jsonb) as n(line integer, cells jsonb, findings jsonb, state text);

-- name: find_import
-- One import with how many of its lines are in which state.
select i.id, i.name, i.state, i.header, i.columns, i.region, i.encoding, i.delimiter, i.made_at, i.ended_at,
       coalesce((select jsonb_object_agg(n.state, n.count) from (
           select l.state, count(*) from contact_import_line l where l.import_id = i.id group by l.state) n), '{}') as counts
from contact_import i where i.id = $1;

-- name: lines_after
-- Lines of an import in order, after one, of these states.
select line, cells, findings, state from contact_import_line
where import_id = $1 and line > $2 and state = any($3::text[]) order by line limit $4;

-- name: check_lines
-- What was found out about lines.
update contact_import_line l set findings = n.findings, state = n.state
from jsonb_to_recordset($2::jsonb) as n(line integer, findings jsonb, state text)
where l.import_id = $1 and l.line = n.line;

-- name: set_columns
-- What the columns of a table mean, while it is only looked at.
update contact_import set columns = $2 where id = $1 and state = 'preview' returning id;

-- name: begin_import
-- Its lines are taken from now on.
update contact_import set state = 'applying' where id = $1 and state = 'preview' returning id;

-- name: lock_running
-- The oldest import whose lines are being taken; one process at a time.
select id, header, columns, region from contact_import where state = 'applying' order by made_at limit 1
for no key update skip locked;

-- name: end_import
-- All lines are taken or refused.
update contact_import set state = 'done', ended_at = $2 where id = $1;
