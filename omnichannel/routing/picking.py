"""Which ready agent a contact gets. Pure.

Least dear first (the scarcity price of the skills the contact does not use), then the nearest to what was asked
for, then whose turn it is by the queue's strategy. A scarce skill's last idle holders are kept back from contacts
that do not need it and have not waited long.
"""

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from omnichannel.routing.capacity import AT_WORK
from omnichannel.routing.floor import Floor, Line, Turn
from omnichannel.routing.model import AgentNow, Prefer, WaitingCall
from omnichannel.routing.needs import Kind
from threadline.kernel.ids import AgentId


class _Head(NamedTuple):
    """The first free agent of a profile, and how the profile ranks for a kind. Compared up to `turn`, which is unique."""

    price: float
    band: int
    turn: Turn
    at: int
    line: Line
    scarce: frozenset[str]


class Ranking:
    """The ready agents one step of one kind may have, best first. Lives for one pass, in which they only get fewer."""

    def __init__(self, floor: Floor, kind: Kind, step: int, *, is_late: bool) -> None:
        self._floor = floor
        scarce = floor.scarce_for(kind)
        self._heads: list[_Head] = []
        self._is_empty = False
        self._is_kept_back = False
        for profile in floor.able(kind, step):
            if not is_late and floor.is_better_elsewhere(profile, kind):
                continue
            line = floor.line(profile, kind.medium, kind.strategy)
            at = line.first(floor.taken)
            if at is not None:
                price, band = floor.price_of(profile, kind), kind.level_band(profile.skills)
                self._heads.append(_Head(price, band, line.turns[at], at, line, profile.holds & scarce))
        heapify(self._heads)

    def best(self, *, is_young: bool) -> AgentNow | None:
        """The first agent of all; a young contact does not get those kept back for others."""
        if self._is_empty or (is_young and self._is_kept_back):
            return None
        heads, aside = self._heads, []
        found: AgentNow | None = None
        while heads and found is None:
            head = self._refreshed()
            if head is None:
                continue
            if is_young and self._is_reserved(head):
                aside.append(heappop(heads))
            else:
                found = head.line.people[head.at]
        for head in aside:
            heappush(heads, head)
        if found is None:
            self._is_kept_back, self._is_empty = True, not aside
        return found

    def best_but(self, refuses: Callable[[AgentId], bool], *, is_young: bool) -> AgentNow | None:
        """The same for a contact that may not have everybody."""
        taken, best, found = self._floor.taken, None, None
        for head in self._heads:
            if is_young and self._is_reserved(head):
                continue
            for at in range(head.at, len(head.line.people)):
                one = head.line.people[at]
                if one.agent in taken or refuses(one.agent):
                    continue
                rank = (head.price, head.band, head.line.turns[at])
                if best is None or rank < best:
                    best, found = rank, one
                break
        return found

    def _refreshed(self) -> _Head | None:
        """The top of the heap if it is still free; else puts in its place who comes next there."""
        head = self._heads[0]
        at = head.line.first(self._floor.taken)
        if at is None:
            heappop(self._heads)
        elif at != head.at:
            heapreplace(self._heads, head._replace(turn=head.line.turns[at], at=at))
        else:
            return head
        return None

    def _is_reserved(self, head: _Head) -> bool:
        if not head.scarce:
            return False
        idle, reserve = self._floor.idle, self._floor.policy.reserve
        return any(idle[skill] <= reserve for skill in head.scarce)


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
