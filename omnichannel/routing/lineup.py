"""The ready agents of a pass in the order a strategy asks them. Pure.

A set of them is one whole number: bit n stands for who is asked nth. Who meets a need, has room and is still free is
then the `&` of a few numbers whatever the size of the hall, and whose turn it is their lowest bit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, TypeAlias

from omnichannel.routing.capacity import fullness, has_room
from omnichannel.routing.model import AgentNow, Medium, Policy, Strategy
from omnichannel.routing.needs import Kind
from omnichannel.routing.profiles import Profile

Bits: TypeAlias = int

NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Lineup:
    """`turn` as `turn_of` gives it. `free`: who was not given away yet. `holding`: by the skills they are holders of, who that is."""

    def __init__(
        self,
        ready: Sequence[AgentNow],
        turn: Callable[[AgentNow], Any],
        policy: Policy,
        profile_of: Callable[[AgentNow], Profile],
    ) -> None:
        self.people = sorted(ready, key=turn)
        self.free: Bits = (1 << len(ready)) - 1
        self._everybody = self.free
        self._policy = policy
        self._places = {id(one): place for place, one in enumerate(self.people)}
        self._exactly: dict[str, dict[int, Bits]] = {}  # skill -> level -> who has it at that and no other
        self._at_least: dict[tuple[str, int], Bits] = {}
        self._room: dict[Medium, Bits] = {}
        self._holders: dict[frozenset[str], Bits] = {}
        self.holding: dict[frozenset[str], Bits] = {}
        for profile, bits in _by_profile(self.people, profile_of):
            self._add(profile, bits)

    def _add(self, profile: Profile, bits: Bits) -> None:
        self.holding[profile.holds] = self.holding.get(profile.holds, 0) | bits
        for skill, level in profile.skills.items():
            levels = self._exactly.get(skill)
            if levels is None:
                levels = self._exactly[skill] = {}
            levels[level] = levels.get(level, 0) | bits

    def take(self, agent: AgentNow) -> None:
        place = self._places.get(id(agent))
        if place is not None:
            self.free ^= 1 << place

    def bit(self, agent: AgentNow) -> Bits:
        """Nobody's if the agent is not in the line."""
        place = self._places.get(id(agent))
        return 0 if place is None else 1 << place

    def first(self, bits: Bits) -> AgentNow:
        """Whose turn it is among some; at least one."""
        return self.people[(bits ^ (bits - 1)).bit_length() - 1]

    def able(self, kind: Kind, step: int) -> Bits:
        """Who meets a step and has room for one more of the kind."""
        bits = self._meeting(kind.needs[step]) & self._with_room(kind.medium)
        choices = kind.any_of[step]
        return bits & _any(self._meeting(choice) for choice in choices) if choices else bits

    def slow(self, kind: Kind) -> Bits:
        return self._everybody & ~self._meeting(kind.quick)

    def holders(self, skills: frozenset[str]) -> Bits:
        """Who holds any of them."""
        found = self._holders.get(skills)
        if found is None:
            found = _any(bits for holds, bits in self.holding.items() if not skills.isdisjoint(holds))
            self._holders[skills] = found
        return found

    def _meeting(self, need: Mapping[str, int]) -> Bits:
        bits = self._everybody
        for skill, level in need.items():
            bits &= self._having(skill, level)
        return bits

    def _having(self, skill: str, level: int) -> Bits:
        if level <= 0:
            return self._everybody
        found = self._at_least.get((skill, level))
        if found is None:
            levels = self._exactly.get(skill, {})
            found = _any(bits for one, bits in levels.items() if one >= level)
            self._at_least[skill, level] = found
        return found

    def _with_room(self, medium: Medium) -> Bits:
        found = self._room.get(medium)
        if found is None:
            usual = self._policy.capacity.get(medium, 0) > 0  # of the many who have nothing in hand
            full = [
                place
                for place, one in enumerate(self.people)
                if not (has_room(one, medium, self._policy) if one.in_hand or one.capacity else usual)
            ]
            found = self._room[medium] = self._everybody & ~_any(1 << place for place in full)
        return found


# The sort key of an agent among his like, smallest first.
TURNS: Final[Mapping[Strategy, Callable[[AgentNow], Any]]] = {
    Strategy.LONGEST_IDLE: attrgetter("idle_since", "agent"),
    Strategy.LEAST_OCCUPIED: attrgetter("occupied_today", "idle_since", "agent"),
    Strategy.FEWEST_CONTACTS: attrgetter("contacts_today", "idle_since", "agent"),
    Strategy.ROUND_ROBIN: lambda one: (one.last_offer_at or NEVER, one.agent),
    Strategy.RING_ALL: attrgetter("idle_since", "agent"),
    Strategy.PROGRESSIVE: attrgetter("idle_since", "agent"),
}
LESSER: Final[Mapping[Strategy, str]] = {
    Strategy.LEAST_OCCUPIED: "more_occupied",
    Strategy.FEWEST_CONTACTS: "more_contacts",
}


def turn_of(kind: Kind, policy: Policy) -> Callable[[AgentNow], Any]:
    """The sort key of an agent for contacts of a kind. Of mails, who has his hands the least full comes first."""
    turn = TURNS[kind.strategy]
    if kind.medium is not Medium.MAIL:
        return turn
    return lambda one: (fullness(one, Medium.MAIL, policy), turn(one))


def lesser(agent: AgentNow, chosen: AgentNow, kind: Kind, policy: Policy) -> str:
    """Why the other one's turn came first."""
    strategy, medium = kind.strategy, kind.medium
    if medium is Medium.MAIL and fullness(agent, medium, policy) > fullness(chosen, medium, policy):
        return "more_mails"
    if strategy is Strategy.ROUND_ROBIN:
        return "asked_later"
    if strategy in LESSER and TURNS[strategy](agent)[0] != TURNS[strategy](chosen)[0]:
        return LESSER[strategy]
    return "less_idle"


def _any(sets: Iterable[Bits]) -> Bits:
    found = 0
    for one in sets:
        found |= one
    return found


def _by_profile(
    people: Sequence[AgentNow], profile_of: Callable[[AgentNow], Profile]
) -> Iterable[tuple[Profile, Bits]]:
    size = (len(people) + 7) // 8
    found: dict[Profile, list[int]] = {}
    for place, one in enumerate(people):
        profile = profile_of(one)
        places = found.get(profile)
        if places is None:
            found[profile] = [place]
        else:
            places.append(place)
    for profile, places in found.items():
        yield profile, 1 << places[0] if len(places) == 1 else _bits(places, size)


def _bits(places: Sequence[int], size: int) -> Bits:
    written = bytearray(size)
    for place in places:
        written[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(written, "little")
