"""How long a caller will wait: an estimate from what was measured, and whether it may be said. Pure.

The wait of whoever has `ahead` callers before him is the time of `ahead + 1` departures of agents who each need
`handling_s` a contact: an Erlang distribution. Its mean is blended with what the last caller to be served waited, for
what the model does not know. Percentiles by Wilson and Hilferty's cube root (1931).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

STEPS_S: Final = (60.0, 120.0, 180.0, 300.0, 600.0, 900.0)
WIDEST: Final = 2.0  # a range wider than that says nothing
LEAST_SERVED: Final = 5  # fewer contacts than that are no measurement
_Z: Final = {50: 0.0, 75: 0.6744898, 90: 1.2815516}


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of a queue over the last half hour; None where it was not."""

    served: int = 0
    handling_s: float | None = None  # talk and wrap-up, mean
    last_wait_s: float | None = None  # of the last contact that was taken


@dataclass(frozen=True, slots=True)
class Wait:
    """Percentiles of the wait still ahead, in seconds."""

    p50: float
    p75: float
    p90: float


def expect(ahead: int, agents: int, pace: Pace) -> Wait | None:
    """The wait of somebody with `ahead` before him, served by `agents`; None where nobody can honestly say."""
    if agents <= 0 or pace.served < LEAST_SERVED or not pace.handling_s:
        return None
    count = ahead + 1
    mean = count * pace.handling_s / agents
    if pace.last_wait_s is not None:
        mean = (mean + pace.last_wait_s) / 2
    return Wait(*(mean / count * _percentile(count, _Z[part]) for part in (50, 75, 90)))


def _percentile(shape: int, z: float) -> float:
    ninth = 1 / (9 * shape)
    return float(shape * max(0.0, 1 - ninth + z * sqrt(ninth)) ** 3)


def to_tell(wait: Wait | None, told_s: float | None) -> float | None:
    """What is said of it: the 75th percentile, rounded up to minutes people know; never more than was said before.

    None: the range is too wide, or longer than the longest step.
    """
    if wait is None or wait.p90 >= WIDEST * wait.p50:
        return None
    rounded = next((step for step in STEPS_S if wait.p75 <= step), None)
    if rounded is None:
        return None
    return rounded if told_s is None else min(rounded, told_s)
