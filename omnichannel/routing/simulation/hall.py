"""What a simulated centre knows of its contacts and agents at a moment, as its router sees it."""

from dataclasses import dataclass, field
from enum import Enum, auto
from math import exp
from typing import Final, Protocol

from omnichannel.routing.simulation.scenario import Arrival, Centre, ContactClass, Day, Desk

OCCUPANCY_OVER_S: Final = 900.0


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
    """Everybody in the centre. `waiting` is by number of arrival, so in order of entry; ringing ones left it."""

    def __init__(self, centre: Centre, day: Day) -> None:
        self.centre = centre
        self.day = day
        self.waiting: dict[int, Caller] = {}
        self.agents = [Agent(number, desk) for number, desk in enumerate(centre.desks)]
        self.ready = len(self.agents)
        self.busy = 0
        self._occupancy = 0.0
        self._seen_s = 0.0

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
        self.ready -= agent.at is At.READY
        if at is At.READY and agent.at is not At.OFFERED:
            agent.idle_since_s = now
        agent.at, agent.since_s = at, now
        self.ready += at is At.READY
        self.busy += at in (At.OFFERED, At.BUSY)


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
