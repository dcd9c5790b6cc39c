"""The dispatch rules of Asterisk's app_queue, re-implemented as a way of routing of the simulator.

Each class is a queue of its own. Every caller looks for himself, once a second: it is his turn when no more callers
stand before him in his queue than agents are free to it (autofill). He rings the free agent with the least penalty
the rules let him have by now, among those by the strategy. Nothing orders callers of different queues: whoever looks
first after an agent became free has him. The wait for that moment, up to a second, is left out in its favour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
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
    """One day; keeps the round-robin memory and who looks again only later."""

    def __init__(self, settings: AppQueueSettings) -> None:
        self._set = settings
        self._next_of: dict[int, int] = {}
        self._members: dict[int, list[tuple[int, Agent]]] = {}
        self._not_before_s: dict[int, float] = {}

    def look(self, hall: Hall, now: float) -> list[Ring]:
        """Of those who could have an agent now, each in the order of his next moment to look."""
        rings: list[Ring] = []
        given: set[int] = set()
        rung = dict.fromkeys(range(len(hall.lines)), 0)
        for _, number, place, caller in sorted(self._due(hall, now)):
            free = [m for m in self._free(hall, caller, now) if m[1].number not in given]
            if free and place < len(free) + rung[caller.arrival.kind]:
                chosen = self._choose(caller, free)
                given.update(one.number for one in chosen)
                rung[caller.arrival.kind] += 1
                self._not_before_s.pop(number, None)
                rings.append(Ring(caller, chosen))
        return rings

    def next_look_s(self, hall: Hall, now: float) -> float | None:
        """The next caller whose penalty limit rises, or who may look again."""
        soonest: float | None = None
        for _, caller in self._heads(hall):
            rises_s = caller.at_s + self._set.penalty_rises_after_s
            for at in (rises_s, self._not_before_s.get(caller.number, 0.0)):
                if at > now and (soonest is None or at < soonest):
                    soonest = at
        return soonest

    def after_miss_s(self, caller: Caller, agent: Agent, now: float) -> float | None:
        self._not_before_s[caller.number] = now + self._set.retry_s
        return None if self._set.pauses else 0.0

    def _due(self, hall: Hall, now: float) -> list[tuple[float, int, int, Caller]]:
        return [
            (_moment(caller, now), caller.number, place, caller)
            for place, caller in self._heads(hall)
            if self._not_before_s.get(caller.number, 0.0) <= now
        ]

    def _heads(self, hall: Hall) -> Iterator[tuple[int, Caller]]:
        """The callers before whom no more stand in their queue than agents are ready to it, with their place."""
        for ready, line in zip(hall.ready_for, hall.lines, strict=True):
            yield from enumerate(islice(line.values(), ready))

    def _free(self, hall: Hall, caller: Caller, now: float) -> list[tuple[int, Agent]]:
        settings = self._set
        limit = HIGHEST_LEVEL
        if settings.penalties and now < caller.at_s + settings.penalty_rises_after_s:
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


def _moment(caller: Caller, now: float) -> float:
    """Each caller counts his seconds from his own arrival."""
    return caller.at_s + POLL_S * ceil((now - caller.at_s) / POLL_S - 1e-9)
