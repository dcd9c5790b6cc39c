-- migrate:up

-- One-time codes by which a chat's visitor proves a phone or an e-mail -----------------------------------
-- Neither the code nor what it proves stands here in the clear: the code as a keyed hash, the phone or e-mail as a
-- keyed hash to count by and sealed with the server's key until the proof is over.

create table identity_proof (
    id          uuid primary key,
    endpoint_id bigint not null references endpoint on delete cascade,   -- the chat
    visitor     text not null,                        -- value of its web_visitor identity
    subject     bytea not null,                       -- keyed hash of kind and value
    sealed      bytea,                                -- {"kind", "value"}; null once it is over
    code_hash   bytea not null,
    attempts    smallint not null default 0,
    state       text not null default 'open' check (state in ('open', 'proven', 'failed', 'replaced', 'expired')),
    made_at     timestamptz not null,
    expires_at  timestamptz not null,
    ended_at    timestamptz
);
create index identity_proof_visitor on identity_proof (endpoint_id, visitor, made_at);
create index identity_proof_subject on identity_proof (subject, made_at);
create index identity_proof_made on identity_proof (made_at);

-- What a program's token may do, and until when -----------------------------------------------------------

alter table api_token
    add column scopes       text[],                   -- null: everything its role may
    add column expires_at   timestamptz,
    add column last_used_at timestamptz;              -- to the minute

-- migrate:down
alter table api_token drop column scopes, drop column expires_at, drop column last_used_at;
drop table identity_proof;
