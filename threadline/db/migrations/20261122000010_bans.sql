-- migrate:up

create table sip_ban (                                -- addresses shut out, a day longer than the ban lasts: the next is longer
    address text primary key,                         -- IPv4, or the /64 of IPv6
    since   timestamptz not null,
    until   timestamptz not null,
    count   integer not null check (count > 0),       -- how often by now
    reason  text not null
);

create table dial_spent (                             -- talk through trunks, against the cap of a day
    payer   text not null,                            -- an account, or 'flow NAME'
    day     date not null,                            -- UTC
    seconds double precision not null check (seconds >= 0),
    primary key (payer, day)
);

-- migrate:down

drop table dial_spent;
drop table sip_ban;
