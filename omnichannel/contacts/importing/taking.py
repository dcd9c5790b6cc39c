"""One good line becomes a contact, or tells more of one there is."""

from dataclasses import replace
from datetime import datetime

from omnichannel.contacts.fields import Fields, fields_of, tags_of
from omnichannel.contacts.importing.columns import Finding, Line
from omnichannel.contacts.store import ContactStore
from omnichannel.identity import ContactKind, Trust
from threadline.kernel.ids import ContactId, ThreadId, uuid7

COLUMN_OF = {"name": "name", "language": "language", "customer_no": "customer_no"}


async def take(store: ContactStore, line: Line, at: datetime) -> tuple[str, Finding | None]:
    """("made" | "changed", None), or ("refused", why). Within the caller's transaction."""
    await store.lock_identities(line.identities)
    held = await store.holders(line.identities)
    owners = {one.who.contact: one.who for one in held}
    if len(owners) > 1:
        mend = "merge them first, or leave one of the identities out"
        return "refused", Finding(None, "two_contacts", "its identities belong to several contacts", mend)
    if any(one.is_shared for one in held):
        mend = "add what is new by hand: nobody knows which of the people is meant"
        return "refused", Finding(None, "shared", "several people use one of its identities", mend)
    number = line.plain.get("customer_no")
    known = next(iter(owners.values()), None)
    if known and number and known.customer_no and known.customer_no != number:
        mend = "correct the number, or change it at the contact"
        return "refused", Finding(None, "customer_no", "the contact has another customer number", mend)
    row = known.contact if known else await _made(store, line, at)
    fields = (await store.lock_people([row]))[row].fields
    await store.keep_fields(row, _told(fields, line))
    places = {one.place: one.row for one in held}
    for place, identity in enumerate(line.identities):
        if place in places:
            await store.trust_identity(places[place], Trust.AGENT)
        elif await store.identity_of_contact(row, identity) is None:
            await store.add_identity(row, identity, Trust.AGENT, at)
    return "changed" if known else "made", None


async def _made(store: ContactStore, line: Line, at: datetime) -> int:
    contact, thread = ContactId(uuid7(at)), ThreadId(uuid7(at))
    person = await store.add_person(contact, int(ContactKind.CURATED), line.plain.get("name"), at, thread)
    return person.row


def _told(before: Fields, line: Line) -> Fields:
    """What the line says wins over what was there; tags and fields are added."""
    attrs = dict(before.attrs)
    if line.tags:
        attrs["tags"] = [*dict.fromkeys([*map(str, tags_of(attrs)), *line.tags])]
    if line.extra:
        attrs["fields"] = fields_of(attrs) | dict(line.extra)
    if line.vip is not None:
        attrs["vip"] = line.vip
    plain = {COLUMN_OF[name]: value for name, value in line.plain.items()}
    return replace(before, kind=int(ContactKind.CURATED), attrs=attrs, **plain)
