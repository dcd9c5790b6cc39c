-- name: has_push
-- Whether any queue gives its messages to agents.
select exists (select from queue where digital = 'push');

-- name: waiting_cases
-- Cases of such queues that nobody has, the longest waiting first.
select w.id, w.number, w.queue, w.priority, coalesce(w.turn_at, w.period_at) as entered_at, q.need, last.channel
from work_item w join queue q on q.id = w.queue
left join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
                   order by i.id desc limit 1) last on true
where w.status in (0, 1) and w.owner_agent_id is null and w.snoozed_until is null and q.digital = 'push'
order by w.priority, coalesce(w.turn_at, w.period_at), w.id limit 500;

-- name: in_hand
-- What agents have to answer, by channel.
select w.owner_agent_id as agent_id, last.channel = 'chat' as is_chat, count(*) as cases
from work_item w
left join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
                   order by i.id desc limit 1) last on true
where w.status in (0, 1) and w.owner_agent_id is not null and w.snoozed_until is null
group by w.owner_agent_id, is_chat;

-- name: deserted
-- Cases of such queues whose owner left after he got them: chats when he is away, the rest when he has gone home.
select w.number, w.owner_agent_id as owner from work_item w
join queue q on q.id = w.queue and q.digital = 'push'
join agent_state s on s.agent_id = w.owner_agent_id and s.to_at is null and s.state in ('away', 'logged_out')
join assignment a on a.work_item_id = w.id and a.to_at is null and a.from_at < s.from_at
left join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
                   order by i.id desc limit 1) last on true
where w.status in (0, 1) and w.snoozed_until is null and (s.state = 'logged_out' or last.channel = 'chat')
order by w.id limit 200;
