-- migrate:up

-- Several phones may ring for one call (ring all, progressive); one conversation at most comes of it.
drop index reservation_call;
create unique index reservation_call on reservation (call_id) where state = 'connected';
create index reservation_open on reservation (call_id) where state in ('offered', 'connected');

-- migrate:down

drop index reservation_open, reservation_call;
create unique index reservation_call on reservation (call_id) where state in ('offered', 'connected');
