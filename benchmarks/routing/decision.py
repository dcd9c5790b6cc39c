"""What one decision costs: from scratch, as the server makes it, over a hall of agents and a crowd of contacts."""

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from omnichannel.routing.matcher import match
from omnichannel.routing.model import AgentNow, NeedStep, Policy, QueuePolicy, Traffic, WaitingCall
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SKILLS: Final = tuple(f"skill{number}" for number in range(12))
QUEUES: Final = tuple(f"queue{number}" for number in range(20))
POLICY: Final = Policy(
    queues={queue: QueuePolicy(target_s=20 + 5 * (n % 4)) for n, queue in enumerate(QUEUES)}
)
TRAFFIC: Final = Traffic(offered_load={skill: 10.0 + n for n, skill in enumerate(SKILLS)}, occupancy=0.85)


@dataclass(frozen=True, slots=True)
class Hall:
    """`ready`: the share of agents who are free. `unlike`: no two agents have the same skills and levels."""

    agents: int
    waiting: int
    ready: float
    unlike: bool = False

    @property
    def name(self) -> str:
        kinds = "no two alike" if self.unlike else "40 skill sets"
        return f"{self.agents} agents ({kinds}), {self.ready:.0%} ready, {self.waiting} waiting"


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of each pass: by the clock, and of the processor, which other work on the machine leaves alone."""

    wall: list[float]
    cpu: list[float]


def measure(hall: Hall, passes: int, seed: int = 1) -> Took:
    """Every pass has people and contacts of its own, as if just read from the database: what is alike is one object."""
    took = Took([], [])
    for number in range(passes):
        random = Random(f"{seed}/{number}/{hall}")
        agents, waiting = _agents(hall, random), _waiting(hall, random)
        gc.collect()
        before, worked = time.perf_counter(), time.thread_time()
        match(waiting, agents, NOON, POLICY, TRAFFIC)
        took.cpu.append((time.thread_time() - worked) * 1000)
        took.wall.append((time.perf_counter() - before) * 1000)
    return took


def _agents(hall: Hall, random: Random) -> Sequence[AgentNow]:
    sets = [_skills(random) for _ in range(40)]
    return [
        AgentNow(
            AgentId(UUID(int=number)),
            AgentState.READY if random.random() < hall.ready else AgentState.TALKING,
            NOON - timedelta(seconds=random.uniform(0, 600)),
            _skills(random) if hall.unlike else random.choice(sets),
            occupied_today=round(random.uniform(0.6, 0.9), 3),
        )
        for number in range(hall.agents)
    ]


def _skills(random: Random) -> dict[str, int]:
    return {skill: random.randint(1, 5) for skill in random.sample(SKILLS, random.randint(2, 5))}


def _waiting(hall: Hall, random: Random) -> Sequence[WaitingCall]:
    needs = [_need(number) for number in range(len(QUEUES))]
    return [_contact(number, hall, needs, random) for number in range(hall.waiting)]


def _need(queue: int) -> Sequence[NeedStep]:
    first, second = SKILLS[queue % 12], SKILLS[(queue * 5 + 3) % 12]
    return (
        NeedStep({first: 4, second: 3}, 20.0),
        NeedStep({first: 3, second: 2}, 40.0),
        NeedStep({first: 2}, None),
    )


def _contact(number: int, hall: Hall, needs: Sequence[Sequence[NeedStep]], random: Random) -> WaitingCall:
    queue = random.randrange(len(QUEUES))
    return WaitingCall(
        CallId(UUID(int=number)),
        QUEUES[queue],
        random.choice((3, 5, 5, 5, 5, 7)),
        NOON - timedelta(seconds=random.uniform(0, 120)),
        needs[queue],
        20.0,
        exclude={AgentId(UUID(int=random.randrange(hall.agents))): NOON + timedelta(seconds=30)}
        if random.random() < 0.02
        else {},
        max_wait_s=600.0,
    )
