-- name: sources
-- Where the panel asks.
select id, title, url, ttl_s, is_on, secret from customer_source order by title, id;

-- name: save_source
-- A source under its id; without a secret it keeps the one it has.
insert into customer_source (id, title, url, secret, ttl_s, is_on, changed_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set title = excluded.title, url = excluded.url, ttl_s = excluded.ttl_s, is_on = excluded.is_on,
    secret = excluded.secret, changed_at = excluded.changed_at;

-- name: drop_source
-- A source goes.
delete from customer_source where id = $1 returning id;

-- name: customer
-- A contact (the winner after merges) and everything he is known under.
select k.id, k.public_id, k.display_name, k.locale, k.customer_no, k.attrs,
       (select coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'scope', i.scope, 'value', i.value, 'trust', i.trust)
                                  order by i.trust desc, i.id), '[]')
        from contact_identity i where i.contact_id = k.id and i.replaced_by is null) as identities
from contact c join contact k on k.id = coalesce(c.root_id, c.id) where c.public_id = $1;

-- name: add_order
-- An order, new or as it is now; true when it was new.
insert into customer_order (contact_id, source, number, placed_at, value, currency, status, title, stored_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (source, number) do update set contact_id = excluded.contact_id, placed_at = excluded.placed_at,
    value = excluded.value, currency = excluded.currency, status = excluded.status, title = excluded.title,
    stored_at = excluded.stored_at
returning xmax = 0 as is_new;

-- name: orders
-- What a contact ordered, also under those that were merged into it, newest first.
select o.source, o.number, o.placed_at, o.value, o.currency, o.status, o.title from customer_order o
where o.contact_id in (select $1::bigint union all select id from contact where root_id = $1)
order by o.placed_at desc, o.id desc limit $2;

-- name: worth
-- What a contact's orders come to, by currency.
select o.currency, count(*) as orders, sum(o.value) as value from customer_order o
where o.contact_id in (select $1::bigint union all select id from contact where root_id = $1)
group by o.currency order by o.currency;

-- name: reached
-- Whom we wrote to or heard from between two moments, by address of ours and by who spoke.
select i.channel, e.public_id as endpoint, e.title,
       case when i.direction = 'in' then 'customer' when i.actor_kind = 'agent' then 'agent' else 'automatic' end as touch,
       count(distinct coalesce(c.root_id, c.id)) as contacts
from interaction i join thread t on t.id = i.thread_id join contact c on c.id = t.contact_id
left join endpoint e on e.id = i.endpoint_id
where i.occurred_at >= $1 and i.occurred_at < $2 and i.kind in ('call', 'message', 'email') and i.direction in ('in', 'out')
    and (i.status is null or i.status not in ('failed', 'cancelled', 'duplicate'))
group by 1, 2, 3, 4;

-- name: converted
-- Orders by what came last before each of them, at most $3 before; of touches between two moments.
select l.channel, e.public_id as endpoint, e.title, l.touch, o.currency, count(*) as orders,
       count(distinct o.root) as contacts, array_agg(distinct o.root) as roots, sum(o.value) as value
from (
    select o.currency, o.value, o.placed_at, coalesce(c.root_id, c.id) as root
    from customer_order o join contact c on c.id = o.contact_id
    where o.placed_at >= $1 and o.placed_at < $2::timestamptz + $3::interval and lower(o.status) <> all($4::text[])
) o cross join lateral (
    select i.channel, i.endpoint_id, i.occurred_at,
           case when i.direction = 'in' then 'customer' when i.actor_kind = 'agent' then 'agent' else 'automatic' end as touch
    from interaction i
    where i.thread_id in (select t.id from contact m join thread t on t.contact_id = m.id where m.id = o.root or m.root_id = o.root)
        and i.occurred_at <= o.placed_at and i.occurred_at > o.placed_at - $3::interval
        and i.kind in ('call', 'message', 'email') and i.direction in ('in', 'out')
        and (i.status is null or i.status not in ('failed', 'cancelled', 'duplicate'))
    order by i.occurred_at desc, i.id desc limit 1
) l left join endpoint e on e.id = l.endpoint_id
where l.occurred_at >= $1 and l.occurred_at < $2
group by 1, 2, 3, 4, 5;
