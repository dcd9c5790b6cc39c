"""What agents change of a contact: names, numbers and tags, and under what it is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from omnichannel.audit.service import Actor
from omnichannel.contacts.desk import Change, ContactDesk
from omnichannel.contacts.errors import IdentityTaken, NoSuchIdentity, StillShared
from omnichannel.contacts.fields import Fields, fields_of
from omnichannel.contacts.store import IdentityRow, Person
from omnichannel.identity import ContactKind, Identity, Trust
from threadline.kernel.events import Json, JsonValue, ThreadMoved
from threadline.kernel.ids import ContactId, ThreadId, uuid7

PLAIN: Final = ("name", "language", "timezone", "customer_no")


async def edit(desk: ContactDesk, contact: ContactId, changes: Mapping[str, Any], actor: Actor) -> Person:
    """Of `changes` {name, language, timezone, customer_no, vip, tags, fields}; a field given as None goes.

    Raises NoSuchContact.
    """
    async with desk.change() as change:
        person = await change.person(contact)
        before = (await change.store.lock_people([person.row]))[person.row].fields
        after = _edited(before, changes)
        await change.store.keep_fields(person.row, after)
        names: list[JsonValue] = [*sorted(changes)]
        await change.note(actor, "contact.change", person.contact, {"changed": names})
    desk.bus.publish(ThreadMoved(person.thread, person.thread, "changed"))
    return person


def _edited(before: Fields, changes: Mapping[str, Any]) -> Fields:
    plain = {name: changes[name] for name in PLAIN if name in changes}
    attrs = dict(before.attrs)
    if "vip" in changes:
        attrs["vip"] = bool(changes["vip"])
    if "tags" in changes:
        attrs["tags"] = list(dict.fromkeys(changes["tags"]))
    if "fields" in changes:
        merged = fields_of(attrs) | changes["fields"]
        attrs["fields"] = {key: value for key, value in merged.items() if value is not None}
    return replace(before, kind=int(ContactKind.CURATED), attrs=attrs, **plain)


async def add_identity(
    desk: ContactDesk, contact: ContactId, identity: Identity, actor: Actor, *, shared: bool = False
) -> str:
    """The row of an identity he has on an agent's word. `shared`: others may have it, too.

    Raises NoSuchContact, IdentityTaken.
    """
    async with desk.change() as change:
        person = await change.person(contact)
        await change.store.lock_identities([identity])
        held = await change.store.holders([identity])
        row = next((one.row for one in held if one.who.contact == person.row), None)
        if row is not None:
            await change.store.trust_identity(row, Trust.AGENT)
        elif held and not (shared or held[0].is_shared):
            raise IdentityTaken
        else:
            is_shared = bool(held) or shared
            if is_shared:
                await change.store.share_identity(identity, True)
            row = await change.store.add_identity(
                person.row, identity, Trust.AGENT, change.now, is_shared=is_shared
            )
        await change.note(actor, "contact.identity_add", person.contact, _told(identity))
    return str(row)


async def confirm_identity(desk: ContactDesk, contact: ContactId, row: int, actor: Actor) -> None:
    """It is his on an agent's word. Raises NoSuchContact, NoSuchIdentity."""
    async with desk.change() as change:
        person, found = await _own(change, contact, row)
        await change.store.trust_identity(found.row, Trust.AGENT)
        await change.note(actor, "contact.identity_confirm", person.contact, _told(found.identity))


async def share_identity(
    desk: ContactDesk, contact: ContactId, row: int, actor: Actor, *, shared: bool
) -> None:
    """Several people use it, or only this one. Raises NoSuchContact, NoSuchIdentity, StillShared."""
    async with desk.change() as change:
        person, found = await _own(change, contact, row)
        await change.store.lock_identities([found.identity])
        held = await change.store.holders([found.identity])
        if not shared and len(held) > 1:
            raise StillShared
        await change.store.share_identity(found.identity, shared)
        detail = _told(found.identity) | {"shared": shared}
        await change.note(actor, "contact.identity_share", person.contact, detail)


async def take_identity(
    desk: ContactDesk, contact: ContactId, row: int, actor: Actor, *, to: ContactId | None = None
) -> Json:
    """The identity is not his: it goes, with everything that came by it, to `to`, or to a contact of its own.

    {contact, thread} of who has it now; both None where nothing had come by it, so that it is forgotten.
    Raises NoSuchContact, NoSuchIdentity.
    """
    async with desk.change() as change:
        person, found = await _own(change, contact, row)
        await change.store.lock_identities([found.identity])
        detail = _told(found.identity)
        if to is None and await change.store.drop_identity(row):
            await change.note(actor, "contact.identity_drop", person.contact, detail)
            return {"contact": None, "thread": None}
        other = await change.person(to) if to is not None else await _alone(change, found)
        trust = Trust.AGENT if to is not None else found.trust
        await change.store.give_identity(row, other.row, trust, change.now)
        job = await change.store.ask_to_regather(other.row, None, change.now)
        await change.store.ask_to_regather(person.row, None, change.now)
        await change.note(actor, "contact.identity_move", person.contact, detail | {"to": str(other.contact)})
    desk.bus.publish(ThreadMoved(person.thread, other.thread, "identity"))
    await desk.work_off(job)
    return {"contact": str(other.contact), "thread": str(other.thread)}


async def _own(change: Change, contact: ContactId, row: int) -> tuple[Person, IdentityRow]:
    person = await change.person(contact)
    found = await change.store.identity_row(row)
    if found is None or found.owner != person.row:
        raise NoSuchIdentity
    return person, found


async def _alone(change: Change, found: IdentityRow) -> Person:
    now, kind = change.now, int(found.identity.contact_kind)
    return await change.store.add_person(ContactId(uuid7(now)), kind, None, now, ThreadId(uuid7(now)))


def _told(identity: Identity) -> Json:
    """For the audit log: what kind it was, not whose number."""
    return {"kind": identity.kind}
