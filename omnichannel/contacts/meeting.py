"""Whoever arrives is met: his contact and thread are found or made, once, however many events come at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.contacts.errors import AlreadyOne, CustomerNumbersDiffer
from omnichannel.contacts.fields import Fields
from omnichannel.contacts.joining import join
from omnichannel.contacts.store import ContactStore, Held, Person
from omnichannel.identity import Candidate, Decision, Holder, Identity, Reason, Sighting, Trust, decide
from omnichannel.store import Owner
from threadline.db.pool import Connection
from threadline.kernel.ids import ContactId, ThreadId, uuid7

SEEN_EVERY: Final = timedelta(hours=1)  # a busy customer's row stays cold

Known = Sequence[tuple[Identity, Trust]]


async def meet(link: Connection, known: Known, at: datetime, display: str | None) -> Owner:
    """Whose `known` is; `known[0]` is what it came by, the others were given with it (decision.py has the rules).

    Within the caller's transaction: it locks the identities until the end. What is attached, suggested or merged
    on the way is committed or lost with it. `display` names a contact that has no name.
    """
    store = ContactStore(link)
    once = _once(known)
    identities = [identity for identity, _ in once]
    await store.lock_identities(identities)
    held = await store.holders(identities)
    if len(once) == 1 and held:
        return await _seen_again(store, held[0], at, display, once[0][1])
    decision = decide(_sightings(once, held))
    owner = await _settle(store, once, held, decision, at, display)
    if decision.merge:
        await _merge(store, once, held, decision, at)
        owner = _owner((await store.holders(identities[:1]))[0])
    return owner


async def replace(link: Connection, old: Identity, new: Identity, at: datetime) -> Owner | None:
    """The provider says: who was `old` is `new` from now on. None: nobody was.

    Where `new` belongs to somebody already, it stays his, and `old` leads to it.
    """
    store = ContactStore(link)
    await store.lock_identities((old, new))
    held = await store.holders((old, new))
    before = next((one for one in held if one.place == 0), None)
    if before is None:
        return None
    after = next((one for one in held if one.place == 1), None)
    if after is not None and after.row == before.row:
        return _owner(after)
    row = after.row if after else await store.add_identity(before.who.contact, new, new.trust, at)
    await store.replace_identity(before.row, row)
    return _owner((await store.holders((new,)))[0])


def _once(known: Known) -> list[tuple[Identity, Trust]]:
    """Each identity once, with the best that was said of it."""
    best: dict[str, tuple[Identity, Trust]] = {}
    for identity, trust in known:
        before = best.get(identity.lock_key)
        if before is None:
            best[identity.lock_key] = (identity, trust)
        else:
            best[identity.lock_key] = (before[0], max(before[1], trust))
    return list(best.values())


def _sightings(known: Known, held: Sequence[Held]) -> list[Sighting]:
    found = []
    for place, (identity, trust) in enumerate(known):
        own = [one for one in held if one.place == place]
        holders: dict[int, Holder] = {}
        for one in own:
            holders.setdefault(one.who.contact, Holder(one.who, one.trust))
        found.append(Sighting(identity, trust, [*holders.values()], any(one.is_shared for one in own)))
    return found


async def _seen_again(
    store: ContactStore, held: Held, at: datetime, display: str | None, trust: Trust
) -> Owner:
    """What nearly every message is: somebody known by the one identity it came by."""
    await _see(store, held, at, trust)
    if held.is_nameless and display and display.strip():
        await store.name_contact(held.who.contact, display.strip())
    return _owner(held)


async def _see(store: ContactStore, held: Held, at: datetime, trust: Trust) -> None:
    if at - held.last_seen > SEEN_EVERY or trust > held.trust:
        await store.see_identity(held.row, at, trust)


async def _settle(
    store: ContactStore,
    known: Known,
    held: Sequence[Held],
    decision: Decision,
    at: datetime,
    display: str | None,
) -> Owner:
    """Everything but merges."""
    name = (display or "").strip() or None
    first_row: int | None = None
    if decision.contact is None:
        kind = int(known[0][0].contact_kind)
        person = await store.add_person(ContactId(uuid7(at)), kind, name, at, ThreadId(uuid7(at)))
        first_row = await store.add_identity(person.row, *known[0], at)
    else:
        own = next(one for one in held if one.who.contact == decision.contact)
        person = _person(own)
        if name and own.is_nameless:
            await store.name_contact(person.row, name)
    for place in decision.attach:
        row = await store.add_identity(person.row, *known[place], at)
        first_row = row if place == 0 else first_row
    for place, reason in decision.suggest:
        identity, trust = known[place]
        await store.suggest(person.row, identity, trust, reason.value, at)
    for one in held:
        if one.who.contact == person.row and not one.is_shared:
            await _see(store, one, at, known[one.place][1])
    if first_row is None:
        first = next(one for one in held if one.place == 0 and one.who.contact == person.row)
        return _owner(first)
    return Owner(first_row, person.contact, person.thread, person.thread_row, at)


async def _merge(
    store: ContactStore, known: Known, held: Sequence[Held], decision: Decision, at: datetime
) -> None:
    """What proves that two contacts are one makes them one; the one with a customer number, or the older, stays."""
    people = {one.who.contact: one.who for one in held}
    assert decision.contact is not None
    winner = people[decision.contact]
    merged = {winner.contact}
    for place, other in decision.merge:
        if other in merged:
            continue
        merged.add(other)
        identity, trust = known[place]
        first, second = sorted((winner, people[other]), key=_standing)
        rule = f"the same {identity.kind}, {trust.name.lower()}"
        try:
            await join(store, first.contact, second.contact, at, rule=rule)
        except CustomerNumbersDiffer:  # of a third contact, or since the rules looked
            await store.suggest(winner.contact, identity, trust, Reason.CUSTOMER_NO.value, at)
        except AlreadyOne:  # an agent was faster
            continue
        else:
            number = first.customer_no or second.customer_no
            winner = Candidate(first.contact, number, first.externals | second.externals)


def _standing(who: Candidate) -> tuple[bool, int]:
    return (not who.customer_no, who.contact)


def _person(held: Held) -> Person:
    return Person(held.who.contact, held.contact, held.thread, held.thread_row, Fields(0))


def _owner(held: Held) -> Owner:
    return Owner(held.row, held.contact, held.thread, held.thread_row, held.last_seen)
