-- name: has_push
-- Whether any queue gives its messages to agents.
select exists (select from queue where digital = 'push');

-- name: waiting_cases
-- Cases of such queues that nobody has, the longest waiting first: since the customer wrote, or since a flow handed the case
-- over. `target_s`: what is promised of the next answer; of chats null, theirs is the queue's. While a flow talks with a
-- customer nobody else does. Needs as text: many ask for the same, which is then read once.
select w.id, w.number, w.queue, w.priority, last.channel, w.asked,
       greatest(coalesce(w.turn_at, w.period_at), (w.asked ->> 'since')::timestamptz) as entered_at,
       coalesce(nullif(w.asked -> 'need', '[]'), jsonb_build_array(jsonb_build_object('need', q.need)))::text as need,
       case when last.channel is distinct from 'chat'
            then coalesce(case when w.first_human_reply_at is null then p.first_reply_s end, p.turn_s) end as target_s
from work_item w join queue q on q.id = w.queue left join sla_policy p on p.id = q.sla_policy
left join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
                   order by i.id desc limit 1) last on true
where w.status in (0, 1) and w.owner_agent_id is null and w.snoozed_until is null and q.digital = 'push'
  and not exists (select from flow_session f where f.thread_id = w.thread_id and f.ended_at is null and f.work_item is null
                  and w.id = (select max(c.id) from work_item c where c.thread_id = w.thread_id and c.status < 3))
order by w.priority, entered_at, w.id limit 500;

-- name: in_hand
-- At $1, what agents have in hand, by channel: what they have to answer, and chats whose customer was written to a short while
-- ago. How long that is their queue says, of chats without one the column's default.
select w.owner_agent_id as agent_id, last.channel = 'chat' as is_chat, count(*) as cases
from work_item w left join queue q on q.id = w.queue
left join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
                   order by i.id desc limit 1) last on true
where w.status < 3 and w.owner_agent_id is not null and w.snoozed_until is null
  and (w.status < 2 or w.changed_at > $1::timestamptz - make_interval(secs => coalesce(q.chat_in_hand_s, 600)))
  and (w.status < 2 or last.channel = 'chat')
group by w.owner_agent_id, is_chat;

-- name: silent
-- Ready agents who do not answer at $1: a chat of such a queue waits for its owner for as long as the queue says or longer, and
-- in all that time he has neither become ready nor written a word to anybody.
select distinct w.owner_agent_id as agent_id from work_item w
join queue q on q.id = w.queue and q.digital = 'push' and q.chat_unanswered_s > 0
cross join lateral (select $1::timestamptz - make_interval(secs => q.chat_unanswered_s) as at) since
join agent_state s on s.agent_id = w.owner_agent_id and s.to_at is null and s.state = 'ready' and s.from_at <= since.at
join assignment a on a.work_item_id = w.id and a.to_at is null and a.from_at <= since.at
join lateral (select i.channel from interaction i where i.work_item_id = w.id and i.direction = 'in'
              order by i.id desc limit 1) last on last.channel = 'chat'
where w.status in (0, 1) and w.snoozed_until is null and coalesce(w.turn_at, w.period_at) <= since.at
  and not exists (select from work_item o join interaction i on i.work_item_id = o.id
                  where o.owner_agent_id = w.owner_agent_id and o.status < 3 and i.actor_kind = 'agent'
                  and i.actor_id = w.owner_agent_id and i.occurred_at > since.at);

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
