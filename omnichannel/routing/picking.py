"""Which ready agent a contact gets. Pure.

Least dear first (the scarcity price of the skills the contact does not use; a mail costs nobody's), then the nearest to what was asked
for, then whose turn it is by the queue's strategy. A scarce skill's last idle holders are kept back from contacts
that do not need it and have not waited long.
"""

from collections.abc import Sequence
from datetime import datetime

from omnichannel.routing.capacity import AT_WORK
from omnichannel.routing.floor import Floor
from omnichannel.routing.lineup import Bits
from omnichannel.routing.model import AgentNow, Prefer, WaitingCall
from omnichannel.routing.needs import Kind
from threadline.kernel.ids import AgentId


class Walk:
    """Through the agents of a ranking, best first, as sets of equally good ones; never back, as they only get fewer."""

    __slots__ = ("_able", "_earlier", "_here", "_next", "_prices")

    def __init__(self, prices: Sequence[Bits], able: Bits, earlier: Sequence[Bits]) -> None:
        """`prices`: the agents of one price each, the cheapest first; `earlier`: who is enough for which former step."""
        self._prices = prices
        self._able = able
        self._earlier = earlier
        self._next = 0
        self._here: list[Bits] = []  # those of the price that is reached, the best last

    def best(self, free: Bits) -> Bits:
        """The best of `free` that are left, all equally good; 0: there is nobody."""
        here = self._here
        while here or self._goes_on():
            here = self._here
            left = here[-1] & free
            if left:
                return left
            here.pop()
        return 0

    def branch(self) -> "Walk":
        """One that goes on by itself from here."""
        other = Walk(self._prices, self._able, self._earlier)
        other._next, other._here = self._next, [*self._here]
        return other

    def _goes_on(self) -> bool:
        prices, able = self._prices, self._able
        for at in range(self._next, len(prices)):
            found = prices[at] & able
            if found:
                self._next = at + 1
                self._here = self._bands(found)
                return True
        self._next = len(prices)
        return False

    def _bands(self, found: Bits) -> list[Bits]:
        bands: list[Bits] = []
        for enough in self._earlier:
            bands.append(found & enough)
            found &= ~enough
        bands.append(found)
        bands.reverse()
        return bands


class Ranking:
    """The ready agents one step of one kind may have. Lives for one pass, in which they only get fewer."""

    __slots__ = ("_lineup", "_walk", "_walk_but_kept")

    def __init__(self, floor: Floor, kind: Kind, step: int, *, is_late: bool) -> None:
        self._lineup = lineup = floor.lineup(kind)
        able = lineup.able(kind, step)
        if not is_late and (wanted := floor.wanted_elsewhere(kind)):
            able &= ~(lineup.slow(kind) & lineup.holders(wanted))
        earlier = [lineup.able(kind, before) for before in range(step)]
        self._walk = Walk(floor.by_price(kind), able, earlier)
        self._walk_but_kept = self._walk.branch()

    def best(self, kept: frozenset[str]) -> AgentNow | None:
        """The first agent of all but the holders of `kept`, of which each call of a pass names as many or more."""
        lineup = self._lineup
        if kept:
            found = self._walk_but_kept.best(lineup.free & ~lineup.holders(kept))
        else:
            found = self._walk.best(lineup.free)
        return lineup.first(found) if found else None

    def best_but(self, agents: list[AgentNow], kept: frozenset[str]) -> AgentNow | None:
        """The same for a contact that may not have these agents either."""
        lineup = self._lineup
        free = lineup.free
        for one in agents:
            free &= ~lineup.bit(one)
        if kept:
            free &= ~lineup.holders(kept)
        found = self._walk.branch().best(free)
        return lineup.first(found) if found else None


def is_excluded(call: WaitingCall, agent: AgentId, now: datetime) -> bool:
    """The agent just missed this contact, or the flow bars him from it."""
    if agent in call.barred:
        return True
    until = call.exclude.get(agent)
    return until is not None and now < until


def in_window(prefer: Prefer | None, waited_s: float) -> bool:
    return prefer is not None and waited_s < prefer.for_s


def preferred(call: WaitingCall, kind: Kind, step: int, floor: Floor, now: datetime) -> AgentNow | None:
    """The first of the preferred agents who is free for it."""
    assert call.prefer is not None
    for agent in (call.prefer.agent, *call.prefer.then):
        one = floor.by_id.get(agent)
        if (
            one is not None
            and id(one) not in floor.taken
            and not is_excluded(call, agent, now)
            and floor.is_ready(one, kind)
            and kind.is_met(step, one.skills)
        ):
            return one
    return None


def is_worth_the_wait(call: WaitingCall, kind: Kind, step: int, floor: Floor, now: datetime) -> bool:
    """One of the preferred agents is at work, able, and has not just missed this contact."""
    assert call.prefer is not None
    for agent in (call.prefer.agent, *call.prefer.then):
        one = floor.by_id.get(agent)
        if (
            one is not None
            and one.state in AT_WORK
            and not is_excluded(call, agent, now)
            and kind.is_met(step, one.skills)
        ):
            return True
    return False
