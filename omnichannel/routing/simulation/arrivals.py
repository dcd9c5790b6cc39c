"""Draws a day: a Gamma-mixed Poisson process over a day's shape, log-normal or exponential work, exponential patience.

Calls to a call centre vary more than a Poisson process, by the day and by the quarter of an hour: the rate of each
slot is multiplied by one Gamma variable of the day and one of the slot, both with mean 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from random import Random
from typing import Final

from omnichannel.routing.simulation.scenario import Arrival, Centre, ContactClass, Day, Desk

SLOT_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How arrivals lie over the day. `profile`: one weight per slot of 15 minutes, any scale.

    `day_cv`: standard deviation of a day's total over its mean; `slot_cv`: of a slot's rate over what the profile
    says, beside Poisson's own noise.
    """

    profile: Sequence[float]
    day_cv: float = 0.0
    slot_cv: float = 0.0


FLAT: Final = Shape((1.0,))


def draw_day(centre: Centre, per_hour: float, length_s: float, seed: str, shape: Shape = FLAT) -> Day:
    """A day with `per_hour` arrivals on average. Each part has a random stream of its own, so they don't shift."""
    times = _times(Random(f"{seed}/times"), per_hour / 3600, length_s, shape)  # noqa: S311
    shares = [one.share for one in centre.classes]
    kinds = Random(f"{seed}/kinds").choices(range(len(shares)), shares, k=len(times))  # noqa: S311
    return day_of(centre, list(zip(times, kinds, strict=True)), length_s, seed)


def day_of(centre: Centre, moments: Sequence[tuple[float, int]], length_s: float, seed: str) -> Day:
    """A day whose contacts come at these moments, [(seconds, index of the class)]; the rest is drawn."""
    draw = Random(f"{seed}/contacts")  # noqa: S311
    arrivals = [_arrival(draw, at, kind, centre.classes[kind]) for at, kind in moments]
    absences = [
        _absences(Random(f"{seed}/desk {n}"), desk, length_s)  # noqa: S311
        for n, desk in enumerate(centre.desks)
    ]
    return Day(arrivals, absences, length_s, len(arrivals) / length_s)


def _times(random: Random, per_s: float, length_s: float, shape: Shape) -> list[float]:
    of_day = _gamma(random, shape.day_cv)
    slot_s = SLOT_S if len(shape.profile) > 1 or shape.slot_cv else length_s
    slots = int(-(-length_s // slot_s))
    mean = sum(shape.profile[number % len(shape.profile)] for number in range(slots)) / slots or 1.0
    times: list[float] = []
    for number in range(slots):
        start, end = number * slot_s, min((number + 1) * slot_s, length_s)
        weight = shape.profile[number % len(shape.profile)] / mean
        rate = per_s * weight * of_day * _gamma(random, shape.slot_cv)
        at = start + random.expovariate(rate) if rate else end
        while at < end:
            times.append(at)
            at += random.expovariate(rate)
    return times


def _gamma(random: Random, cv: float) -> float:
    return random.gammavariate(1 / cv**2, cv**2) if cv else 1.0


def _arrival(random: Random, at: float, kind: int, one: ContactClass) -> Arrival:
    """Always the same number of draws, so that a change of one class leaves the others as they are."""
    normal, uniform, patience = random.gauss(0.0, 1.0), random.random(), random.expovariate(1.0)
    if one.service_cv is None:
        service = -log(1 - uniform) * one.service_s
    else:
        sigma2 = log(1 + one.service_cv**2)
        service = one.service_s * pow(2.718281828459045, sqrt(sigma2) * normal - sigma2 / 2)
    return Arrival(at, kind, None if one.patience_s is None else patience * one.patience_s, service)


def _absences(random: Random, desk: Desk, length_s: float) -> Sequence[tuple[float, float]]:
    if desk.leaves_every_s is None:
        return ()
    found: list[tuple[float, float]] = []
    at = random.expovariate(1 / desk.leaves_every_s)
    while at < length_s:
        back = at + random.expovariate(1 / desk.leaves_for_s)
        found.append((at, back))
        at = back + random.expovariate(1 / desk.leaves_every_s)
    return found
