-- name: begin_talk
-- An agent has a customer no offer gave him.
insert into talk_by_hand (call_id, agent_id, queue, node, began_at) values ($1, $2, $3, $4, $5);

-- name: end_talk
-- He has her no longer; nothing where he had not.
update talk_by_hand set ended_at = $3, reason = $4 where call_id = $1 and agent_id = $2 and ended_at is null
returning call_id;

-- name: talk_of_agent
-- The call he has by hand, if any.
select call_id from talk_by_hand where agent_id = $1 and ended_at is null;

-- name: talkers_of_call
-- Who has this call by hand.
select agent_id from talk_by_hand where call_id = $1 and ended_at is null order by agent_id;

-- name: talks_of_nodes
-- What these servers ($1) left open.
select call_id, agent_id from talk_by_hand where node = any($1::text[]) and ended_at is null order by agent_id;
