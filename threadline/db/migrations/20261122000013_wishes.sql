-- migrate:up

-- Who is erased may have wished not to be written to. The wish outlives the number it is about, which is known by its
-- hash alone: where the number comes again, by an import or by whoever writes, the wish holds again.

create table wish_salt (                              -- one row, so that hashes of two installations differ
    is_it boolean primary key default true check (is_it),
    salt  bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
insert into wish_salt default values;

create table kept_wish (
    digest  bytea not null,                           -- of an identity
    channel text not null,                            -- '': on none; else the consent for this one is withdrawn
    at      timestamptz not null,
    primary key (digest, channel)
);

create function wish_digest(kind text, scope text, value text) returns bytea language sql stable as $$
    select sha256(salt || convert_to(kind || e'\x1f' || scope || e'\x1f' || value, 'UTF8')) from wish_salt
$$;

create function identity_came() returns trigger language plpgsql as $$
begin
    if not exists (select from kept_wish) then
        return new;
    end if;
    if exists (select from kept_wish where digest = wish_digest(new.kind, new.scope, new.value) and channel = '') then
        new.do_not_contact := true;
    end if;
    insert into consent (contact_id, channel, state, source, at, by_kind)
    select new.contact_id, channel, 'withdrawn', 'kept_wish', now(), 'system' from kept_wish
    where digest = wish_digest(new.kind, new.scope, new.value) and channel <> '';
    return new;
end $$;
create trigger identity_came before insert on contact_identity for each row execute function identity_came();

create function wish_lifted() returns trigger language plpgsql as $$
begin
    delete from kept_wish where digest = wish_digest(new.kind, new.scope, new.value) and channel = '';
    return new;
end $$;
create trigger wish_lifted after update of do_not_contact on contact_identity for each row
    when (old.do_not_contact and not new.do_not_contact) execute function wish_lifted();

create function consent_given() returns trigger language plpgsql as $$
begin
    delete from kept_wish k using contact c join contact_identity i on i.contact_id = c.id
    where new.contact_id in (c.id, c.root_id) and k.channel = new.channel
      and k.digest = wish_digest(i.kind, i.scope, i.value);
    return new;
end $$;
create trigger consent_given after insert on consent for each row when (new.state = 'given') execute function consent_given();

-- migrate:down

drop trigger consent_given on consent;
drop trigger wish_lifted on contact_identity;
drop trigger identity_came on contact_identity;
drop function consent_given(), wish_lifted(), identity_came(), wish_digest(text, text, text);
drop table kept_wish, wish_salt;
