-- name: carries
-- A leg is carried by Twilio under this name; once. One that was placed for somebody ($4) is laid at his account.
insert into carried_leg (sid, leg_id, stir, payer, placed_at) values ($1, $2, $3, $4, $5) on conflict do nothing;

-- name: charged
-- What calls placed since then cost so far, by whose account they are laid at.
select payer, sum(price) as price from carried_leg
where placed_at >= $1 and payer is not null and price is not null group by payer;

-- name: told
-- News of it, in whatever order they come: a status that is less far on ($3) changes nothing.
update carried_leg set status = case when $3 > rank then $2 else status end, rank = greatest(rank, $3),
    answered_by = coalesce($4, answered_by), duration_s = coalesce($5, duration_s),
    ask_at = coalesce(ask_at, $6)
where sid = $1;

-- name: unpriced
-- Legs that are over and whose price may be known by now ($1), the earliest first.
select sid, asked from carried_leg where ask_at <= $1 and price is null order by ask_at limit 50;

-- name: priced
-- What Twilio charges for it, and how long it says the call was.
update carried_leg set price = $2, price_unit = $3, duration_s = coalesce($4, duration_s), ask_at = null where sid = $1;

-- name: ask_later
-- Its price is not known yet; null: nobody asks any more.
update carried_leg set asked = asked + 1, ask_at = $2 where sid = $1;
