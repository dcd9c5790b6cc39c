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

-- name: ready_lines
-- The first lines of an import that are to be taken yet.
select line, cells, findings, state from contact_import_line
where import_id = $1 and state = 'ready' order by line limit $2;

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

-- name: take_people
-- Contacts with their threads, as [{contact, thread, kind, name, language, timezone, customer_no, attrs}].
with said as (
    select * from jsonb_to_recordset($1::jsonb) as n(
        contact uuid, thread uuid, kind smallint, name text, language text, timezone text, customer_no text, attrs jsonb)
), made as (
    insert into contact (public_id, kind, display_name, locale, tz, customer_no, attrs, created_at, last_event_at)
    select contact, kind, name, language, timezone, customer_no, attrs, $2, $2 from said returning id, public_id
), threads as (
    insert into thread (public_id, contact_id)
    select said.thread, made.id from made join said on said.contact = made.public_id
)
select id, public_id from made;

-- name: tell_people
-- What contacts are called and filed under, as [{id, kind, name, language, timezone, customer_no, attrs}].
update contact c
set kind = n.kind, display_name = n.name, locale = n.language, tz = n.timezone, customer_no = n.customer_no, attrs = n.attrs
from jsonb_to_recordset($1::jsonb) as n(
    id bigint, kind smallint, name text, language text, timezone text, customer_no text, attrs jsonb)
where c.id = n.id;

-- name: trust_identities
-- How far these identities are believed.
update contact_identity set trust = $2 where id = any($1::bigint[]);

-- name: take_identities
-- Identities of contacts, as [{contact, kind, scope, value, raw}]; what a contact has already stays one.
insert into contact_identity (contact_id, kind, scope, value, raw, trust, first_seen, last_seen)
select n.contact, n.kind, n.scope, n.value, n.raw, $2, $3, $3
from jsonb_to_recordset($1::jsonb) as n(contact bigint, kind text, scope text, value text, raw text)
where not exists (
    select from contact_identity i
    where i.contact_id = n.contact and i.kind = n.kind and i.scope = n.scope and i.value = n.value
      and i.replaced_by is null);
