-- migrate:up

-- Merged contacts --------------------------------------------------------------------------------

-- `merged_into` is one edge, `root_id` where the edges lead. Whatever moves remembers its home, which merges never
-- change: an identity the contact, an entry without identity (and a session, a work item) the thread it was made for.
-- Where a thing belongs is always the root of its home, so merges can be undone in any order.

alter table contact add column root_id bigint references contact;              -- null: itself
create index contact_root on contact (root_id) where root_id is not null;
create index contact_merged on contact (merged_into) where merged_into is not null;
alter table contact_identity add column home_contact_id bigint references contact;   -- null: contact_id
create index contact_identity_home on contact_identity (home_contact_id) where home_contact_id is not null;
create index contact_identity_replaced on contact_identity (kind, scope, value) where replaced_by is not null;

alter table interaction add column home_thread_id bigint references thread;    -- null: thread_id
create index interaction_home on interaction (home_thread_id, id) where home_thread_id is not null;
drop index interaction_identity;
create index interaction_identity on interaction (identity_id, id);
alter table session add column home_thread_id bigint references thread;
create index session_home on session (home_thread_id) where home_thread_id is not null;
alter table work_item add column home_thread_id bigint references thread;
create index work_item_home on work_item (home_thread_id) where home_thread_id is not null;
create index work_item_of_thread on work_item (thread_id);
create index interaction_case on interaction (work_item_id, id) where work_item_id is not null;
create index session_case on session (work_item_id) where work_item_id is not null;

create table contact_merge (
    id        bigint generated always as identity primary key,
    winner    bigint not null references contact,
    loser     bigint not null references contact,
    by_agent  uuid references agent,
    rule      text,                        -- in words, when no agent did it
    at        timestamptz not null,
    snapshot  jsonb not null,              -- {before, taken: of the winner's fields; identities: rows the loser had}
    undoing_at timestamptz,                -- entries are on their way back
    undone_at timestamptz,
    undone_by uuid references agent
);
create unique index contact_merge_edge on contact_merge (loser) where undone_at is null;
create index contact_merge_winner on contact_merge (winner, id desc);

create table regathering (                 -- threads whose entries are being moved to where they belong, oldest first
    id         bigint generated always as identity primary key,
    contact_id bigint not null references contact,   -- a root whose thread is being filled, or emptied by an undo
    merge_id   bigint references contact_merge,      -- set: this merge is being undone
    asked_at   timestamptz not null,
    seen_at    timestamptz                 -- since when nothing new goes astray, by the database's clock
);
create index regathering_contact on regathering (contact_id);

create view thread_root as                 -- the thread a thread's name leads to: itself, or the winner's after merges
select t.public_id as asked, t.id as asked_row, r.id as thread_row, r.public_id as thread, k.id as contact_row,
       k.public_id as contact
from thread t join contact c on c.id = t.contact_id join contact k on k.id = coalesce(c.root_id, c.id)
join thread r on r.contact_id = k.id;

-- What is only said, or only likely ----------------------------------------------------------------

create table contact_suggestion (
    id         bigint generated always as identity primary key,
    contact_id bigint not null references contact,   -- who is said to have this identity
    kind       text not null,
    scope      text not null default '',
    value      text not null,
    raw        text,
    trust      smallint not null,
    reason     text not null,              -- code of omnichannel.identity.decision.Reason
    at         timestamptz not null,
    state      text not null default 'open' check (state in ('open', 'confirmed', 'dismissed')),
    decided_by uuid references agent,
    decided_at timestamptz
);
create unique index contact_suggestion_once on contact_suggestion (contact_id, kind, scope, value);
create index contact_suggestion_value on contact_suggestion (kind, scope, value) where state = 'open';

-- Imports ----------------------------------------------------------------------------------------------

create table contact_import (
    id         uuid primary key,
    name       text not null,
    by_agent   uuid references agent,
    state      text not null default 'preview' check (state in ('preview', 'applying', 'done')),
    header     jsonb not null,             -- the columns as the file names them
    columns    jsonb not null,             -- {column of the file: field of ours}
    region     text not null,
    encoding   text not null,
    delimiter  text not null,
    made_at    timestamptz not null,
    ended_at   timestamptz
);

create table contact_import_line (
    import_id uuid not null references contact_import on delete cascade,
    line      integer not null,            -- as an editor counts them
    cells     jsonb not null,
    findings  jsonb not null default '[]', -- [{column, code, text, mend}]
    state     text not null default 'ready' check (state in ('ready', 'refused', 'made', 'changed')),
    primary key (import_id, line)
);
create index contact_import_line_ready on contact_import_line (import_id, line) where state = 'ready';

create index contact_customer_no on contact (customer_no) where customer_no is not null;

-- migrate:down

drop index contact_customer_no;
drop table contact_import_line, contact_import, contact_suggestion cascade;
drop view thread_root;
drop table regathering, contact_merge cascade;
drop index work_item_of_thread, interaction_case, session_case;
alter table work_item drop column home_thread_id;
alter table session drop column home_thread_id;
drop index interaction_identity;
create index interaction_identity on interaction (identity_id);
alter table interaction drop column home_thread_id;
drop index contact_identity_replaced;
alter table contact_identity drop column home_contact_id;
alter table contact drop column root_id;
