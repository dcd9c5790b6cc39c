-- migrate:up

-- What rings for a person: the SIP account of his extension, or the page he is signed in at.
alter table agent
    add column phone text not null default 'sip' check (phone in ('sip', 'browser'));

-- The number customers see when an agent calls them for this queue; null: the first published one.
alter table queue
    add column caller_id text check (caller_id ~ '^\+?[0-9]{3,20}$');

-- migrate:down

alter table queue drop column caller_id;
alter table agent drop column phone;
