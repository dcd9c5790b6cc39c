"""Who gets which contact. Pure and deterministic: the same people and contacts give the same plan.

Contacts in the order of `order`; each takes the best ready agent of `picking` who meets what it asks for by now
(`needs`). Every choice can be explained (`reasons`). docs/routing.md tells it in an admin's words.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
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


class _Pass:
    """One pass: the floor, and what was worked out for each kind of contact."""

    def __init__(self, agents: Sequence[AgentNow], now: datetime, policy: Policy, traffic: Traffic) -> None:
        self.floor = Floor(agents, policy, traffic)
        self._agents = agents
        self._now = now
        self._policy = policy
        self._traffic = traffic
        self._kinds: dict[tuple[str, Medium], list[tuple[WaitingCall, Kind]]] = {}
        self._rankings: dict[tuple[int, int, bool], Ranking] = {}
        self._scarce: dict[int, frozenset[str]] = {}
        self._named: list[AgentNow] | None = None
        self._wake = Soonest(now)
        self._held_s = policy.overload_hold_s if self.floor.is_overloaded else policy.busy_hold_s

    def run(self, waiting: Iterable[WaitingCall]) -> Plan:
        matched: list[Decision] = []
        unmatched: list[Unmatched] = []
        for waiter in in_order(waiting, self._policy, self._traffic, self._now):
            kind = self._kind(waiter.call)
            passed = bisect_right(kind.ends, waiter.waited_s)
            step = min(passed, kind.last)
            chosen = self._choose(waiter, kind, step, len(matched))
            if chosen is None:
                self._wake_for(waiter, kind, passed)
                unmatched.append(Unmatched(waiter.call, step, self.reasons))
            else:
                matched.append(chosen)
        return Plan(matched, unmatched, self._wake.at())

    def reasons(self, call: WaitingCall, step: int, named: Sequence[AgentNow] | None = None) -> Reasons:
        """For a contact nobody got."""
        kind = self._kind(call)
        waited = waited_s(call, self._now)
        holds = in_window(call.prefer, waited) and is_worth_the_wait(call, kind, step, self.floor, self._now)
        is_starved = call.max_wait_s is not None and waited > call.max_wait_s / 2
        is_late = self._is_late(Waiter(call, waited, is_starved))
        case = Case(
            call, kind, step, AT_THE_END, None, (), self._kept(kind, waited), False, holds, is_late
        )  # fmt: skip
        return Reasons(case, self.named() if named is None else named, self.floor, self._now)

    def _kind(self, call: WaitingCall) -> Kind:
        """Contacts of a queue are of few kinds: comparing is quicker than computing a key."""
        known = self._kinds.setdefault((call.queue, call.medium), [])
        steps, hard = call.steps, call.hard
        for seen, kind in known:
            if (seen.steps is steps or seen.steps == steps) and seen.hard == hard:
                return kind
        kind = kind_of(call, self._policy)
        known.append((call, kind))
        return kind

    def _choose(self, waiter: Waiter, kind: Kind, step: int, number: int) -> Decision | None:
        call = waiter.call
        if len(self.floor.taken) >= len(self.floor.ready):
            return None
        wished = None
        if call.prefer is not None and in_window(call.prefer, waiter.waited_s):
            wished = preferred(call, kind, step, self.floor, self._now)
            if wished is None and is_worth_the_wait(call, kind, step, self.floor, self._now):
                return None
        kept = self._kept(kind, waiter.waited_s)
        one = wished or self._best(waiter, kind, step, kept)
        if one is None:
            return None
        self.floor.take(one, number)
        also = [] if wished else self._along(waiter, kind, step, number)
        case = Case(
            call, kind, step, number, one, also, kept, wished is not None, False, self._is_late(waiter)
        )  # fmt: skip
        return Decision(call, one.agent, step, self._explain(case), also)

    def _best(self, waiter: Waiter, kind: Kind, step: int, kept: frozenset[str]) -> AgentNow | None:
        is_late = self._is_late(waiter)
        key = (id(kind), step, is_late)
        ranking = self._rankings.get(key)
        if ranking is None:
            ranking = Ranking(self.floor, kind, step, is_late=is_late)
            self._rankings[key] = ranking
        call = waiter.call
        if not call.exclude and not call.barred:
            return ranking.best(kept)
        by_id = self.floor.by_id
        named = [by_id[one] for one in (*call.exclude, *call.barred) if one in by_id]
        return ranking.best_but([one for one in named if is_excluded(call, one.agent, self._now)], kept)

    def _is_late(self, waiter: Waiter) -> bool:
        """Waits too long, or in a queue too far behind, to be held back for the sake of busy queues."""
        if waiter.is_starved or waiter.waited_s >= self._held_s:
            return True
        behind = self._traffic.behind.get(waiter.call.queue, 0.0)
        return behind >= self._policy.helped_when_behind and not self.floor.is_overloaded

    def _along(self, waiter: Waiter, kind: Kind, step: int, number: int) -> list[AgentId]:
        """Whose phones ring beside the first one's. Nothing rings for a message: who gets it has it."""
        more = 0
        if kind.medium is not Medium.CALL or waiter.call.is_callback:
            return []
        if kind.strategy is Strategy.RING_ALL:
            more = self._policy.ring_at_most - 1
        elif kind.strategy is Strategy.PROGRESSIVE:
            more = min(waiter.call.attempts, self._policy.ring_at_most - 1)
        also: list[AgentId] = []
        while len(also) < more:
            one = self._best(waiter, kind, step, self._kept(kind, waiter.waited_s))
            if one is None:
                break
            self.floor.take(one, number)
            also.append(one.agent)
        return also

    def _kept(self, kind: Kind, waited: float) -> frozenset[str]:
        """The skills of which so few holders are idle that this contact may not have them."""
        if waited >= self._policy.hold_s:
            return frozenset()
        scarce = self._scarce.get(id(kind))
        if scarce is None:
            scarce = self._scarce[id(kind)] = self.floor.scarce_for(kind)
        if not scarce:
            return scarce
        idle = self.floor.idle
        return frozenset(skill for skill in scarce if idle[skill] <= self._policy.reserve)

    def _wake_for(self, waiter: Waiter, kind: Kind, passed: int) -> None:
        """The moments at which waiting alone changes something for a contact nobody got; `passed` steps are over."""
        call, waited, wake = waiter.call, waiter.waited_s, self._wake
        if passed < len(kind.ends):
            wake.add(call, waited, kind.ends[passed])
        if kind.asks_levels and waited < self._held_s:
            wake.add(call, waited, self._held_s)
        if call.max_wait_s is not None and not waiter.is_starved:
            wake.add(call, waited, call.max_wait_s / 2)
        if call.prefer is not None:
            wake.add(call, waited, call.prefer.for_s)
        if waited < self._policy.hold_s and self._kept(kind, waited):
            wake.add(call, waited, self._policy.hold_s)
        if call.exclude:
            wake.add_moments(call.exclude.values())

    def _explain(self, case: Case) -> Late:
        return Late(partial(self._told, case))

    def _told(self, case: Case) -> Reasons:
        return Reasons(case, self.named(), self.floor, self._now)

    def named(self) -> list[AgentNow]:
        if self._named is None:
            self._named = candidates(self._agents)
        return self._named
