-- migrate:up

-- Messages whose price their provider has not told yet; what it tells stands with the message, and its row here is gone.
create table message_unpriced (
    interaction_id bigint primary key references interaction on delete cascade,
    asked          smallint not null default 0,
    ask_at         timestamptz not null
);
create index message_unpriced_due on message_unpriced (ask_at);

-- Whose account a call that Twilio placed is laid at, as the rules of dialling out count: what it cost counts there too.
alter table carried_leg
    add column payer     text,
    add column placed_at timestamptz;
create index carried_leg_paid on carried_leg (placed_at) where payer is not null;

-- migrate:down

alter table carried_leg
    drop column placed_at,
    drop column payer;
drop table message_unpriced;
