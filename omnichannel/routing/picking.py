"""Which ready agent a contact gets. Pure.

Least dear first (the scarcity price of the skills the contact does not use), then the nearest to what was asked
for, then whose turn it is by the queue's strategy. A scarce skill's last idle holders are kept back from contacts
that do not need it and have not waited long.
"""

from datetime import datetime

from omnichannel.routing.capacity import AT_WORK
from omnichannel.routing.floor import Floor
from omnichannel.routing.lineup import Bits
from omnichannel.routing.model import AgentNow, Prefer, WaitingCall
from omnichannel.routing.needs import Kind
from threadline.kernel.ids import AgentId


class Ranking:
    """The ready agents one step of one kind may have, best first. Lives for one pass, in which they only get fewer.

    `_prices` are the agents of one price each, the cheapest first; `_from` is the first of them with anybody left, for
    a contact that may have everybody and for one from whom some are kept.
    """

    def __init__(self, floor: Floor, kind: Kind, step: int, *, is_late: bool) -> None:
        self._lineup = lineup = floor.lineup(kind.strategy)
        self._able = lineup.able(kind, step)
        if not is_late and (wanted := floor.wanted_elsewhere(kind)):
            self._able &= ~(lineup.slow(kind) & lineup.holders(wanted))
        self._earlier = [lineup.able(kind, before) for before in range(step)]
        self._prices = floor.by_price(kind)
        self._from = [0, 0]

    def best(self, kept: frozenset[str]) -> AgentNow | None:
        """The first agent of all but the holders of `kept`, of which each call of a pass names as many or more."""
        free = self._lineup.free & self._able
        if kept:
            free &= ~self._lineup.holders(kept)
        at = self._from[bool(kept)] = self._first_price(free, self._from[bool(kept)])
        return self._best_at(at, free)

    def best_but(self, agents: list[AgentNow], kept: frozenset[str]) -> AgentNow | None:
        """The same for a contact that may not have these agents either."""
        free = self._lineup.free & self._able
        for one in agents:
            free &= ~self._lineup.bit(one)
        if kept:
            free &= ~self._lineup.holders(kept)
        return self._best_at(self._first_price(free, self._from[0]), free)

    def _first_price(self, free: Bits, at: int) -> int:
        prices = self._prices
        while at < len(prices) and not prices[at] & free:
            at += 1
        return at

    def _best_at(self, at: int, free: Bits) -> AgentNow | None:
        if at == len(self._prices):
            return None
        left = self._prices[at] & free
        for earlier in self._earlier:
            if left & earlier:
                return self._lineup.first(left & earlier)
        return self._lineup.first(left)


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
            and agent not in floor.taken
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
