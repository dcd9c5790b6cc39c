"""Runs every way of routing over the same days, on as many cores as there are."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.routing.centres import CENTRES, cross_trained
from benchmarks.routing.ways import BOUND, WAYS
from omnichannel.routing.simulation.arrivals import draw_day
from omnichannel.routing.simulation.day_shape import WORKING_HOURS
from omnichannel.routing.simulation.engine import simulate
from omnichannel.routing.simulation.figures import day_figures
from omnichannel.routing.simulation.scenario import Day
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for

WARM_UP_S = 1800.0
Days: TypeAlias = Mapping[str, Sequence[Mapping[str, float]]]  # way -> one set of figures per seed


@dataclass(frozen=True, slots=True)
class Cell:
    """One centre at one load: the work that comes, in agents, over the agents there are."""

    centre: str
    load: float


def run(cells: Sequence[Cell], seeds: int, hours: float, processes: int) -> Iterator[tuple[Cell, Days]]:
    """Cell by cell, as each is done."""
    with ProcessPoolExecutor(processes) as pool:
        for cell in cells:
            days = list(pool.map(one_day, [(cell, seed, hours) for seed in range(seeds)]))
            yield cell, {way: [day[way] for day in days] for way in days[0]}


def one_day(job: tuple[Cell, int, float]) -> dict[str, dict[str, float]]:
    """The same day under every way; its last half hour of arrivals is still served, its first not counted."""
    cell, seed, hours = job
    centre, length_s = CENTRES[cell.centre], hours * 3600
    per_hour = cell.load * len(centre.desks) / centre.service_s() * 3600
    day = draw_day(centre, per_hour, length_s, f"{cell.centre}/{cell.load}/{seed}", WORKING_HOURS)
    found = {
        name: day_figures(centre, simulate(centre, day, way(centre, day)), WARM_UP_S, length_s)
        for name, way in WAYS.items()
    }
    bound = cross_trained(centre)
    present = Day(day.arrivals, [() for _ in bound.desks], day.length_s, day.per_s)
    router = ThreadlineRouter(bound, present, policy_for(bound))
    found[BOUND] = day_figures(bound, simulate(bound, present, router), WARM_UP_S, length_s)
    return found
