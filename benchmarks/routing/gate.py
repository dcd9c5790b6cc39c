"""The simulator against Erlang A and C: it has to reproduce them before it may judge anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from omnichannel.routing.model import NeedStep
from omnichannel.routing.simulation.arrivals import draw_day
from omnichannel.routing.simulation.engine import Outcome, simulate
from omnichannel.routing.simulation.erlang import Queueing, erlang_a, erlang_c
from omnichannel.routing.simulation.figures import Interval, interval
from omnichannel.routing.simulation.scenario import Centre, ContactClass, Desk
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for

# contacts an hour, service s, agents, patience s
SETTINGS: Final[tuple[tuple[int, int, int, int | None], ...]] = (
    (375, 240, 28, None),
    (375, 240, 30, None),
    (100, 180, 8, None),
    (1200, 300, 108, None),
    (375, 240, 25, 180),
    (375, 240, 28, 180),
    (100, 180, 5, 120),
    (1200, 300, 100, 240),
)
HOURS: Final = 8.0
WARM_UP_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Compared:
    setting: tuple[int, int, int, int | None]
    what: str
    simulated: Interval
    textbook: float

    @property
    def is_within(self) -> bool:
        return self.simulated.has(self.textbook)


def gate(seeds: int, settings: tuple[tuple[int, int, int, int | None], ...] = SETTINGS) -> Iterator[Compared]:
    """Answered within 20 s, mean wait and share of those who give up, of all who came."""
    for setting in settings:
        per_hour, service_s, agents, patience_s = setting
        days = [_day(setting, seed) for seed in range(seeds)]
        book = _textbook(per_hour, service_s, agents, patience_s)
        yield Compared(setting, "in 20 s", interval([day[0] for day in days]), book.in_time)
        yield Compared(setting, "mean wait s", interval([day[1] for day in days]), book.mean_wait_s)
        if patience_s is not None:
            yield Compared(setting, "gives up", interval([day[2] for day in days]), book.gives_up)


def _textbook(per_hour: int, service_s: int, agents: int, patience_s: int | None) -> Queueing:
    if patience_s is None:
        return erlang_c(per_hour, service_s, agents)
    return erlang_a(per_hour, service_s, agents, patience_s)


def _day(setting: tuple[int, int, int, int | None], seed: int) -> tuple[float, float, float]:
    per_hour, service_s, agents, patience_s = setting
    kind = ContactClass(
        "all", 1.0, service_s, (NeedStep({"all": 1}, None),), patience_s, service_cv=None, max_wait_s=None
    )
    centre = Centre((kind,), [Desk(str(number), {"all": 1}) for number in range(agents)], {}, answer_s=0.0)
    day = draw_day(centre, per_hour, HOURS * 3600, f"{setting}/{seed}")
    return _of_all(simulate(centre, day, ThreadlineRouter(centre, day, policy_for(centre))))


def _of_all(outcome: Outcome) -> tuple[float, float, float]:
    callers = [one for one in outcome.callers if one.at_s >= WARM_UP_S]
    ends = [one.answered_s if one.answered_s is not None else one.left_s for one in callers]
    waits = [end - one.at_s for end, one in zip(ends, callers, strict=True) if end is not None]
    in_time = sum(one.answered_s is not None and one.answered_s - one.at_s <= 20 for one in callers)
    gave_up = sum(one.answered_s is None for one in callers)
    return in_time / len(callers), sum(waits) / len(callers), gave_up / len(callers)
