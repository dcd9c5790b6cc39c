"""Good lines become contacts, or tell more of those there are: a few hundred at once, one statement a kind of thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from omnichannel.contacts.fields import Fields, fields_of, tags_of
from omnichannel.contacts.importing.columns import Finding, Line
from omnichannel.contacts.importing.store import NewPerson, TakingStore
from omnichannel.contacts.store import ContactStore, Held
from omnichannel.identity import ContactKind, Identity, Trust
from threadline.kernel.ids import ContactId, ThreadId, uuid7

LOCKED: Final = 2_000  # identities; each is a lock of the database's, which has room for a few thousand
COLUMN_OF: Final = {"name": "name", "language": "language", "customer_no": "customer_no"}
NOBODY: Final = Fields(int(ContactKind.CURATED))

Outcome = tuple[str, Finding | None]
"""("made" | "changed", None), or ("refused", why)."""


@dataclass(slots=True)
class Plan:
    """What lines come to. `told` and `trusted` are rows there are; an identity of `added` goes to such a row or, where
    a public name stands, to that new person."""

    outcomes: list[Outcome] = field(default_factory=list)
    people: list[NewPerson] = field(default_factory=list)
    told: dict[int, Fields] = field(default_factory=dict)
    trusted: list[int] = field(default_factory=list)
    added: list[tuple[int | ContactId, Identity]] = field(default_factory=list)


def together(lines: Sequence[Line]) -> int:
    """How many of the first lines may be taken at once: none has an identity of another, and all can be locked."""
    seen: set[str] = set()
    for count, line in enumerate(lines):
        keys = {identity.lock_key for identity in line.identities}
        if count and (keys & seen or len(keys) + len(seen) > LOCKED):
            return count
        seen |= keys
    return len(lines)


async def take(store: ContactStore, rows: TakingStore, lines: Sequence[Line], at: datetime) -> list[Outcome]:
    """What became of each line. Within the caller's transaction; the lines are such as `together` lets."""
    every = [identity for line in lines for identity in line.identities]
    await store.lock_identities(every)
    held, known = await _holders(store, lines, every)
    plan = planned(lines, held, known, at)
    made = await rows.take_people(plan.people, at) if plan.people else {}
    if plan.told:
        await rows.tell_people(plan.told)
    if plan.trusted:
        await rows.trust_identities(plan.trusted, Trust.AGENT)
    if plan.added:
        added = [(who if isinstance(who, int) else made[who], identity) for who, identity in plan.added]
        await rows.take_identities(added, Trust.AGENT, at)
    return plan.outcomes


async def _holders(
    store: ContactStore, lines: Sequence[Line], every: Sequence[Identity]
) -> tuple[list[list[Held]], dict[int, Fields]]:
    """Whose the identities of each line are, and what these contacts are called, theirs to change by us alone."""
    while True:
        held = _by_line(lines, await store.holders(every))
        owners = {ones[0].who.contact for ones in held if ones and _unclear(ones) is None}
        locked = await store.lock_people(sorted(owners)) if owners else {}
        if all(one.is_root for one in locked.values()):
            return held, {row: one.fields for row, one in locked.items()}


def _by_line(lines: Sequence[Line], held: Sequence[Held]) -> list[list[Held]]:
    """The holders of each line, their places within it."""
    places = [(number, place) for number, line in enumerate(lines) for place in range(len(line.identities))]
    found: list[list[Held]] = [[] for _ in lines]
    for one in held:
        number, place = places[one.place]
        found[number].append(replace(one, place=place))
    return found


def planned(
    lines: Sequence[Line], held: Sequence[Sequence[Held]], known: Mapping[int, Fields], at: datetime
) -> Plan:
    """Decides line by line, each after what those before it said of the same contact."""
    plan = Plan()
    for line, owners in zip(lines, held, strict=True):
        refused = _unclear(owners)
        if refused is None and owners:
            row = owners[0].who.contact
            before = plan.told.get(row, known[row])
            refused = _other_number(before, line)
            if refused is None:
                plan.told[row] = _told(before, line)
                plan.outcomes.append(("changed", None))
                _attach(plan, line, row, owners)
        elif refused is None:
            person = NewPerson(ContactId(uuid7(at)), ThreadId(uuid7(at)), _told(NOBODY, line))
            plan.people.append(person)
            plan.outcomes.append(("made", None))
            _attach(plan, line, person.contact, ())
        if refused is not None:
            plan.outcomes.append(("refused", refused))
    return plan


def _attach(plan: Plan, line: Line, who: int | ContactId, owners: Sequence[Held]) -> None:
    places = {one.place: one.row for one in owners}
    plan.trusted += places.values()
    fresh = {one.lock_key: one for n, one in reversed([*enumerate(line.identities)]) if n not in places}
    plan.added += [(who, identity) for identity in reversed(fresh.values())]


def _unclear(owners: Sequence[Held]) -> Finding | None:
    if len({one.who.contact for one in owners}) > 1:
        mend = "merge them first, or leave one of the identities out"
        return Finding(None, "two_contacts", "its identities belong to several contacts", mend)
    if any(one.is_shared for one in owners):
        mend = "add what is new by hand: nobody knows which of the people is meant"
        return Finding(None, "shared", "several people use one of its identities", mend)
    return None


def _other_number(before: Fields, line: Line) -> Finding | None:
    number = line.plain.get("customer_no")
    if not number or not before.customer_no or before.customer_no == number:
        return None
    mend = "correct the number, or change it at the contact"
    return Finding(None, "customer_no", "the contact has another customer number", mend)


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
