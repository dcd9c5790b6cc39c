-- migrate:up

alter table queue
    add column chat_unanswered_s integer not null default 180   -- ready, and a chat waits so long: set away; 0: never
        check (chat_unanswered_s between 0 and 86400),
    add column chat_in_hand_s    integer not null default 600   -- a chat is in hand so long after our last word; 0: no longer
        check (chat_in_hand_s between 0 and 86400);

-- migrate:down

alter table queue drop column chat_unanswered_s, drop column chat_in_hand_s;
