"""Who hears whom in a call of several, and by which means of the media engine. Pure.

Two circles: those who talk with the customer, and aside of it those who consult. A supervisor sits beside the owner, the
agent whose call it is: he hears what the owner hears and the owner himself, and is heard by him alone, or by nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final, TypeAlias

from threadline.kernel.ids import LegId


class Mode(StrEnum):
    """What one who joined the customer and the owner does there."""

    CONSULT = "consult"
    TALK = "talk"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"


class Circle(Enum):
    CUSTOMER = auto()
    ASIDE = auto()


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a leg sits. Without a circle it hears nobody, unless it sits `beside` another."""

    circle: Circle | None
    beside: LegId | None = None
    whispers: bool = False


CIRCLES: Final = {Mode.CONSULT: Circle.ASIDE, Mode.TALK: Circle.CUSTOMER, Mode.BARGE: Circle.CUSTOMER}
Hearing: TypeAlias = Mapping[LegId, frozenset[LegId]]
"""Whom each leg hears."""


def seated(
    customer: LegId, owner: LegId, others: Mapping[LegId, Mode], *, is_held: bool
) -> dict[LegId, Seat]:
    """The seats of a call whose customer is connected to `owner`. `others` are on the line already."""
    aside = Mode.CONSULT in others.values()
    seats = {
        customer: Seat(None if is_held else Circle.CUSTOMER),
        owner: Seat(Circle.ASIDE if aside else Circle.CUSTOMER),
    }
    for leg, mode in others.items():
        circle = CIRCLES.get(mode)
        seats[leg] = Seat(circle, None if circle else owner, mode is Mode.WHISPER)
    return seats


def hearing(seats: Mapping[LegId, Seat]) -> dict[LegId, frozenset[LegId]]:
    """Whom each hears: his circle, who whispers to him, and for those beside somebody what he hears and he himself."""
    heard = {}
    for leg, seat in seats.items():
        circle = seat.circle
        if seat.beside is not None and seat.beside in seats:
            circle = seats[seat.beside].circle
        voices = {other for other, its in seats.items() if circle is not None and its.circle is circle}
        voices |= {other for other, its in seats.items() if its.beside == leg and its.whispers}
        if seat.beside is not None and seat.beside in seats:
            voices.add(seat.beside)
        heard[leg] = frozenset(voices - {leg})
    return heard


@dataclass(frozen=True, slots=True)
class Wiring:
    """`bridges` pass packets on between two who hear each other and nobody else; the rest have `ears`."""

    bridges: frozenset[frozenset[LegId]] = frozenset()
    ears: Mapping[LegId, frozenset[LegId]] = field(default_factory=dict)

    @property
    def bridged(self) -> frozenset[LegId]:
        return frozenset[LegId]().union(*self.bridges)


def wired(heard: Hearing) -> Wiring:
    """The means for who hears whom; the plain bridge wherever it does."""
    bridges = frozenset(
        frozenset((leg, other))
        for leg, voices in heard.items()
        for other in voices
        if len(voices) == 1 and heard.get(other) == frozenset({leg})
    )
    rest = heard.keys() - frozenset[LegId]().union(*bridges)
    return Wiring(bridges, {leg: heard[leg] for leg in rest if heard[leg]})


@dataclass(frozen=True, slots=True)
class Rewiring:
    """What is to be changed, in this order: bridges cut, ears set (nobody: silence), bridges made."""

    cut: tuple[tuple[LegId, LegId], ...]
    ears: tuple[tuple[LegId, tuple[LegId, ...]], ...]
    made: tuple[tuple[LegId, LegId], ...]


def rewired(before: Wiring, after: Wiring, present: Iterable[LegId]) -> Rewiring:
    """From one to the other. `present` are the legs there are still: nothing is to be done for those that left."""
    here = set(present)
    deaf = (before.ears.keys() - after.ears.keys() - after.bridged) & here
    changed = {leg for leg, voices in after.ears.items() if before.ears.get(leg) != voices}
    ears = [(leg, tuple(sorted(after.ears[leg]))) for leg in sorted(changed)]
    return Rewiring(
        _pairs(before.bridges - after.bridges), (*((leg, ()) for leg in sorted(deaf)), *ears),
        _pairs(after.bridges - before.bridges),
    )  # fmt: skip


def _pairs(bridges: Iterable[frozenset[LegId]]) -> tuple[tuple[LegId, LegId], ...]:
    return tuple(sorted((min(pair), max(pair)) for pair in bridges))
