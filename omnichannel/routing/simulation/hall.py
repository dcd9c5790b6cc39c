"""What a simulated centre knows of its contacts and agents at a moment, as its router sees it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from math import exp
from typing import Final, Protocol

from omnichannel.routing.needs import meets
from omnichannel.routing.simulation.scenario import SHORT_ABANDON_S, Arrival, Centre, ContactClass, Day, Desk

OCCUPANCY_OVER_S: Final = 900.0
MEASURED_S: Final = 1800.0


class At(Enum):
    """Where an agent is for the router; whether he sits at his desk it can't know."""

    READY = auto()
    OFFERED = auto()
    BUSY = auto()
    MISSED = auto()  # out of the pool until he says he is back, or for a while


@dataclass(slots=True, eq=False)
class Caller:
    """`missed` holds until when an agent is not to be asked again, by his number."""

    number: int
    arrival: Arrival
    asks: ContactClass
    ringing: "tuple[Agent, ...]" = ()
    answered_s: float | None = None
    left_s: float | None = None
    agent: "Agent | None" = None
    missed: dict[int, float] = field(default_factory=dict)
    attempts: int = 0
    rang_in_vain_s: float = 0.0
    passed_over: bool = False

    @property
    def at_s(self) -> float:
        return self.arrival.at_s


@dataclass(slots=True, eq=False)
class Agent:
    number: int
    desk: Desk
    at: At = At.READY
    is_absent: bool = False
    since_s: float = 0.0
    idle_since_s: float = 0.0
    busy_s: float = 0.0
    contacts: int = 0
    last_offer_s: float | None = None
    misses: int = 0  # one after the other
    in_vain: int = 0  # rings while nobody was at the desk
    caller: Caller | None = None


class Hall:
    """Everybody in the centre. `waiting` is by number of arrival, so in order of entry; ringing ones left it.

    `lines[kind]` are those of one class, `ready_for[kind]` how many ready agents meet any of its steps.
    """

    def __init__(self, centre: Centre, day: Day) -> None:
        self.centre = centre
        self.day = day
        self.waiting: dict[int, Caller] = {}
        self.lines: list[dict[int, Caller]] = [{} for _ in centre.classes]
        self.agents = [Agent(number, desk) for number, desk in enumerate(centre.desks)]
        self.changed = set(self.agents)  # since a router last forgot them
        self._fit = [
            [kind for kind, one in enumerate(centre.classes) if _is_ever_fit(desk, one)]
            for desk in centre.desks
        ]
        self.ready_for = [sum(kind in fit for fit in self._fit) for kind in range(len(centre.classes))]
        self.ready = len(self.agents)
        self.busy = 0
        self._occupancy = 0.0
        self._seen_s = 0.0
        self._ended: deque[tuple[float, int, bool]] = deque()
        self._in_time = [0 for _ in centre.classes]
        self._over = [0 for _ in centre.classes]

    @property
    def can_match(self) -> bool:
        """Somebody waits and somebody is ready who could ever have him: else no way of routing has a choice."""
        return any(map(_both, self.ready_for, self.lines))

    def enter(self, caller: Caller) -> None:
        """Who comes back from a phone that nobody answered has his place again."""
        for line in (self.waiting, self.lines[caller.arrival.kind]):
            is_last = not line or next(reversed(line)) < caller.number
            line[caller.number] = caller
            if not is_last:
                for number in sorted(line):
                    line[number] = line.pop(number)

    def leave(self, caller: Caller) -> None:
        """He waits no longer, or his agent's phone rings."""
        self.waiting.pop(caller.number, None)
        self.lines[caller.arrival.kind].pop(caller.number, None)

    def note_end(self, caller: Caller, now: float) -> None:
        """The caller has his agent, or gave up."""
        waited_s = now - caller.at_s
        if caller.answered_s is not None or waited_s >= SHORT_ABANDON_S:
            in_time = caller.answered_s is not None and waited_s <= caller.asks.target_s
            self._ended.append((now, caller.arrival.kind, in_time))
            self._in_time[caller.arrival.kind] += in_time
            self._over[caller.arrival.kind] += 1

    def ended(self, now: float) -> Mapping[str, tuple[int, int]]:
        """By class, of the last half hour: (answered in time, all whose waiting was over)."""
        while self._ended and self._ended[0][0] < now - MEASURED_S:
            _, kind, in_time = self._ended.popleft()
            self._in_time[kind] -= in_time
            self._over[kind] -= 1
        names = (one.name for one in self.centre.classes)
        return dict(zip(names, zip(self._in_time, self._over, strict=True), strict=True))

    def occupancy(self, now: float) -> float:
        """Of the last quarter of an hour, the recent counting more."""
        part = exp(-(now - self._seen_s) / OCCUPANCY_OVER_S)
        at_work = self.busy + self.ready
        self._occupancy = self._occupancy * part + (self.busy / at_work if at_work else 0.0) * (1 - part)
        self._seen_s = now
        return self._occupancy

    def move(self, agent: Agent, at: At, now: float) -> None:
        """One state after another, with what is counted by them."""
        self.occupancy(now)
        if agent.at in (At.OFFERED, At.BUSY):
            agent.busy_s += now - agent.since_s
            self.busy -= 1
        if agent.at is At.READY:
            self._count_ready(agent, -1)
        if at is At.READY and agent.at is not At.OFFERED:
            agent.idle_since_s = now
        agent.at, agent.since_s = at, now
        self.changed.add(agent)
        if at is At.READY:
            self._count_ready(agent, 1)
        self.busy += at in (At.OFFERED, At.BUSY)

    def _count_ready(self, agent: Agent, change: int) -> None:
        self.ready += change
        for kind in self._fit[agent.number]:
            self.ready_for[kind] += change


def _both(ready: int, line: dict[int, Caller]) -> bool:
    return bool(ready and line)


def _is_ever_fit(desk: Desk, asks: ContactClass) -> bool:
    return any(
        meets(desk.skills, step.need)
        and (not step.any_of or any(meets(desk.skills, choice) for choice in step.any_of))
        for step in asks.steps
    )


@dataclass(frozen=True, slots=True)
class Ring:
    """These agents' phones ring for this caller; the first to answer has him."""

    caller: Caller
    agents: tuple[Agent, ...]


class Router(Protocol):
    """A way of routing. Called after every change and at the moment it last asked for."""

    def look(self, hall: Hall, now: float) -> list[Ring]:
        """Whose phones are to ring now. Nobody twice; `hall` changes only afterwards."""
        ...

    def next_look_s(self, hall: Hall, now: float) -> float | None:
        """When to be called again if nothing happens until then."""
        ...

    def after_miss_s(self, caller: Caller, agent: Agent, now: float) -> float | None:
        """For how long an agent who did not answer is left alone; None: until he is back and says so."""
        ...
