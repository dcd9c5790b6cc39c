"""The heap: what happens next in a simulated day, until the last contact is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, TypeAlias

from omnichannel.routing.simulation.hall import Agent, At, Caller, Hall, Ring, Router
from omnichannel.routing.simulation.scenario import Centre, Day

EXCLUDE_S: Final = 60.0
Deed: TypeAlias = Callable[[], bool]  # whether the router has something new to look at


@dataclass(frozen=True, slots=True)
class Outcome:
    """The day as it went. Times in seconds from its start."""

    callers: list[Caller]
    agents: list[Agent]
    end_s: float


def simulate(centre: Centre, day: Day, router: Router) -> Outcome:
    """One day under one way of routing. Nobody is turned away: every contact is answered or gives up."""
    return _Run(centre, day, router).until_over()


class _Run:
    def __init__(self, centre: Centre, day: Day, router: Router) -> None:
        self._hall = Hall(centre, day)
        self._router = router
        self._events: list[tuple[float, int, Deed]] = []
        self._count = 0
        self._now = 0.0
        self._look_at: float | None = None
        self._open = len(day.arrivals)
        self._callers = [
            Caller(number, arrival, centre.classes[arrival.kind])
            for number, arrival in enumerate(day.arrivals)
        ]
        for caller in self._callers:
            self._at(caller.at_s, lambda caller=caller: self._arrive(caller))  # type: ignore[misc]
        for agent, absences in zip(self._hall.agents, day.absences, strict=True):
            for leaves, comes_back in absences:
                self._at(leaves, lambda agent=agent: self._walk_away(agent))  # type: ignore[misc]
                self._at(comes_back, lambda agent=agent: self._come_back(agent))  # type: ignore[misc]

    def until_over(self) -> Outcome:
        while self._events and self._open:
            self._now, _, deed = heappop(self._events)
            if deed():
                self._look()
        for agent in self._hall.agents:
            self._hall.move(agent, agent.at, self._now)
        return Outcome(self._callers, self._hall.agents, self._now)

    def _at(self, at: float, deed: Deed) -> None:
        self._count += 1
        heappush(self._events, (at, self._count, deed))

    def _look(self) -> None:
        hall, now = self._hall, self._now
        if not hall.can_match:
            return
        for ring in self._router.look(hall, now):
            self._ring(ring)
        if not hall.can_match:
            return
        again = self._router.next_look_s(hall, now)
        if again is not None and (self._look_at is None or not now < self._look_at <= again):
            self._look_at = again
            self._at(again, lambda: self._is_due(again))

    def _is_due(self, at: float) -> bool:
        return self._look_at == at

    def _arrive(self, caller: Caller) -> bool:
        self._hall.enter(caller)
        patience = caller.arrival.patience_s
        if patience is not None:
            self._at(self._now + patience, lambda: self._give_up(caller))
        return True

    def _give_up(self, caller: Caller) -> bool:
        if caller.answered_s is not None:
            return False
        caller.left_s = self._now
        self._hall.note_end(caller, self._now)
        self._open -= 1
        self._hall.leave(caller)
        self._free(caller)
        return True

    def _free(self, caller: Caller, but: Agent | None = None) -> None:
        for agent in caller.ringing:
            if agent is not but:
                agent.caller = None
                self._hall.move(agent, At.READY, self._now)
        caller.ringing = ()

    def _ring(self, ring: Ring) -> None:
        caller, now = ring.caller, self._now
        self._hall.leave(caller)
        caller.ringing = ring.agents
        for agent in ring.agents:
            agent.caller = caller
            agent.last_offer_s = now
            agent.in_vain += agent.is_absent
            self._hall.move(agent, At.OFFERED, now)
        present = next((agent for agent in ring.agents if not agent.is_absent), None)
        if present is None:
            timeout = self._hall.centre.ring_timeout_s
            self._at(now + timeout, lambda: self._ring_out(caller, ring, now))
        elif self._hall.centre.answer_s:
            self._at(now + self._hall.centre.answer_s, lambda: self._answer(caller, present, ring))
        else:
            self._answer(caller, present, ring)

    def _answer(self, caller: Caller, agent: Agent, ring: Ring) -> bool:
        if caller.ringing is not ring.agents:
            return False
        caller.answered_s, caller.agent = self._now, agent
        self._hall.note_end(caller, self._now)
        self._open -= 1
        self._free(caller, agent)
        agent.contacts += 1
        agent.misses = 0
        self._hall.move(agent, At.BUSY, self._now)
        self._at(self._now + self._service_s(caller, agent), lambda: self._done(agent))
        return len(ring.agents) > 1

    def _service_s(self, caller: Caller, agent: Agent) -> float:
        asked = caller.asks.steps[0].need
        level = min((agent.desk.skills.get(skill, 0) for skill in asked), default=5)
        return caller.arrival.service_s * self._hall.centre.slowdown.get(max(level, 1), 1.0)

    def _done(self, agent: Agent) -> bool:
        agent.caller = None
        self._hall.move(agent, At.READY, self._now)
        absences = self._hall.day.absences[agent.number]
        agent.is_absent = any(leaves <= self._now < back for leaves, back in absences)
        return True

    def _ring_out(self, caller: Caller, ring: Ring, since: float) -> bool:
        if caller.ringing is not ring.agents:
            return False
        now = self._now
        caller.ringing = ()
        caller.attempts += 1
        caller.rang_in_vain_s += now - since
        self._hall.enter(caller)
        for agent in ring.agents:
            self._miss(caller, agent)
        return True

    def _miss(self, caller: Caller, agent: Agent) -> None:
        now = self._now
        agent.caller = None
        agent.misses += 1
        caller.missed[agent.number] = now + EXCLUDE_S
        pause = self._router.after_miss_s(caller, agent, now)
        if pause == 0:
            self._hall.move(agent, At.READY, now)
            return
        self._hall.move(agent, At.MISSED, now)
        if pause is not None:
            self._at(now + pause, lambda: self._back_in_pool(agent))
        elif not agent.is_absent:
            self._back_in_pool(agent)

    def _back_in_pool(self, agent: Agent) -> bool:
        if agent.at is not At.MISSED:
            return False
        self._hall.move(agent, At.READY, self._now)
        return True

    def _walk_away(self, agent: Agent) -> bool:
        agent.is_absent = agent.at is not At.BUSY
        return False

    def _come_back(self, agent: Agent) -> bool:
        """Whoever finds that he missed something says that he is here again."""
        agent.is_absent = False
        agent.misses = 0
        return self._back_in_pool(agent)
