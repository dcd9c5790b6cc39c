"""The ready agents of a pass in the order a strategy asks them. Pure.

A set of them is one whole number: bit n stands for who is asked nth. Who meets a need, has room and is still free is
then the `&` of a few numbers whatever the size of the hall, and whose turn it is their lowest bit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from omnichannel.routing.capacity import has_room
from omnichannel.routing.model import AgentNow, Medium, Policy, Strategy
from omnichannel.routing.needs import Kind

Turn: TypeAlias = tuple[float, datetime, UUID]
Bits: TypeAlias = int

NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Lineup:
    """`free`: who was not given away yet. `holding`: by the skills they are holders of, who that is."""

    def __init__(
        self,
        ready: Sequence[AgentNow],
        strategy: Strategy,
        policy: Policy,
        holds_of: Callable[[AgentNow], frozenset[str]],
    ) -> None:
        self.people = sorted(ready, key=partial(turn, strategy=strategy))
        self.free: Bits = (1 << len(ready)) - 1
        self._everybody = self.free
        self._policy = policy
        self._places = {id(one): place for place, one in enumerate(self.people)}
        self._exactly = _by_level(self.people)
        self._at_least: dict[tuple[str, int], Bits] = {}
        self._room: dict[Medium, Bits] = {}
        self._holders: dict[frozenset[str], Bits] = {}
        self.holding = _gathered(len(ready), ((holds_of(one), n) for n, one in enumerate(self.people)))

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
        return self.people[(bits & -bits).bit_length() - 1]

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


def turn(agent: AgentNow, strategy: Strategy) -> Turn:
    """The sort key of an agent among his like, smallest first."""
    if strategy is Strategy.LEAST_OCCUPIED:
        return (agent.occupied_today, agent.idle_since, agent.agent)
    if strategy is Strategy.FEWEST_CONTACTS:
        return (agent.contacts_today, agent.idle_since, agent.agent)
    if strategy is Strategy.ROUND_ROBIN:
        return (0.0, agent.last_offer_at or NEVER, agent.agent)
    return (0.0, agent.idle_since, agent.agent)


LESSER: Final[Mapping[Strategy, str]] = {
    Strategy.LEAST_OCCUPIED: "more_occupied",
    Strategy.FEWEST_CONTACTS: "more_contacts",
}


def lesser(agent: AgentNow, chosen: AgentNow, strategy: Strategy) -> str:
    """Why the other one's turn came first."""
    if strategy is Strategy.ROUND_ROBIN:
        return "asked_later"
    if strategy in LESSER and turn(agent, strategy)[0] != turn(chosen, strategy)[0]:
        return LESSER[strategy]
    return "less_idle"


def _any(sets: Iterable[Bits]) -> Bits:
    found = 0
    for one in sets:
        found |= one
    return found


def _by_level(people: Sequence[AgentNow]) -> Mapping[str, Mapping[int, Bits]]:
    """skill -> level -> who has it at exactly that."""
    size = (len(people) + 7) // 8
    found: dict[str, dict[int, bytearray]] = {}
    for place, one in enumerate(people):
        byte, bit = place >> 3, 1 << (place & 7)
        for skill, level in one.skills.items():
            levels = found.get(skill)
            if levels is None:
                levels = found[skill] = {}
            written = levels.get(level)
            if written is None:
                written = levels[level] = bytearray(size)
            written[byte] |= bit
    return {
        skill: {level: int.from_bytes(written, "little") for level, written in levels.items()}
        for skill, levels in found.items()
    }


def _gathered(count: int, members: Iterable[tuple[frozenset[str], int]]) -> Mapping[frozenset[str], Bits]:
    size = (count + 7) // 8
    found: dict[frozenset[str], bytearray] = {}
    for holds, place in members:
        written = found.get(holds)
        if written is None:
            written = found[holds] = bytearray(size)
        written[place >> 3] |= 1 << (place & 7)
    return {holds: int.from_bytes(written, "little") for holds, written in found.items()}
