"""The rules of docs/routing.md as they are written: every agent of every contact looked at anew, nothing kept.

Slow, and the oracle for the matcher, which has to choose the same.
"""

from collections.abc import Sequence
from datetime import datetime
from math import fsum

from omnichannel.routing.capacity import BUSY, has_room
from omnichannel.routing.floor import SCARCER_BY
from omnichannel.routing.lineup import turn_of
from omnichannel.routing.matcher import step_at
from omnichannel.routing.model import AgentNow, Medium, Policy, Prefer, Strategy, Traffic, WaitingCall
from omnichannel.routing.needs import Kind, kind_of
from omnichannel.routing.order import Waiter, in_order
from omnichannel.routing.picking import is_excluded
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId


def plainly(
    waiting: Sequence[WaitingCall],
    agents: Sequence[AgentNow],
    now: datetime,
    policy: Policy,
    traffic: Traffic,
) -> list[tuple[CallId, tuple[AgentId, ...]]]:
    """Who gets whom, in the order of the decisions; the first agent named is the one chosen."""
    room = _Room(agents, now, policy, traffic)
    found = []
    for waiter in in_order(waiting, policy, traffic, now):
        rung = room.give(waiter)
        if rung:
            found.append((waiter.call.call, tuple(one.agent for one in rung)))
    return found


class _Room:
    def __init__(self, agents: Sequence[AgentNow], now: datetime, policy: Policy, traffic: Traffic) -> None:
        self.agents = [one for one in agents if one.state is not AgentState.LOGGED_OUT]
        self.now = now
        self.policy = policy
        self.traffic = traffic
        self.taken: set[AgentId] = set()
        self.skills = {skill for one in self.agents for skill in one.skills}
        self.idle_at_first = {skill: self.idle(skill) for skill in self.skills}

    def give(self, waiter: Waiter) -> list[AgentNow]:
        call = waiter.call
        kind = kind_of(call, self.policy)
        prefer = call.prefer
        if prefer is not None and waiter.waited_s < prefer.for_s:
            wished = self.wished(call, kind, prefer)
            if wished is not None:
                self.taken.add(wished.agent)
                return [wished]
            if self.is_worth_the_wait(call, kind, prefer):
                return []
        rung: list[AgentNow] = []
        for _ in range(self.phones(call, kind)):
            able = [one for one in self.agents if self.may_have(waiter, kind, one)]
            if not able:
                break
            rung.append(min(able, key=lambda one: self.rank(kind, one)))
            self.taken.add(rung[-1].agent)
        return rung

    def phones(self, call: WaitingCall, kind: Kind) -> int:
        if kind.medium is not Medium.CALL or call.is_callback:
            return 1
        if kind.strategy is Strategy.RING_ALL:
            return kind.ring_at_most
        if kind.strategy is Strategy.PROGRESSIVE:
            return min(1 + call.attempts, kind.ring_at_most)
        return 1

    def could_have(self, call: WaitingCall, kind: Kind, one: AgentNow) -> bool:
        return (
            one.state is AgentState.READY
            and one.agent not in self.taken
            and kind.is_met(step_at(call, self.now), one.skills)
            and has_room(one, kind.medium, self.policy)
            and not is_excluded(call, one.agent, self.now)
        )

    def may_have(self, waiter: Waiter, kind: Kind, one: AgentNow) -> bool:
        if not self.could_have(waiter.call, kind, one):
            return False
        if not self.is_late(waiter) and self.is_better_elsewhere(kind, one):
            return False
        return waiter.waited_s >= self.policy.hold_s or not self.is_reserved(kind, one)

    def is_late(self, waiter: Waiter) -> bool:
        policy, traffic = self.policy, self.traffic
        if waiter.is_starved:
            return True
        if self.occupancy() > policy.overloaded_above:
            return waiter.waited_s >= policy.overload_hold_s
        behind = traffic.behind.get(waiter.call.queue, 0.0)
        return waiter.waited_s >= policy.busy_hold_s or behind >= policy.helped_when_behind

    def wished(self, call: WaitingCall, kind: Kind, prefer: Prefer) -> AgentNow | None:
        by_id = {one.agent: one for one in self.agents}
        named = [by_id[agent] for agent in (prefer.agent, *prefer.then) if agent in by_id]
        return next((one for one in named if self.could_have(call, kind, one)), None)

    def is_worth_the_wait(self, call: WaitingCall, kind: Kind, prefer: Prefer) -> bool:
        return any(
            one.agent in (prefer.agent, *prefer.then)
            and (one.state is AgentState.READY or one.state in BUSY)
            and not is_excluded(call, one.agent, self.now)
            and kind.is_met(step_at(call, self.now), one.skills)
            for one in self.agents
        )

    def rank(self, kind: Kind, one: AgentNow) -> tuple[object, ...]:
        return (self.price(kind, one), kind.level_band(one.skills), turn_of(kind, self.policy)(one))

    def price(self, kind: Kind, one: AgentNow) -> float:
        if not self.policy.weighs_scarcity or kind.medium is Medium.MAIL:
            return 0.0
        unused = [skill for skill in self.skills if self.holds(one, skill) and skill not in kind.uses]
        return fsum(self.load(skill) / self.idle_at_first[skill] for skill in unused)

    def is_reserved(self, kind: Kind, one: AgentNow) -> bool:
        policy = self.policy
        if not policy.reserve or not policy.weighs_scarcity or kind.medium is Medium.MAIL:
            return False
        own = max((self.pressure(skill) for skill in kind.uses), default=0.0)
        return any(
            skill not in kind.uses
            and self.holds(one, skill)
            and self.pressure(skill) > SCARCER_BY * own
            and self.held(skill) >= policy.reserve_from_pool
            and self.idle(skill) <= policy.reserve
            for skill in self.skills
        )

    def is_better_elsewhere(self, kind: Kind, one: AgentNow) -> bool:
        wanted = any(
            skill not in kind.uses and self.holds(one, skill) and self.is_busy(skill) for skill in self.skills
        )
        at_work = [other for other in self.agents if other.state is AgentState.READY or other.state in BUSY]
        return (
            wanted and kind.is_slow(one.skills) and any(not kind.is_slow(other.skills) for other in at_work)
        )

    def is_busy(self, skill: str) -> bool:
        most = self.policy.relax_below_occupancy
        few_idle = self.idle_at_first[skill] < (1 - most) * self.held(skill)
        return self.pressure(skill) > 0 and (self.occupancy() > most or few_idle)

    def occupancy(self) -> float:
        if self.traffic.occupancy is not None:
            return self.traffic.occupancy
        busy = sum(one.state in BUSY for one in self.agents)
        ready = sum(one.state is AgentState.READY for one in self.agents)
        return busy / (busy + ready) if busy else 0.0

    def holds(self, one: AgentNow, skill: str) -> bool:
        highest = max(other.skills.get(skill, 0) for other in self.agents)
        return one.skills.get(skill, 0) >= max(1, min(highest, self.policy.slow_below))

    def held(self, skill: str) -> int:
        return sum(self.holds(one, skill) for one in self.agents)

    def idle(self, skill: str) -> int:
        return sum(
            self.holds(one, skill) and one.state is AgentState.READY and one.agent not in self.taken
            for one in self.agents
        )

    def load(self, skill: str) -> float:
        offered = self.traffic.offered_load
        return offered.get(skill, 0.0) if offered else 1.0

    def pressure(self, skill: str) -> float:
        held = self.held(skill)
        return self.load(skill) / held if held else 0.0
