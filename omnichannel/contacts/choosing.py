"""Several people use one phone: an agent says who this call or message was from, and it goes to his thread."""

from dataclasses import dataclass

from omnichannel.audit.service import Actor
from omnichannel.contacts.desk import Change, ContactDesk
from omnichannel.contacts.errors import NoSuchIdentity
from omnichannel.contacts.store import IdentityRow, Person
from omnichannel.errors import NoSuchThread
from omnichannel.identity import ContactKind, Trust
from threadline.kernel.events import Json, ThreadMoved
from threadline.kernel.ids import CallId, ContactId, ThreadId, uuid7


@dataclass(frozen=True, slots=True)
class Choice:
    """What is given to whom. `entry`: a message without session goes with all that came by its identity since.

    `contact` None: somebody new, called `name`.
    """

    call: CallId | None = None
    entry: int | None = None
    contact: ContactId | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    session: int | None
    entry: int
    by: IdentityRow


async def choose(desk: ContactDesk, choice: Choice, actor: Actor) -> Json:
    """{contact, thread, entries: how many moved}. The next call by that identity is his.

    Raises NoSuchThread (no such call or entry), NoSuchIdentity (it came by none), NoSuchContact.
    """
    async with desk.change() as change:
        place = await _place(change, choice)
        now = desk.clock.now()
        await change.store.lock_identities([place.by.identity])
        before = await change.person(place.by.contact)
        person = await _person(desk, change, choice)
        row = await _row_of(change, person, place.by)
        await change.store.see_identity(row, now, Trust.AGENT)
        moved = await _move(change, choice, place, row, person)
        await change.store.ask_to_regather(person.row, None, now)
        detail: Json = {"kind": place.by.identity.kind, "from": str(before.contact), "entries": len(moved)}
        await change.note(actor, "contact.choose", person.contact, detail)
    if before.contact != person.contact:
        desk.bus.publish(ThreadMoved(before.thread, person.thread, "chosen", choice.call))
    desk.regathering.wake()
    return {"contact": str(person.contact), "thread": str(person.thread), "entries": len(moved)}


async def _place(change: Change, choice: Choice) -> _Place:
    if choice.call is not None:
        found = await change.store.call_session(choice.call)
        session, entry = (found["session_row"], 0) if found else (None, 0)
    else:
        found = await change.store.entry_place(choice.entry or 0)
        session, entry = (found["session_id"], found["id"]) if found else (None, 0)
    if found is None:
        raise NoSuchThread("no such call or entry")
    by = await change.store.identity_row(found["identity_id"]) if found["identity_id"] else None
    if by is None:
        raise NoSuchIdentity("it came by no identity")
    return _Place(session, entry, by)


async def _person(desk: ContactDesk, change: Change, choice: Choice) -> Person:
    if choice.contact is not None:
        return await change.person(choice.contact)
    now = desk.clock.now()
    kind, name = int(ContactKind.CURATED), (choice.name or "").strip() or None
    return await change.store.add_person(ContactId(uuid7(now)), kind, name, now, ThreadId(uuid7(now)))


async def _row_of(change: Change, person: Person, by: IdentityRow) -> int:
    """His own row of the identity, which is shared from now on if he had none."""
    own = await change.store.identity_of_contact(person.row, by.identity)
    if own is not None:
        return own
    await change.store.share_identity(by.identity, True)
    return await change.store.add_identity(person.row, by.identity, Trust.AGENT, change.now, is_shared=True)


async def _move(change: Change, choice: Choice, place: _Place, row: int, person: Person) -> list[int]:
    store = change.store
    if place.session is None:
        return await store.repoint_entries(place.entry, place.by.row, row, person.thread_row)
    if choice.call is not None:
        await store.repoint_waiting(choice.call, person.thread)
    return await store.repoint_session(place.session, place.by.row, row, person.thread_row)
