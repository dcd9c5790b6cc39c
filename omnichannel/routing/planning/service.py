"""Reads an admin's own set-up and predicts a day with it. The work is done in a process of its own."""

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from omnichannel.errors import NoSuchQueue
from omnichannel.routing.model import NeedStep, Policy, read_steps
from omnichannel.routing.planning.store import PlanningStore
from omnichannel.routing.rules import GAVE_UP
from omnichannel.routing.simulation.plan import PATIENCE_S, SERVICE_S, PlannedAgent, PlannedClass, Setup
from omnichannel.routing.store import RoutingStore
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Refused
from threadline.kernel.events import Json

MEASURED_OVER: Final = timedelta(days=14)
ENOUGH: Final = 20  # contacts, before a mean of them is believed
ANSWER_WITHIN_S: Final = 600.0
WORKER: Final = "omnichannel.routing.planning.worker"
ROOT: Final = Path(__file__).resolve().parents[3]


class NoPrediction(Refused):
    """The prediction could not be made; the server's memory may be short."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to predict. `day`: a real one, from its first contact's hour, of 24 hours; None: a synthetic one.

    A synthetic day has `contacts` by queue over `hours`. `service_s`: the mean talk and wrap-up of all, else as measured over a fortnight, else four minutes.
    `agents`: the logins of who is at work; None: every agent, and who else has a skill.
    """

    day: datetime | None = None
    contacts: Mapping[str, float] | None = None
    hours: float = 10.0
    service_s: float | None = None
    staffing: bool = True
    agents: frozenset[str] | None = None


class Planner:
    """One prediction at a time: they are slow, and nobody reads two at once."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._store = PlanningStore(pool)
        self._routing = RoutingStore(pool)
        self._clock = clock
        self._turn = asyncio.Lock()

    async def predict(self, wish: Wish) -> Json:
        """simulation.what_if's shape. Raises NoSuchQueue, and NoPrediction, also after ten minutes."""
        setup = await self.setup(wish)
        async with self._turn:
            return await _elsewhere(setup, staffing=wish.staffing)

    async def setup(self, wish: Wish) -> Setup:
        """The admin's own queues, skills and agents as a plan."""
        agents = [
            PlannedAgent(row["name"], row["skills"])
            for row in await self._store.planned_agents()
            if wish.agents is None or row["name"] in wish.agents
        ]
        policy = Policy(queues=await self._routing.queue_policies())
        classes, times, hours = await self._demand(wish)
        now = self._clock.now()
        handling = await self._store.handling(now - MEASURED_OVER, now)
        patience = await self._store.patience(now - MEASURED_OVER, now, GAVE_UP)
        classes = [_measured(one, wish, handling.get(one.queue), patience.get(one.queue)) for one in classes]
        by_number = {str(n): policy.of(one.queue) for n, one in enumerate(classes)}
        return Setup(classes, agents, hours, times, policy=replace(policy, queues=by_number))

    async def _demand(self, wish: Wish) -> tuple[list[PlannedClass], list[tuple[float, int]], float]:
        if wish.day is None:
            return await self._synthetic(wish), [], wish.hours
        until = wish.day + timedelta(hours=24)
        rows = await self._store.asked_classes(wish.day, until)
        number_of = {_asked(row): number for number, row in enumerate(rows)}
        classes = [_class(row, read_steps(row["need"], {}), row["contacts"]) for row in rows]
        moments = await self._store.moments(wish.day, until)
        times = [(row["at_s"], number_of[_asked(row)]) for row in moments if _asked(row) in number_of]
        if not times:
            return classes, [], 24.0
        first = times[0][0] // 3600 * 3600
        hours = max(1.0, -(-(times[-1][0] - first) // 3600))
        return classes, [(at - first, kind) for at, kind in times], hours

    async def _synthetic(self, wish: Wish) -> list[PlannedClass]:
        rows = {row["id"]: row for row in await self._store.queues()}
        wanted = wish.contacts or {}
        if not wanted.keys() <= rows.keys():
            raise NoSuchQueue
        return [
            _class(
                {**rows[queue], "queue": queue, "priority": 5}, (NeedStep(rows[queue]["need"], None),), count
            )
            for queue, count in wanted.items()
            if count > 0
        ]


def _asked(row: Mapping[str, Any]) -> str:
    return json.dumps([row["queue"], row["need"], row["hard"], row["priority"]], sort_keys=True)


def _class(row: Mapping[str, Any], steps: Sequence[NeedStep], contacts: float) -> PlannedClass:
    hard: Mapping[str, int] = row.get("hard") or {}
    kept = [
        replace(step, need={**step.need, **{s: max(level, step.need.get(s, 0)) for s, level in hard.items()}})
        for step in steps
    ]
    return PlannedClass(row["queue"], row["title"], kept, float(contacts), row["priority"], row["target_s"])


def _measured(
    one: PlannedClass, wish: Wish, handling: Mapping[str, Any] | None, patience: Mapping[str, Any] | None
) -> PlannedClass:
    """With the times of the last fortnight where there are enough of them."""
    service_s, cv, patience_s = SERVICE_S, one.service_cv, PATIENCE_S
    if handling is not None and handling["contacts"] >= ENOUGH and handling["mean_s"] > 0:
        service_s = handling["mean_s"]
        cv = max(0.1, min(3.0, handling["sd_s"] / service_s))
    if patience is not None and patience["gave_up"] >= ENOUGH:
        patience_s = max(10.0, patience["waited_s"] / patience["gave_up"])
    return replace(one, service_s=wish.service_s or service_s, service_cv=cv, patience_s=patience_s)


async def _elsewhere(setup: Setup, *, staffing: bool) -> Json:
    """In a process of its own, so that calls go on here; it is ended with the wait for it."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            written, _ = await worker.communicate(pickle.dumps((setup, staffing)))
    except TimeoutError:
        raise NoPrediction("It was not ready within ten minutes; ask for fewer contacts.") from None
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if worker.returncode:
        raise NoPrediction
    answer: Json = json.loads(written)
    return answer
