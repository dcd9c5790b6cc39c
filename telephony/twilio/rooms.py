"""Who hears whom, said in conferences of Twilio's. Pure.

A conference there knows three kinds of people: those whom everybody in it hears, those whom nobody hears (muted), and
those whom one alone hears (coaches); each of them hears all of the first kind. Source:
https://www.twilio.com/docs/voice/twiml/conference#attributes.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from telephony.room import Hearing
from threadline.kernel.ids import LegId

NOBODY: Final[frozenset[LegId]] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """In the conference `room`: heard by all, by nobody where `is_muted`, or by that leg alone which he `coaches`."""

    room: str
    is_muted: bool = False
    coaches: LegId | None = None


def within(heard: Hearing, legs: Set[LegId]) -> dict[LegId, frozenset[LegId]]:
    """The same among these legs only."""
    return {leg: voices & legs for leg, voices in heard.items() if leg in legs}


def groups(heard: Hearing) -> list[frozenset[LegId]]:
    """Those who hear one another, by way of others too; who hears nobody and is heard by nobody is in none."""
    found: list[set[LegId]] = []
    for leg, voices in heard.items():
        if not voices:
            continue
        group = {leg, *voices}
        for other in [one for one in found if one & group]:
            group |= other
            found.remove(other)
        found.append(group)
    return [frozenset(group) for group in sorted(found, key=min)]


def placed(heard: Hearing, before: Mapping[LegId, str], fresh: Callable[[], str]) -> dict[LegId, Place]:
    """Where each leg belongs; who is alone may stay where he is, unless others meet there.

    `before`: the rooms they are in. A group stays in the room of the first of its legs, so that few have to move.
    """
    places: dict[LegId, Place] = {}
    taken: set[str] = set()
    for group in groups(heard):
        known = [before[leg] for leg in sorted(group) if leg in before and before[leg] not in taken]
        room = known[0] if known else fresh()
        taken.add(room)
        places |= {leg: _seat(room, leg, group, heard) for leg in group}
    for leg in before.keys() - places.keys():
        if before[leg] in taken:
            places[leg] = Place(fresh(), is_muted=True)
    return places


def _seat(room: str, leg: LegId, group: Iterable[LegId], heard: Hearing) -> Place:
    others = {one for one in group if one != leg}
    hearers = {one for one in others if leg in heard.get(one, NOBODY)}
    if hearers == others:
        return Place(room)
    if len(hearers) == 1:
        return Place(room, coaches=hearers.pop())
    # Heard by some: a conference has no word for it, and silence harms least.
    return Place(room, is_muted=True)
