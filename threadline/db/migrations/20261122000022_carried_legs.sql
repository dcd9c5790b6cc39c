-- migrate:up

-- What Twilio says of a leg that it carries, under its own name of the call; no numbers, no names.
-- `rank` orders the status; `ask_at`: when its price is asked for, null before its end and once it is known.
create table carried_leg (
    sid         text primary key,
    leg_id      uuid not null unique,
    status      text,
    rank        smallint not null default -1,
    stir        text,
    answered_by text,
    duration_s  integer,
    price       numeric,
    price_unit  text,
    asked       smallint not null default 0,
    ask_at      timestamptz
);
create index carried_leg_unpriced on carried_leg (ask_at) where price is null and ask_at is not null;

-- A phone number that rings for a person in place of a phone account or a page.
alter table agent
    add column mobile text check (mobile ~ '^\+[1-9][0-9]{5,14}$'),
    drop constraint agent_phone_check,
    add constraint agent_phone_check check (phone in ('sip', 'browser', 'mobile'));

-- migrate:down

update agent set phone = 'sip' where phone = 'mobile';
alter table agent
    drop constraint agent_phone_check,
    add constraint agent_phone_check check (phone in ('sip', 'browser')),
    drop column mobile;
drop table carried_leg;
