"""The real matcher as a way of routing of the simulator."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from omnichannel.routing.matcher import match
from omnichannel.routing.model import AgentNow, Policy, Traffic, WaitingCall
from omnichannel.routing.order import behind
from omnichannel.routing.simulation.hall import Agent, At, Caller, Hall, Ring
from omnichannel.routing.simulation.scenario import Centre, Day
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

REFRESH_S: Final = 30.0  # as the server does
MIDNIGHT: Final = datetime(2026, 1, 5, tzinfo=UTC)
STATES: Final = {
    At.READY: AgentState.READY,
    At.OFFERED: AgentState.OFFERED,
    At.BUSY: AgentState.TALKING,
    At.MISSED: AgentState.MISSED,
}


class ThreadlineRouter:
    """`auto_ready_s`: after a miss an agent is asked again that much later; None: when he says he is back."""

    def __init__(self, centre: Centre, day: Day, policy: Policy, auto_ready_s: float | None = None) -> None:
        self._policy = policy
        self._auto_ready_s = auto_ready_s
        self._load = {skill: work * day.per_s for skill, work in centre.load().items()}
        self._calls: dict[int, WaitingCall] = {}
        self._agents: dict[int, AgentNow] = {}
        self._wake_at: float | None = None
        self._behind: Mapping[str, float] = {}
        self._measure_at = 0.0

    def look(self, hall: Hall, now: float) -> list[Ring]:
        waiting = [self._call(caller) for caller in hall.waiting.values()]
        for one in hall.changed:
            self._agents[one.number] = _agent(one)
        hall.changed.clear()
        if now >= self._measure_at:
            self._behind, self._measure_at = behind(hall.ended(now)), now + REFRESH_S
        traffic = Traffic(self._load, hall.occupancy(now), self._behind)
        plan = match(waiting, [*self._agents.values()], _date(now), self._policy, traffic)
        self._wake_at = None if plan.wake_at is None else (plan.wake_at - MIDNIGHT).total_seconds()
        rings: list[Ring] = []
        for decision in plan.matched:
            assert decision.agent is not None
            asked = (decision.agent, *decision.also)
            caller = hall.waiting[decision.call.call.int]
            rings.append(Ring(caller, tuple(hall.agents[agent.int] for agent in asked)))
            del self._calls[caller.number]
        return rings

    def next_look_s(self, hall: Hall, now: float) -> float | None:
        """Nothing can change by waiting while nobody is ready."""
        return self._wake_at if hall.ready and self._wake_at is not None and self._wake_at > now else None

    def after_miss_s(self, caller: Caller, agent: Agent, now: float) -> float | None:
        return self._auto_ready_s

    def _call(self, caller: Caller) -> WaitingCall:
        known = self._calls.get(caller.number)
        if known is None:
            known = self._calls[caller.number] = _waiting(caller)
        return known


def policy_for(centre: Centre, policy: Policy | None = None) -> Policy:
    """The default policy with the classes' targets."""
    base = policy or Policy()
    queues = {one.name: replace(base.of(one.name), target_s=one.target_s) for one in centre.classes}
    return replace(base, queues=queues)


def _date(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def _waiting(caller: Caller) -> WaitingCall:
    asks = caller.asks
    return WaitingCall(
        CallId(UUID(int=caller.number)),
        asks.name,
        asks.priority,
        _date(caller.at_s),
        asks.steps,
        20.0,
        exclude={AgentId(UUID(int=number)): _date(until) for number, until in caller.missed.items()},
        max_wait_s=asks.max_wait_s,
        attempts=caller.attempts,
    )


def _agent(agent: Agent) -> AgentNow:
    return AgentNow(
        AgentId(UUID(int=agent.number)),
        STATES[agent.at],
        _date(agent.idle_since_s),
        agent.desk.skills,
        occupied_today=agent.busy_s / agent.since_s if agent.since_s else 0.0,
    )
