-- name: caption_wish
-- Whether a call is to be captioned: what is said of its number, else of its queue; null where neither says anything.
select coalesce(
    (select s.is_on from caption_switch s join call c on c.to_number = s.name where s.kind = 'number' and c.id = $1),
    (select s.is_on from caption_switch s join waiting w on w.queue = s.name where s.kind = 'queue' and w.call_id = $1));

-- name: switches
-- Every queue and published number, and what is said of it; null: nothing.
select 'queue' as kind, q.id as name, q.title, s.is_on
from queue q left join caption_switch s on s.kind = 'queue' and s.name = q.id
union all
select 'number', n.number, n.title, s.is_on
from number_route n left join caption_switch s on s.kind = 'number' and s.name = n.number
order by 1 desc, 3, 2;

-- name: set_switch
-- What is said of a queue or number.
insert into caption_switch (kind, name, is_on) values ($1, $2, $3)
on conflict (kind, name) do update set is_on = excluded.is_on;

-- name: drop_switch
-- Nothing is said any more.
delete from caption_switch where kind = $1 and name = $2;
