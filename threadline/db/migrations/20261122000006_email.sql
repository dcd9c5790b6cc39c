-- migrate:up

-- How far each folder of a mailbox has been taken; moves only after what was fetched is committed.
create table email_mark (
    endpoint_id  bigint not null references endpoint on delete cascade,
    folder       text not null,
    uid_validity bigint not null,
    uid          bigint not null,
    moved_at     timestamptz not null,
    primary key (endpoint_id, folder)
);

-- Message-IDs a reply may refer to: of mails in and out, and those only mentioned in References.
create table email_ref (
    hash           bytea not null,                    -- the first 16 bytes of the id's SHA-256
    interaction_id bigint not null references interaction on delete cascade,
    kind           text not null check (kind in ('sent', 'received', 'mentioned')),
    primary key (hash, interaction_id)
);
create index email_ref_interaction on email_ref (interaction_id);

-- Automatic mails by correspondent, for the cap on them. A retry is the same key.
create table email_automatic (
    endpoint_id bigint not null references endpoint on delete cascade,
    address     text not null,
    key         text not null,
    at          timestamptz not null,
    primary key (endpoint_id, address, key)
);
create index email_automatic_when on email_automatic (at);

-- Mails as they came, one row for each content; interaction_body.raw_ref is 'email:' and the hash.
create table email_raw (
    sha256 bytea primary key,
    raw    bytea not null
);

-- migrate:down

drop table email_raw, email_automatic, email_ref, email_mark;
