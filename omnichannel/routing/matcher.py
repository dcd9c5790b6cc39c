"""Who gets which contact. Pure and deterministic: the same people and contacts give the same plan.

Contacts in the order of `order`; each takes the best ready agent of `picking` who meets what it asks for by now
(`needs`). Every choice can be explained (`reasons`). docs/routing.md tells it in an admin's words.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from omnichannel.routing.floor import Floor
from omnichannel.routing.model import (
    AgentNow,
    Decision,
    Lost,
    Medium,
    NeedStep,
    Plan,
    Policy,
    Strategy,
    Traffic,
    Unmatched,
    WaitingCall,
)
from omnichannel.routing.moments import Soonest
from omnichannel.routing.needs import Kind, kind_of, meets, step_at, waited_s
from omnichannel.routing.order import Waiter, in_order
from omnichannel.routing.picking import Ranking, in_window, is_excluded, is_worth_the_wait, preferred
from omnichannel.routing.reasons import AT_THE_END, Case, Late, Reasons
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

__all__ = ["anybody_could", "candidates", "match", "meets", "step_at", "why"]

NAMED_MAX: Final = 50
PLAIN: Final = Policy()
UNMEASURED: Final = Traffic()
NOTHING: Final[frozenset[str]] = frozenset()
NEVER_S: Final = float("inf")


def match(
    waiting: Iterable[WaitingCall],
    agents: Sequence[AgentNow],
    now: datetime,
    policy: Policy = PLAIN,
    traffic: Traffic = UNMEASURED,
) -> Plan:
    """One pass over everybody who waits. No agent is given twice, no contact either.

    An agent gets at most one contact a pass, whatever his capacity: run another pass when that offer is made.
    """
    return _Pass(agents, now, policy, traffic).run(waiting)


def anybody_could(
    steps: Sequence[NeedStep], agents: Iterable[AgentNow], hard: Mapping[str, int] | None = None
) -> bool:
    """Whether anyone logged in, whatever he does now, has the skills of the last step."""
    last = steps[-1]
    return any(
        meets(one.skills, last.need)
        and meets(one.skills, hard or {})
        and (not last.any_of or any(meets(one.skills, choice) for choice in last.any_of))
        for one in agents
        if one.state is not AgentState.LOGGED_OUT
    )


def candidates(agents: Iterable[AgentNow]) -> list[AgentNow]:
    """The agents a decision names: the ready ones first, longest idle first, at most NAMED_MAX.

    More would be read by nobody.
    """
    return sorted(
        agents, key=lambda one: (one.state is not AgentState.READY, one.idle_since, one.agent)
    )[:NAMED_MAX]  # fmt: skip


def why(
    call: WaitingCall,
    step: int,
    agents: Sequence[AgentNow],
    taken: "set[AgentId] | frozenset[AgentId]",
    now: datetime,
    policy: Policy = PLAIN,
    traffic: Traffic = UNMEASURED,
) -> Sequence[Lost]:
    """For each of `agents`, the first thing that keeps him from a contact nobody got, `taken` being given away.

    Of a plan's own contacts `Decision.lost` and `Unmatched.lost` tell it.
    """
    one_pass = _Pass(agents, now, policy, traffic)
    for agent in taken:
        if agent in one_pass.floor.by_id:
            one_pass.floor.take(one_pass.floor.by_id[agent], -1)
    return list(one_pass.reasons(call, step, agents))


class _Group:
    """All contacts of one kind in a pass. `rankings` by (step, whether it is late)."""

    __slots__ = ("behind", "first", "kind", "rankings", "rings", "scarce")

    def __init__(self, first: WaitingCall, kind: Kind, behind: float) -> None:
        self.first = first
        self.kind = kind
        self.behind = behind  # its queue, as in Traffic
        self.rings = kind.medium is Medium.CALL and kind.strategy in (Strategy.RING_ALL, Strategy.PROGRESSIVE)
        self.rankings: dict[tuple[int, bool], Ranking] = {}
        self.scarce: frozenset[str] | None = None


class _Pass:
    """One pass: the floor, and what was worked out for each kind of contact."""

    def __init__(self, agents: Sequence[AgentNow], now: datetime, policy: Policy, traffic: Traffic) -> None:
        self.floor = Floor(agents, policy, traffic)
        self._agents = agents
        self._now = now
        self._policy = policy
        self._traffic = traffic
        self._groups: dict[str, list[_Group]] = {}  # by queue
        self._group_of: dict[int, list[_Group]] = {}  # by the identity of what is asked for
        self._named: list[AgentNow] | None = None
        self._wake = Soonest(now)
        self._held_s = policy.overload_hold_s if self.floor.is_overloaded else policy.busy_hold_s

    def run(self, waiting: Iterable[WaitingCall]) -> Plan:
        matched: list[Decision] = []
        unmatched: list[Unmatched] = []
        free = len(self.floor.ready)
        taken = self.floor.taken
        for waiter in in_order(waiting, self._policy, self._traffic, self._now):
            group = self._group(waiter.call)
            kind = group.kind
            passed = bisect_right(kind.ends, waiter.waited_s)
            step = min(passed, kind.last)
            chosen = self._choose(waiter, group, step, len(matched)) if len(taken) < free else None
            if chosen is None:
                self._wake_for(waiter, group, passed)
                unmatched.append(Unmatched(waiter.call, step, self.reasons))
            else:
                matched.append(chosen)
        return Plan(matched, unmatched, self._wake.at())

    def reasons(self, call: WaitingCall, step: int, named: Sequence[AgentNow] | None = None) -> Reasons:
        """For a contact nobody got."""
        group = self._group(call)
        kind = group.kind
        waited = waited_s(call, self._now)
        holds = in_window(call.prefer, waited) and is_worth_the_wait(call, kind, step, self.floor, self._now)
        is_starved = call.max_wait_s is not None and waited > call.max_wait_s / 2
        is_late = self._is_late(Waiter(call, waited, is_starved), group)
        case = Case(
            call, kind, step, AT_THE_END, None, (), self._kept(group, waited), False, holds, is_late
        )  # fmt: skip
        return Reasons(case, self.named() if named is None else named, self.floor, self._now)

    def _group(self, call: WaitingCall) -> _Group:
        """Most contacts of a queue ask for the very same; of the others, comparing is quicker than computing a key."""
        steps = call.steps
        known = self._group_of.get(id(steps))
        if known is not None:
            for group in known:
                if _is_like(call, group.first):
                    return group
        return self._new_group(call, steps)

    def _new_group(self, call: WaitingCall, steps: Sequence[NeedStep]) -> _Group:
        alike = self._groups.setdefault(call.queue, [])
        for group in alike:
            if group.first.steps == steps and _is_like(call, group.first):
                break
        else:
            group = _Group(call, kind_of(call, self._policy), self._traffic.behind.get(call.queue, 0.0))
            alike.append(group)
        self._group_of.setdefault(id(steps), []).append(group)
        return group

    def _choose(self, waiter: Waiter, group: _Group, step: int, number: int) -> Decision | None:
        call, kind = waiter.call, group.kind
        wished = None
        if call.prefer is not None and in_window(call.prefer, waiter.waited_s):
            wished = preferred(call, kind, step, self.floor, self._now)
            if wished is None and is_worth_the_wait(call, kind, step, self.floor, self._now):
                return None
        kept = self._kept(group, waiter.waited_s)
        is_late = self._is_late(waiter, group)
        ranking = self._ranking(group, step, is_late)
        one = wished or self._best(call, ranking, kept)
        if one is None:
            return None
        self.floor.take(one, number)
        also = self._along(waiter, group, ranking, number) if group.rings and wished is None else ()
        case = Case(call, kind, step, number, one, also, kept, wished is not None, False, is_late)
        return Decision(call, one.agent, step, Late(self._told, case), also)

    def _ranking(self, group: _Group, step: int, is_late: bool) -> Ranking:
        ranking = group.rankings.get((step, is_late))
        if ranking is None:
            ranking = Ranking(self.floor, group.kind, step, is_late=is_late)
            group.rankings[step, is_late] = ranking
        return ranking

    def _best(self, call: WaitingCall, ranking: Ranking, kept: frozenset[str]) -> AgentNow | None:
        if not call.exclude and not call.barred:
            return ranking.best(kept)
        by_id = self.floor.by_id
        named = [by_id[one] for one in (*call.exclude, *call.barred) if one in by_id]
        return ranking.best_but([one for one in named if is_excluded(call, one.agent, self._now)], kept)

    def _is_late(self, waiter: Waiter, group: _Group) -> bool:
        """Waits too long, or in a queue too far behind, to be held back for the sake of busy queues."""
        if waiter.is_starved or waiter.waited_s >= self._held_s:
            return True
        return group.behind >= self._policy.helped_when_behind and not self.floor.is_overloaded

    def _along(self, waiter: Waiter, group: _Group, ranking: Ranking, number: int) -> Sequence[AgentId]:
        """Whose phones ring beside the first one's. Nothing rings for a message: who gets it has it."""
        call, more = waiter.call, group.kind.ring_at_most - 1
        if call.is_callback:
            return ()
        if group.kind.strategy is Strategy.PROGRESSIVE:
            more = min(call.attempts, more)
        also: list[AgentId] = []
        while len(also) < more:
            one = self._best(call, ranking, self._kept(group, waiter.waited_s))
            if one is None:
                break
            self.floor.take(one, number)
            also.append(one.agent)
        return also

    def _kept(self, group: _Group, waited: float) -> frozenset[str]:
        """The skills of which so few holders are idle that this contact may not have them."""
        if waited >= self._policy.hold_s:
            return NOTHING
        scarce = group.scarce
        if scarce is None:
            scarce = group.scarce = self.floor.scarce_for(group.kind)
        if not scarce:
            return scarce
        idle, reserve = self.floor.idle, self._policy.reserve
        return frozenset([skill for skill in scarce if idle[skill] <= reserve])

    def _wake_for(self, waiter: Waiter, group: _Group, passed: int) -> None:
        """The moments at which waiting alone changes something for a contact nobody got; `passed` steps are over."""
        call, waited, kind = waiter.call, waiter.waited_s, group.kind
        first = kind.ends[passed] if passed < len(kind.ends) else NEVER_S
        if waited < self._held_s < first and kind.asks_levels:
            first = self._held_s
        if call.max_wait_s is not None and not waiter.is_starved:
            first = min(first, call.max_wait_s / 2)
        if call.prefer is not None and waited < call.prefer.for_s:
            first = min(first, call.prefer.for_s)
        if waited < self._policy.hold_s < first and self._kept(group, waited):
            first = self._policy.hold_s
        self._wake.add(call, waited, first)
        if call.exclude:
            self._wake.add_moments(call.exclude.values())

    def _told(self, case: Case) -> Reasons:
        return Reasons(case, self.named(), self.floor, self._now)

    def named(self) -> list[AgentNow]:
        if self._named is None:
            self._named = candidates(self._agents)
        return self._named


def _is_like(call: WaitingCall, other: WaitingCall) -> bool:
    """Of one kind, where both ask for the same."""
    return call.queue == other.queue and call.medium is other.medium and call.hard == other.hard
