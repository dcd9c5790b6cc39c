"""What an admin's own set-up will do on a day: simulated with the real matcher, beside the textbook. Pure, slow.

Seconds of work for a large centre: callers run it outside the event loop.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from omnichannel.routing.needs import meets
from omnichannel.routing.simulation.arrivals import FLAT, Shape, day_of, draw_day
from omnichannel.routing.simulation.cautions import warnings_of
from omnichannel.routing.simulation.day_shape import DAY_CV, OPEN_SLOTS, SLOT_CV
from omnichannel.routing.simulation.engine import simulate
from omnichannel.routing.simulation.erlang import erlang_a
from omnichannel.routing.simulation.figures import Interval, day_figures, interval
from omnichannel.routing.simulation.plan import PlannedAgent, PlannedClass, Setup
from omnichannel.routing.simulation.scenario import Day
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for
from threadline.kernel.events import Json

CONTACTS_MAX: Final = 40_000  # simulated in all the days of one answer: some tens of seconds
DAYS: Final = (3, 10)
STAFFING: Final = (0.8, 0.9, 1.0, 1.1, 1.2, 1.35)
SHOWN: Final = ("service_level", "abandoned", "asa", "p95", "longest")


def what_if(setup: Setup, seed: str = "what-if", *, staffing: bool = True) -> Json:
    """The prediction, ready for a page:

    `basis`: {arrivals: "real" | "synthetic", contacts, hours, agents, days}, `days` being how many were simulated.
    `all`: FIGURES and `occupancy`; `cross_trained`: the same if everybody could do everything; `erlang_a`: TEXTBOOK of
    one pool of all agents. `classes`: [{queue, title, need, contacts, load, agents, FIGURES, occupancy, erlang_a}] with
    `need` the first step's, `load` in erlangs, `agents` how many are fit for the first step, `occupancy` theirs,
    `erlang_a` TEXTBOOK as if they did nothing else. `warnings`: [{kind, queue, class, text}], see `warnings_of`.
    `staffing`: [{agents, FIGURES, occupancy, erlang_a}] with fewer and more agents of the same mix.

    FIGURES are `service_level`, `abandoned` (percent), `asa`, `p95`, `longest` (seconds), each {mean, half}: mean and half
    of the 95 % interval. TEXTBOOK: {service_level, abandoned, occupancy} in percent. Shares are as on the wallboard:
    answered in time / (offered - gave up within 5 s).
    """
    if not setup.classes or not setup.agents:
        return _nothing(setup)
    days = _days(setup)
    present = _simulate(setup, seed, days)
    pooled = _simulate(setup.cross_trained(), seed, days)
    fits = [sum(is_fit(setup, kind, one) for one in setup.agents) for kind in range(len(setup.classes))]
    answer: Json = {
        "basis": {
            "arrivals": "real" if setup.times else "synthetic",
            "contacts": round(sum(one.contacts for one in setup.classes)),
            "hours": setup.hours,
            "agents": len(setup.agents),
            "days": days,
        },
        "all": _figures(present, ""),
        "cross_trained": _figures(pooled, ""),
        "erlang_a": _textbook(setup, setup.classes, len(setup.agents)),
        "classes": [_class(setup, number, present) for number in range(len(setup.classes))],
        "warnings": [*warnings_of(setup, present, pooled, fits)],
        "staffing": [_staffed(setup, size, seed, present) for size in _team_sizes(len(setup.agents))]
        if staffing
        else [],
    }
    return answer


def _nothing(setup: Setup) -> Json:
    return {
        "basis": {
            "arrivals": "real" if setup.times else "synthetic", "contacts": 0, "hours": setup.hours,
            "agents": len(setup.agents), "days": 0,
        },
        "all": None, "cross_trained": None, "erlang_a": None, "classes": [], "staffing": [],
        "warnings": [*warnings_of(setup, [], [], [])],
    }  # fmt: skip


def _days(setup: Setup) -> int:
    contacts = sum(one.contacts for one in setup.classes) or 1.0
    least, most = DAYS
    return max(least, min(most, int(CONTACTS_MAX / (contacts * (1 + len(STAFFING))))))


def _simulate(setup: Setup, seed: str, days: int) -> Sequence[Mapping[str, float]]:
    """Figures of each day: day_figures' keys with the class's number, `occupancy:NUMBER` of who is fit for it."""
    centre = setup.centre()
    found: list[Mapping[str, float]] = []
    for number in range(days):
        day = _day(setup, f"{seed}/{number}")
        outcome = simulate(centre, day, ThreadlineRouter(centre, day, policy_for(centre, setup.policy)))
        figures = day_figures(centre, outcome, 0.0, setup.hours * 3600)
        end_s = max(outcome.end_s, 1.0)
        shares = [100 * one.busy_s / end_s for one in outcome.agents]
        for kind in range(len(setup.classes)):
            fit = [
                share for share, agent in zip(shares, setup.agents, strict=True) if is_fit(setup, kind, agent)
            ]
            figures[f"occupancy:{kind}"] = sum(fit) / len(fit) if fit else 0.0
        found.append(figures)
    return found


def _day(setup: Setup, seed: str) -> Day:
    """A synthetic day; for a real one its own moments, with other patience and other work each time."""
    centre, length_s = setup.centre(), setup.hours * 3600
    if setup.times:
        return day_of(centre, setup.times, length_s, seed)
    per_hour = sum(one.contacts for one in setup.classes) / setup.hours
    return draw_day(centre, per_hour, length_s, seed, _shape(setup))


def _shape(setup: Setup) -> Shape:
    """The open hours of the day's shape, stretched over the hours planned."""
    if not setup.follows_shape:
        return FLAT
    slots = max(1, round(setup.hours * 4))
    return Shape([OPEN_SLOTS[at * len(OPEN_SLOTS) // slots] for at in range(slots)], DAY_CV, SLOT_CV)


def is_fit(setup: Setup, kind: int, agent: PlannedAgent) -> bool:
    """The agent meets the first step of the class."""
    first = setup.classes[kind].steps[0]
    return meets(agent.skills, first.need) and (
        not first.any_of or any(meets(agent.skills, choice) for choice in first.any_of)
    )


def _class(setup: Setup, number: int, days: Sequence[Mapping[str, float]]) -> Json:
    one = setup.classes[number]
    fit = sum(is_fit(setup, number, agent) for agent in setup.agents)
    return {
        "queue": one.queue,
        "title": one.title,
        "need": dict(one.steps[0].need),
        "contacts": round(one.contacts),
        "load": round(load_of(setup, one), 2),
        "agents": fit,
        **_figures(days, f":{number}"),
        "erlang_a": _textbook(setup, [one], fit),
    }


def load_of(setup: Setup, one: PlannedClass) -> float:
    """Erlangs, on average over the day."""
    return one.contacts * one.service_s / (setup.hours * 3600)


def _figures(days: Sequence[Mapping[str, float]], suffix: str) -> Json:
    return {key: _written(interval([day[key + suffix] for day in days])) for key in (*SHOWN, "occupancy")}


def _written(one: Interval) -> Json:
    return {"mean": round(one.mean, 1), "half": round(one.half, 1)}


def _textbook(setup: Setup, classes: Sequence[PlannedClass], agents: int) -> Json | None:
    """Erlang A of these classes taken together and as many agents; None with nobody or nothing."""
    contacts = sum(one.contacts for one in classes)
    if not agents or not contacts:
        return None
    service_s = sum(one.contacts * one.service_s for one in classes) / contacts
    patience_s = sum(one.contacts * one.patience_s for one in classes) / contacts
    target_s = sum(one.contacts * one.target_s for one in classes) / contacts
    book = erlang_a(contacts / setup.hours, service_s, agents, patience_s, target_s)
    return {
        "service_level": round(100 * book.in_time, 1),
        "abandoned": round(100 * book.gives_up, 1),
        "occupancy": round(100 * book.occupancy, 1),
    }


def _team_sizes(agents: int) -> list[int]:
    """Shares of the present team; of one too small for them, some people fewer and more."""
    sizes = {max(1, round(share * agents)) for share in STAFFING}
    return sorted(sizes if len(sizes) == len(STAFFING) else {max(1, agents + more) for more in range(-2, 4)})


def _staffed(setup: Setup, count: int, seed: str, present: Sequence[Mapping[str, float]]) -> Json:
    """Fewer or more agents on the same days: the mix stays, as evenly as whole people allow."""
    step = len(setup.agents) / count
    ranked = sorted(setup.agents, key=lambda one: (sorted(one.skills.items()), one.name))
    changed = setup.with_agents([ranked[int(at * step)] for at in range(count)])
    days = present if count == len(setup.agents) else _simulate(changed, seed, len(present))
    return {"agents": count, **_figures(days, ""), "erlang_a": _textbook(setup, setup.classes, count)}
