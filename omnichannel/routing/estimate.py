"""How long a caller will wait: an estimate from what was measured, and whether it may be said. Pure.

The wait of whoever has `ahead` callers before him is the time of `ahead + 1` departures: an Erlang distribution. How long
one takes is measured by those who had to wait lately: their waits over the places they came to. So it holds whatever
share of the agents' time other queues take, and for those before him who give up. Percentiles by Wilson and Hilferty's
cube root (1931).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

STEPS_S: Final = (60.0, 120.0, 180.0, 300.0, 600.0, 900.0)
WIDEST: Final = 2.0  # a range wider than that says nothing
LEAST_SERVED: Final = 5  # fewer contacts than that are no measurement
WAITED_S: Final = 10.0  # who was served sooner stood in no line
_Z: Final = {50: 0.0, 75: 0.6744898, 90: 1.2815516}


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of those of a queue who were served lately and had waited WAITED_S or more.

    `turn_s`: seconds a place took, times the agents who could serve it: their waits over their places for each agent.
    """

    served: int = 0
    turn_s: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Percentiles of the wait still ahead, in seconds."""

    p50: float
    p75: float
    p90: float


def expect(ahead: int, agents: int, pace: Pace) -> Wait | None:
    """The wait of somebody with `ahead` before him, served by `agents`; None where nobody can honestly say."""
    if agents <= 0 or pace.served < LEAST_SERVED or not pace.turn_s:
        return None
    one_s = pace.turn_s / agents
    return Wait(*(one_s * _percentile(ahead + 1, _Z[part]) for part in (50, 75, 90)))


def _percentile(shape: int, z: float) -> float:
    ninth = 1 / (9 * shape)
    return float(shape * max(0.0, 1 - ninth + z * sqrt(ninth)) ** 3)


def to_tell(wait: Wait | None, told_s: float | None) -> float | None:
    """What is said of it: the 75th percentile, rounded up to minutes people know.

    None: the range is too wide, longer than the longest step, or by now more than was said before (the pace fell, or the
    caller was moved to a slower queue): nobody is told less than is expected, and nobody that it grew.
    """
    if wait is None or wait.p90 >= WIDEST * wait.p50:
        return None
    rounded = next((step for step in STEPS_S if wait.p75 <= step), None)
    if rounded is None:
        return None
    return rounded if told_s is None or rounded <= told_s else None
