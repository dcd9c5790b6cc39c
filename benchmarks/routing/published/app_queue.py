"""The dispatch rules of Asterisk's app_queue, re-implemented as a way of routing of the simulator.

Each class is a queue of its own. Every caller looks for himself, once a second: it is his turn when no more callers
stand before him in his queue than agents are free to it (autofill). He rings the free agent with the least penalty
the rules let him have by now, among those by the strategy. Nothing orders callers of different queues: whoever looks
first after an agent became free has him.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from omnichannel.routing.simulation.hall import Agent, At, Caller, Hall, Ring

POLL_S: Final = 1.0
HIGHEST_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class AppQueueSettings:
    """`penalties`: 5 minus the level, with `penalty_max` first and no limit after `penalty_rises_after_s`.

    Without penalties, whoever has the skill at any level is a member alike. `pauses`: autopause, a missed call pauses
    the agent until he says he is back; without it he is asked again after `retry_s`.
    """

    name: str
    strategy: str  # leastrecent, rrmemory, fewestcalls, ringall
    penalties: bool = True
    penalty_max: int = 2
    penalty_rises_after_s: float = 30.0
    pauses: bool = True
    retry_s: float = 1.0


class AppQueue:
    """One day; keeps the round-robin memory and when each caller looks next."""

    def __init__(self, settings: AppQueueSettings) -> None:
        self._set = settings
        self._next_of: dict[int, int] = {}
        self._members: dict[int, list[tuple[int, Agent]]] = {}
        self._looks_at: dict[int, float] = {}

    def look(self, hall: Hall, now: float) -> list[Ring]:
        """Callers whose moment it is, in the order of their moments."""
        rings: list[Ring] = []
        given: set[int] = set()
        before: dict[int, int] = {}
        due: list[tuple[float, Caller, int]] = []
        for caller in hall.waiting.values():
            kind = caller.arrival.kind
            place = before.get(kind, 0)
            before[kind] = place + 1
            looks_at = self._looks_at.get(caller.number)
            if looks_at is None or looks_at <= now:
                due.append((looks_at or now, caller, place))
        for _, caller, place in sorted(due, key=lambda one: (one[0], one[1].number)):
            free = [m for m in self._free(hall, caller, now) if m[1].number not in given]
            if len(free) > 0 and place < len(free) + sum(
                r.caller.arrival.kind == caller.arrival.kind for r in rings
            ):
                rung = self._choose(caller, free)
                given.update(one.number for one in rung)
                rings.append(Ring(caller, rung))
            self._looks_at[caller.number] = self._moment_after(caller, now)
        return rings

    def next_look_s(self, hall: Hall, now: float) -> float | None:
        if not hall.ready:
            return None
        return min(
            (max(self._looks_at.get(number, now), now + 1e-6) for number in hall.waiting), default=None
        )

    def after_miss_s(self, caller: Caller, agent: Agent, now: float) -> float | None:
        self._looks_at[caller.number] = now + self._set.retry_s
        return None if self._set.pauses else 0.0

    def _moment_after(self, caller: Caller, now: float) -> float:
        """Each caller counts his seconds from his own arrival."""
        return caller.at_s + POLL_S * (ceil((now - caller.at_s) / POLL_S + 1e-9) or 1)

    def _free(self, hall: Hall, caller: Caller, now: float) -> list[tuple[int, Agent]]:
        settings = self._set
        limit = HIGHEST_LEVEL
        if settings.penalties and now - caller.at_s < settings.penalty_rises_after_s:
            limit = settings.penalty_max
        return [
            member
            for member in self._members_of(hall, caller)
            if member[1].at is At.READY and member[0] <= limit
        ]

    def _members_of(self, hall: Hall, caller: Caller) -> list[tuple[int, Agent]]:
        kind = caller.arrival.kind
        found = self._members.get(kind)
        if found is None:
            found = []
            for agent in hall.agents:
                level = min(
                    (agent.desk.skills.get(skill, 0) for skill in caller.asks.steps[0].need),
                    default=HIGHEST_LEVEL,
                )
                if level:
                    found.append((HIGHEST_LEVEL - level if self._set.penalties else 0, agent))
            self._members[kind] = found
        return found

    def _choose(self, caller: Caller, free: list[tuple[int, Agent]]) -> tuple[Agent, ...]:
        if self._set.strategy == "ringall":
            least = min(penalty for penalty, _ in free)
            return tuple(agent for penalty, agent in free if penalty == least)
        if self._set.strategy == "rrmemory":
            at = self._next_of.get(caller.arrival.kind, 0)
            chosen = min(free, key=lambda m: (m[0], m[1].number < at, m[1].number))[1]
            self._next_of[caller.arrival.kind] = chosen.number + 1
        elif self._set.strategy == "fewestcalls":
            chosen = min(free, key=lambda m: (m[0], m[1].contacts, m[1].number))[1]
        else:
            chosen = min(free, key=lambda m: (m[0], m[1].idle_since_s, m[1].number))[1]
        return (chosen,)
