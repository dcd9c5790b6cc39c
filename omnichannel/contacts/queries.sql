-- name: lock_identities
-- Parallel events of one customer take turns until the transaction ends; the keys come in order.
select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as key;

-- name: holders
-- Who has each of these identities (kinds $1, scopes $2, values $3), the last seen first; of a replaced one, who has its
-- successor. `place` counts from one.
with recursive asked as (
    select * from unnest($1::text[], $2::text[], $3::text[]) with ordinality as one(kind, scope, value, place)
), found as (
    select asked.place, i.id, i.replaced_by, 0 as steps from asked
    join contact_identity i on i.kind = asked.kind and i.scope = asked.scope and i.value = asked.value
        and i.replaced_by is null
    union all
    select asked.place, i.id, i.replaced_by, 0 from asked
    join contact_identity i on i.kind = asked.kind and i.scope = asked.scope and i.value = asked.value
        and i.replaced_by is not null
    union all
    select found.place, i.id, i.replaced_by, found.steps + 1 from found
    join contact_identity i on i.id = found.replaced_by where found.steps < 20
)
select found.place, i.id, i.contact_id, i.trust, i.is_shared, i.last_seen, c.public_id as contact, c.customer_no,
       c.display_name is null as is_nameless, t.id as thread_row, t.public_id as thread,
       array_to_json(array(select json_build_array(e.scope, e.value) from contact_identity e
                           where e.contact_id = c.id and e.kind = 'external' and e.replaced_by is null)) as externals
from (select distinct place, id from found where replaced_by is null) found
join contact_identity i on i.id = found.id
join contact c on c.id = i.contact_id join thread t on t.contact_id = c.id
order by found.place, i.last_seen desc, i.id desc;

-- name: add_person
-- A contact with its one thread: rows and public names of both.
with person as (
    insert into contact (public_id, kind, display_name, created_at, last_event_at) values ($1, $2, $3, $4, $4)
    returning id
)
insert into thread (public_id, contact_id) select $5, id from person returning id as thread_row, contact_id;

-- name: add_identity
-- An identity of a contact.
insert into contact_identity (contact_id, kind, scope, value, raw, trust, is_shared, first_seen, last_seen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id;

-- name: see_identity
-- An identity was seen; it is believed as far as the best sighting.
update contact_identity set last_seen = greatest(last_seen, $2), trust = greatest(trust, $3) where id = $1;

-- name: name_contact
-- A name for a contact that has none.
update contact set display_name = $2 where id = $1 and display_name is null;

-- name: suggest
-- Somebody is said to have this identity; said once is enough, unless something speaks for it more than before.
insert into contact_suggestion (contact_id, kind, scope, value, raw, trust, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (contact_id, kind, scope, value) do update
set trust = excluded.trust, reason = excluded.reason, at = excluded.at, state = 'open', decided_by = null, decided_at = null
where contact_suggestion.trust < excluded.trust and contact_suggestion.state <> 'confirmed';

-- name: replace_identity
-- A provider gave the same person another id.
update contact_identity set replaced_by = $2 where id = $1 and replaced_by is null;

-- name: person
-- A contact by its public name: the one it leads to after merges.
select k.id, k.public_id as contact, k.kind, k.display_name, k.locale, k.tz, k.customer_no, k.attrs,
       t.id as thread_row, t.public_id as thread
from contact c join contact k on k.id = coalesce(c.root_id, c.id) join thread t on t.contact_id = k.id
where c.public_id = $1;

-- name: person_of_thread
-- A thread by its public name: the contact it leads to.
select contact from thread_root where asked = $1;

-- name: lock_people
-- The rows of contacts about to change, in order; `root_id` is null where nothing was merged away meanwhile.
select id, public_id as contact, kind, display_name, locale, tz, customer_no, attrs, root_id, merged_into
from contact where id = any($1::bigint[]) order by id for no key update;

-- name: keep_fields
-- What a contact is called and filed under.
update contact set kind = $2, display_name = $3, locale = $4, tz = $5, customer_no = $6, attrs = $7 where id = $1;

-- name: externals
-- The ids of a contact in outside systems.
select scope, value from contact_identity where contact_id = $1 and kind = 'external' and replaced_by is null;

-- name: join_contacts
-- The loser ($2) and whoever was merged into it lead to the winner ($1).
update contact set root_id = $1, merged_into = case when id = $2 then $1 else merged_into end
where id = $2 or root_id = $2;

-- name: move_identities
-- The loser's identities answer for the winner and remember their home.
update contact_identity set home_contact_id = coalesce(home_contact_id, contact_id), contact_id = $1
where contact_id = $2 returning id;

-- name: note_merge
-- One merge, undone or not.
insert into contact_merge (winner, loser, by_agent, rule, at, snapshot) values ($1, $2, $3, $4, $5, $6) returning id;

-- name: merge
-- A merge, its row locked until the transaction ends.
select m.id, m.winner, m.loser, m.snapshot, m.undoing_at, m.undone_at, w.public_id as winner_contact,
       l.public_id as loser_contact, wt.public_id as winner_thread, lt.public_id as loser_thread,
       coalesce(w.root_id, w.id) as root
from contact_merge m join contact w on w.id = m.winner join contact l on l.id = m.loser
join thread wt on wt.contact_id = w.id join thread lt on lt.contact_id = l.id
where m.id = $1 for update of m;

-- name: merges
-- What was merged into a contact, directly or by way of another, the newest first.
select m.id, m.at, m.by_agent, a.display_name as by_name, m.rule, m.undoing_at, l.public_id as loser,
       l.display_name as loser_name, w.public_id as winner
from contact_merge m join contact l on l.id = m.loser join contact w on w.id = m.winner
left join agent a on a.id = m.by_agent
where m.undone_at is null and (m.winner = $1 or m.winner in (select id from contact where root_id = $1))
order by m.id desc;

-- name: begin_undo
-- A merge's entries are to go back.
update contact_merge set undoing_at = $2, undone_by = $3 where id = $1;

-- name: end_undo
-- A merge is no more.
update contact_merge set undone_at = $2 where id = $1;

-- name: cut
-- A contact ($1) is itself again, with whoever was merged into it.
with recursive own as (
    select id from contact where id = $1
    union all select c.id from contact c join own on c.merged_into = own.id
)
update contact set root_id = nullif($1, contact.id),
    merged_into = case when contact.id <> $1 then contact.merged_into end
from own where contact.id = own.id;

-- name: give_back_identities
-- Identities whose home is among these contacts ($2) answer for $1 again.
update contact_identity set contact_id = $1, home_contact_id = nullif(home_contact_id, $1)
where home_contact_id = any($2::bigint[]) and contact_id <> $1;

-- name: own_tree
-- A contact and everybody merged into it, however far: the contact rows.
with recursive own as (
    select id from contact where id = $1
    union all select c.id from contact c join own on c.merged_into = own.id
)
select id from own;

-- name: ask_to_regather
-- The entries of a contact's thread are to be brought to where they belong.
insert into regathering (contact_id, merge_id, asked_at) values ($1, $2, $3) returning id;

-- name: lock_regathering
-- One mover at a time, in all processes.
select pg_advisory_xact_lock(hashtextextended('threadline.regathering', 0));

-- name: next_regathering
-- The oldest thread to bring in order; what only waits for stragglers comes last.
select id, contact_id, merge_id, seen_at from regathering order by seen_at is not null, id limit 1;

-- name: regatherings
-- What is still to be moved: of these, the ids.
select id from regathering where id = any($1::bigint[]);

-- name: watch_for_stragglers
-- Everything was moved; a transaction that began before may still add what belongs elsewhere.
update regathering set seen_at = clock_timestamp() where id = $1;

-- name: has_stragglers
-- Whether a transaction is open that began before a moment.
select exists (
    select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend' and xact_start is not null and xact_start <= $1
);

-- name: end_regathering
-- Nothing is left to move.
delete from regathering where id = $1;

-- name: tree_rows
-- Of contacts: their threads, and the identities whose home they are.
select array(select id from thread where contact_id = any($1::bigint[]) order by id) as threads,
       array(select id from contact_identity where home_contact_id = any($1::bigint[])
             union select id from contact_identity where contact_id = any($1::bigint[]) and home_contact_id is null
             order by 1) as identities;

-- name: thread_row_of
-- The thread row of a contact row, and both names.
select t.id as thread_row, t.public_id as thread, c.public_id as contact
from thread t join contact c on c.id = t.contact_id where c.id = $1;

-- name: root_of
-- Where a contact leads to.
select coalesce(root_id, id) from contact where id = $1;

-- name: move_by_identity
-- A batch of what came through an identity, in order after $2, into a thread, with its sessions and the work items it
-- began. Batch size, last id, how many moved.
with picked as (
    select id from interaction where identity_id = $1 and id > $2 order by id limit $3
), moved as (
    update interaction i set thread_id = $4, home_thread_id = nullif(coalesce(i.home_thread_id, i.thread_id), $4)
    from picked where i.id = picked.id and i.thread_id <> $4 returning i.session_id, i.work_item_id
), talks as (
    update session s set thread_id = $4, home_thread_id = nullif(coalesce(s.home_thread_id, s.thread_id), $4)
    where s.id in (select session_id from moved) and s.thread_id <> $4
), cases as (
    update work_item w set thread_id = $4, home_thread_id = nullif(coalesce(w.home_thread_id, w.thread_id), $4)
    where w.thread_id <> $4 and w.id in (
            select work_item_id from moved
            union select s.work_item_id from session s where s.id in (select session_id from moved))
        and $1 = coalesce(
            (select o.identity_id from interaction o where o.work_item_id = w.id and o.identity_id is not null
             order by o.id limit 1),
            (select o.identity_id from session s join interaction o on o.session_id = s.id
             where s.work_item_id = w.id and o.identity_id is not null order by o.id limit 1))
)
select (select count(*) from picked) as picked, (select max(id) from picked) as last, (select count(*) from moved) as moved;

-- name: move_by_home
-- The same for entries without identity that were made for a thread and taken elsewhere.
with picked as (
    select id from interaction where home_thread_id = $1 and id > $2 order by id limit $3
), moved as (
    update interaction i set thread_id = $4, home_thread_id = nullif(coalesce(i.home_thread_id, i.thread_id), $4)
    from picked where i.id = picked.id and i.identity_id is null and i.thread_id <> $4 returning 1
)
select (select count(*) from picked) as picked, (select max(id) from picked) as last, (select count(*) from moved) as moved;

-- name: move_by_thread
-- The same for entries without identity that still are where they were made.
with picked as (
    select id from interaction where thread_id = $1 and id > $2 and identity_id is null and home_thread_id is null
    order by id limit $3
), moved as (
    update interaction i set thread_id = $4, home_thread_id = nullif(coalesce(i.home_thread_id, i.thread_id), $4)
    from picked where i.id = picked.id and i.thread_id <> $4 returning 1
)
select (select count(*) from picked) as picked, (select max(id) from picked) as last, (select count(*) from moved) as moved;

-- name: move_sessions
-- Sessions in these threads ($1) that began by these identities ($2), or by none and for these threads ($3), into $4.
update session s set thread_id = $4, home_thread_id = nullif(coalesce(s.home_thread_id, s.thread_id), $4)
from (
    select one.id, one.thread_id, coalesce(one.home_thread_id, one.thread_id) as home,
           (select i.identity_id from interaction i where i.session_id = one.id and i.identity_id is not null
            order by i.id limit 1) as opener
    from session one where one.thread_id = any($1::bigint[]) and one.thread_id <> $4
) found
where s.id = found.id
    and (found.opener = any($2::bigint[]) or found.opener is null and found.home = any($3::bigint[]));

-- name: move_work_items
-- The same for work items: they began with their first entry, or with the call they are of.
update work_item w set thread_id = $4, home_thread_id = nullif(coalesce(w.home_thread_id, w.thread_id), $4)
from (
    select one.id, coalesce(one.home_thread_id, one.thread_id) as home, coalesce(
        (select i.identity_id from interaction i where i.work_item_id = one.id and i.identity_id is not null
         order by i.id limit 1),
        (select i.identity_id from session s join interaction i on i.session_id = s.id
         where s.work_item_id = one.id and i.identity_id is not null order by i.id limit 1)) as opener
    from work_item one where one.thread_id = any($1::bigint[]) and one.thread_id <> $4
) found
where w.id = found.id
    and (found.opener = any($2::bigint[]) or found.opener is null and found.home = any($3::bigint[]));

-- name: members
-- The threads that were merged into a contact's.
select t.id as thread_row, t.public_id as thread from contact c join thread t on t.contact_id = c.id where c.root_id = $1;

-- name: own_identities
-- The identities of a contact as an agent may change them.
select id, kind, scope, value, trust, is_shared, do_not_contact, last_seen from contact_identity
where contact_id = $1 and replaced_by is null order by id;

-- name: identity_row
-- One identity and its contact, its row locked until the transaction ends.
select i.id, i.contact_id, i.home_contact_id, i.kind, i.scope, i.value, i.raw, i.trust, i.is_shared, i.last_seen,
       c.public_id as contact
from contact_identity i join contact c on c.id = i.contact_id where i.id = $1 and i.replaced_by is null
for no key update of i;

-- name: trust_identity
-- How far an identity is believed.
update contact_identity set trust = $2 where id = $1;

-- name: share_identity
-- Whether several people use an identity: all its rows.
update contact_identity set is_shared = $4 where kind = $1 and scope = $2 and value = $3 and replaced_by is null;

-- name: give_identity
-- An identity goes to another contact for good.
update contact_identity set contact_id = $2, home_contact_id = null, trust = $3, last_seen = greatest(last_seen, $4)
where id = $1;

-- name: drop_identity
-- An identity nothing came by is forgotten.
delete from contact_identity i where i.id = $1
    and not exists (select from interaction where identity_id = i.id)
    and not exists (select from contact_identity r where r.replaced_by = i.id)
returning id;

-- name: candidates
-- Of a contact's shared identities: everybody who has them, the last seen first.
select i.kind, i.value, i.scope, i.id as identity, c.public_id as contact, c.display_name as name, i.last_seen
from contact_identity own
join contact_identity i on i.kind = own.kind and i.scope = own.scope and i.value = own.value and i.is_shared
    and i.replaced_by is null
join contact c on c.id = i.contact_id
where own.contact_id = $1 and own.is_shared and own.replaced_by is null
order by i.last_seen desc, i.id desc limit 50;

-- name: suggestions
-- What is said of a contact ($1) and by whom the same is said: for each, who has the identity, if anybody.
select s.id, s.kind, s.scope, s.value, s.trust, s.reason, s.at, s.contact_id = $1 as is_own,
       k.public_id as contact, k.display_name as name
from (
    select s.*, case when s.contact_id <> $1 then s.contact_id else (
        select i.contact_id from contact_identity i where i.kind = s.kind and i.scope = s.scope and i.value = s.value
            and i.replaced_by is null and i.contact_id <> $1 order by i.is_shared, i.last_seen desc limit 1) end as other
    from (
        select r.id, r.kind, r.scope, r.value, r.trust, r.reason, r.at, coalesce(c.root_id, c.id) as contact_id
        from contact_suggestion r join contact c on c.id = r.contact_id
        where r.state = 'open' and (
            r.contact_id = $1 or r.contact_id in (select id from contact where root_id = $1)
            or (r.kind, r.scope, r.value) in (select kind, scope, value from contact_identity
                                              where contact_id = $1 and replaced_by is null))
    ) s
) s left join contact k on k.id = s.other
where s.contact_id <> $1 or not exists (
    select from contact_identity i where i.contact_id = $1 and i.kind = s.kind and i.scope = s.scope
        and i.value = s.value and i.replaced_by is null)
order by s.at desc, s.id desc limit 50;

-- name: suggestion
-- One open suggestion, its row locked until the transaction ends, and whom it is of by now.
select s.id, s.kind, s.scope, s.value, s.raw, s.trust, k.id as contact_row, k.public_id as contact,
       t.public_id as thread
from contact_suggestion s join contact c on c.id = s.contact_id join contact k on k.id = coalesce(c.root_id, c.id)
join thread t on t.contact_id = k.id
where s.id = $1 and s.state = 'open' for no key update of s;

-- name: decide_suggestion
-- What became of a suggestion.
update contact_suggestion set state = $2, decided_by = $3, decided_at = $4 where id = $1;

-- name: call_session
-- The session of a call and the identity it came by.
select s.id as session_row, i.identity_id from session s
left join interaction i on i.session_id = s.id and i.identity_id is not null
where s.provider = 'threadline' and s.provider_id = $1 order by i.id limit 1;

-- name: entry_place
-- The session and the identity of an entry.
select id, session_id, identity_id from interaction where id = $1;

-- name: repoint_session
-- All of a session goes to another owner's identity ($2 to $3) and thread.
with talk as (
    update session set thread_id = $4, home_thread_id = null where id = $1 returning id, work_item_id
), case_of as (
    update work_item w set thread_id = $4, home_thread_id = null from talk
    where w.id = talk.work_item_id
        and not exists (select from session o where o.work_item_id = w.id and o.id <> talk.id)
        and not exists (select from interaction i where i.work_item_id = w.id and i.session_id is distinct from talk.id)
)
update interaction i set thread_id = $4, home_thread_id = null,
    identity_id = case when i.identity_id = $2 then $3 else i.identity_id end
where i.session_id = $1 and (i.identity_id = $2 or i.identity_id is null) returning i.id;

-- name: repoint_entries
-- An entry and what came through the same identity after it go to another owner's.
update interaction i set thread_id = $4, home_thread_id = null, identity_id = $3
where i.identity_id = $2 and i.id >= $1 and i.session_id is null returning i.id;

-- name: repoint_waiting
-- Who is offered the call next sees the chosen one.
update waiting set thread_id = $2 where call_id = $1;

-- name: identity_of_contact
-- A contact's row of an identity.
select id from contact_identity
where contact_id = $1 and kind = $2 and scope = $3 and value = $4 and replaced_by is null order by id limit 1;

-- name: owners_of_number
-- Contacts filed under a customer number.
select public_id from contact where customer_no = $1 and root_id is null and id <> $2 limit 5;
