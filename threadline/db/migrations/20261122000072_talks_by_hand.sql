-- migrate:up

create table talk_by_hand (               -- conversations with customers that no offer led to: handed over, picked up, dialled
    id        bigint generated always as identity primary key,
    call_id   uuid not null,
    agent_id  uuid not null references agent on delete cascade,
    queue     text,                       -- the one she had waited in, if any
    node      text not null,              -- the server that has the call
    began_at  timestamptz not null,
    ended_at  timestamptz,
    reason    text
);
create unique index talk_by_hand_open on talk_by_hand (agent_id) where ended_at is null;
create index talk_by_hand_call on talk_by_hand (call_id) where ended_at is null;
create index talk_by_hand_past on talk_by_hand (agent_id, began_at);

-- migrate:down

drop table talk_by_hand;
