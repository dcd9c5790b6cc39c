-- migrate:up

-- When something put off is due is one step into an index, however much waits behind it.

create index outbox_not_before on outbox (not_before) where state = 'queued';
create index outbox_leased on outbox (lease_until) where state = 'queued' and lease_until is not null;
create index inbound_event_put_off on inbound_event (not_before)
    where processed_at is null and parked_at is null and not_before is not null;

-- Mails whose pictures lie elsewhere say so; a page asks about those alone.

update interaction_body set meta = coalesce(meta, '{}') || '{"has_pictures": true}'
where html_sanitised like '%src="remote:%';

-- migrate:down

update interaction_body set meta = meta - 'has_pictures' where meta ? 'has_pictures';
drop index outbox_not_before, outbox_leased, inbound_event_put_off;
