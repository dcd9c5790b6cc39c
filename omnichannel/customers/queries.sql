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
