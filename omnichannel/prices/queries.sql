-- name: awaits
-- A message whose price will be asked for, from then on ($2).
insert into message_unpriced (interaction_id, ask_at) values ($1, $2) on conflict do nothing;

-- name: due
-- Messages whose price may be known by now ($1), the earliest first; those without their provider's id are not out yet.
select p.interaction_id, p.asked, i.provider_msg_id, i.endpoint_id
from message_unpriced p join interaction i on i.id = p.interaction_id
where p.ask_at <= $1 order by p.ask_at limit 50;

-- name: ask_later
-- It is not known yet.
update message_unpriced set asked = asked + 1, ask_at = $2 where interaction_id = $1;

-- name: settled
-- Nobody asks any more.
delete from message_unpriced where interaction_id = $1;
