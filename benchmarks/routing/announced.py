"""Row 10: what callers were told of their wait, against what it was, replayed over simulated days.

Every caller who is answered after FIRST_S or more is told at FIRST_S and each EVERY_S from then on, by our estimate (as
the server makes it, of the last twenty minutes) and by app_queue's formula, |hold time + 30 s - waited| with the hold time
as its running mean of answered callers. Only times at which ours speaks are compared.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from benchmarks.routing.centres import CENTRES
from benchmarks.routing.trials import Cell
from omnichannel.routing.estimate import WAITED_S, Pace, expect, to_tell
from omnichannel.routing.needs import meets
from omnichannel.routing.simulation.arrivals import draw_day
from omnichannel.routing.simulation.day_shape import WORKING_HOURS
from omnichannel.routing.simulation.engine import Outcome, simulate
from omnichannel.routing.simulation.hall import Caller
from omnichannel.routing.simulation.scenario import Centre
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for
from omnichannel.routing.waits import MEASURED

FIRST_S: Final = 20.0
EVERY_S: Final = 60.0
MEASURED_S: Final = MEASURED.total_seconds()


@dataclass(frozen=True, slots=True)
class Told:
    """`left_s`: how long the caller still waited; `p75_s` before rounding, `announced_s` after it."""

    left_s: float
    p50_s: float
    p75_s: float
    announced_s: float | None
    by_app_queue_s: float
    grew: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """The answered callers of one class, in the order of their answers, and the hold time after each.

    `shares`: the places they came to, for each agent who could serve them.
    """

    callers: Sequence[Caller]
    shares: Sequence[float]
    at_s: Sequence[float]
    hold_s: Sequence[float]


def told_in(cell: Cell, seeds: int, hours: float) -> list[Told]:
    centre = CENTRES[cell.centre]
    per_hour = cell.load * len(centre.desks) / centre.service_s() * 3600
    found: list[Told] = []
    for seed in range(seeds):
        day = draw_day(centre, per_hour, hours * 3600, f"{cell.centre}/{cell.load}/{seed}", WORKING_HOURS)
        outcome = simulate(centre, day, ThreadlineRouter(centre, day, policy_for(centre)))
        for kind in range(len(centre.classes)):
            found += _of_class(centre, outcome, kind)
    return found


def summary(told: Sequence[Told]) -> list[float]:
    """Announcements, then MAE, bias, share within p75 (percent), our MAE over app_queue's, share that grew."""
    if not told:
        return [0.0] * 6
    ours = fmean([abs(one.p50_s - one.left_s) for one in told])
    theirs = fmean([abs(one.by_app_queue_s - one.left_s) for one in told])
    return [
        float(len(told)),
        ours,
        fmean([one.p50_s - one.left_s for one in told]),
        100 * fmean([float(one.left_s <= one.p75_s) for one in told]),
        ours / theirs,
        100 * fmean([float(one.grew) for one in told]),
    ]


def _of_class(centre: Centre, outcome: Outcome, kind: int) -> Iterator[Told]:
    mine = [one for one in outcome.callers if one.arrival.kind == kind]
    need = centre.classes[kind].steps[-1].need
    agents = sum(meets(desk.skills, need) for desk in centre.desks)
    answers = _answers(mine, agents)
    for one in answers.callers:
        assert one.answered_s is not None
        at, told_s = one.at_s + FIRST_S, None
        while at < one.answered_s:
            ahead = sum(other.at_s < one.at_s and _gone_at(other) > at for other in mine)
            wait = expect(ahead, agents, _pace(answers, at))
            if wait is not None:
                said = to_tell(wait, told_s)
                hold_s = answers.hold_s[bisect_right(answers.at_s, at) - 1]
                theirs = abs(hold_s + 30 - (at - one.at_s))
                grew = said is not None and told_s is not None and said > told_s
                yield Told(one.answered_s - at, wait.p50, wait.p75, said, theirs, grew)
                told_s = said if said is not None else told_s
            at += EVERY_S


def _answers(callers: Sequence[Caller], agents: int) -> Answers:
    gone = sorted(_gone_at(one) for one in callers)
    places = {
        one.number: before + 1 - bisect_right(gone, one.at_s)
        for before, one in enumerate(sorted(callers, key=lambda one: one.at_s))
    }
    answered = sorted(
        (one for one in callers if one.answered_s is not None), key=lambda one: one.answered_s or 0.0
    )
    hold, holds = 0.0, []
    for one in answered:
        hold = (3 * hold + (one.answered_s or 0.0) - one.at_s) / 4
        holds.append(hold)
    shares = [places[one.number] / agents for one in answered]
    return Answers(answered, shares, [one.answered_s or 0.0 for one in answered], holds)


def _pace(answers: Answers, now: float) -> Pace:
    first, last = bisect_right(answers.at_s, now - MEASURED_S), bisect_right(answers.at_s, now)
    served = [
        (waited_s, share)
        for one, share in zip(answers.callers[first:last], answers.shares[first:last], strict=True)
        if (waited_s := (one.answered_s or 0.0) - one.at_s) >= WAITED_S
    ]
    if not served:
        return Pace()
    return Pace(len(served), sum(one for one, _ in served) / sum(share for _, share in served))


def _gone_at(one: Caller) -> float:
    return one.answered_s if one.answered_s is not None else one.left_s or 0.0
