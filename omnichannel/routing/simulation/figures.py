"""What a simulated day amounts to, and intervals over many days. Shares are in percent, times in seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Final

from omnichannel.routing.simulation.engine import Outcome
from omnichannel.routing.simulation.hall import Agent, Caller
from omnichannel.routing.simulation.scenario import SHORT_ABANDON_S, Centre

# two-sided 95 % points of Student's t by degrees of freedom; beyond the last the normal one is near enough
T95: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and half the width of its 95 % interval; the half is 0 with a single value."""

    mean: float
    half: float

    def has(self, value: float) -> bool:
        return abs(value - self.mean) <= self.half


def interval(values: Sequence[float]) -> Interval:
    if len(values) < 2:
        return Interval(fmean(values) if values else 0.0, 0.0)
    freedom = len(values) - 1
    t = T95[freedom - 1] if freedom <= len(T95) else 1.96
    return Interval(fmean(values), t * stdev(values) / sqrt(len(values)))


def day_figures(centre: Centre, outcome: Outcome, warm_up_s: float, length_s: float) -> dict[str, float]:
    """Of contacts that came after the warm-up. Keys: `service_level`, `service_level:CLASS`, ... as below."""
    callers = [one for one in outcome.callers if warm_up_s <= one.at_s < length_s]
    found: dict[str, float] = {}
    for one in centre.classes:
        mine = [caller for caller in callers if caller.asks is one]
        found |= {f"{key}:{one.name}": value for key, value in _waits(mine).items()}
    found |= _waits(callers)
    found["worst_class"] = min(found[f"service_level:{one.name}"] for one in centre.classes)
    found |= _work(outcome, callers, length_s)
    return found


def _waits(callers: Sequence[Caller]) -> dict[str, float]:
    """Service level: answered in time / (offered - gave up within 5 s), each class by its own target."""
    answered = [one for one in callers if one.answered_s is not None]
    quick = sum(_gave_up_after(one) < SHORT_ABANDON_S for one in callers)
    counted = max(len(callers) - quick, 1)
    waits = sorted(_answer_wait(one) for one in answered)
    return {
        "offered": float(len(callers)),
        "service_level": 100 * sum(_in_time(one) for one in answered) / counted,
        "asa": fmean(waits) if waits else 0.0,
        "p50": _at(waits, 0.50),
        "p95": _at(waits, 0.95),
        "longest": waits[-1] if waits else 0.0,
        "abandoned": 100 * (len(callers) - len(answered) - quick) / counted,
        "mean_wait": fmean([_wait(one) for one in callers]) if callers else 0.0,
        "gave_up": 100 * (len(callers) - len(answered)) / max(len(callers), 1),
        "starved": float(_starved(callers, waits)),
    }


def _starved(callers: Sequence[Caller], waits: Sequence[float]) -> int:
    """Who waited more than three times what 95 of a hundred did, and more than three targets."""
    limit = 3 * max(_at(waits, 0.95), callers[0].asks.target_s if callers else 0.0)
    return sum(_wait(one) > limit for one in callers)


def _work(outcome: Outcome, callers: Sequence[Caller], length_s: float) -> dict[str, float]:
    answered = [one for one in callers if one.answered_s is not None]
    levels = [_level(one) for one in answered]
    at_level = sum(_is_at_level(one) for one in answered)
    groups = _alike(outcome.agents)
    rung = [one for one in callers if one.rang_in_vain_s > 0]
    end_s = max(outcome.end_s, 1.0)
    return {
        "occupancy": 100 * fmean([one.busy_s for one in outcome.agents]) / end_s,
        "level": fmean(levels) if levels else 0.0,
        "at_level": 100 * at_level / max(len(answered), 1),
        "gini": max(_gini([one.busy_s for one in group]) for group in groups),
        "spread": 100 * max(max(one.busy_s for one in g) - min(one.busy_s for one in g) for g in groups)
        / end_s,
        "overtaken": 100 * _overtaken(answered),
        "in_vain": sum(one.in_vain for one in outcome.agents) * 28_800 / length_s,
        "in_vain_s": fmean([one.rang_in_vain_s for one in rung]) if rung else 0.0,
    }  # fmt: skip


def _overtaken(answered: Sequence[Caller]) -> float:
    """The share answered after a later one of its class and priority, no phone having rung for it in vain."""
    over = 0
    for kind in {one.arrival.kind for one in answered}:
        first_after = float("inf")
        for one in sorted((c for c in answered if c.arrival.kind == kind), key=lambda c: -c.at_s):
            assert one.answered_s is not None
            over += one.answered_s > first_after and not one.rang_in_vain_s
            first_after = min(first_after, one.answered_s)
    return over / max(len(answered), 1)


def _alike(agents: Sequence[Agent]) -> Sequence[Sequence[Agent]]:
    """Agents of the same skills and levels."""
    groups: dict[frozenset[tuple[str, int]], list[Agent]] = {}
    for one in agents:
        groups.setdefault(frozenset(one.desk.skills.items()), []).append(one)
    return list(groups.values())


def _gini(values: Sequence[float]) -> float:
    total = sum(values)
    if not total:
        return 0.0
    ranked = sorted(values)
    return 2 * sum((n + 1) * value for n, value in enumerate(ranked)) / (len(ranked) * total) - (
        len(ranked) + 1
    ) / len(ranked)


def _in_time(one: Caller) -> bool:
    return one.answered_s is not None and one.answered_s - one.at_s <= one.asks.target_s


def _answer_wait(one: Caller) -> float:
    assert one.answered_s is not None
    return one.answered_s - one.at_s


def _wait(one: Caller) -> float:
    end = one.answered_s if one.answered_s is not None else one.left_s
    return 0.0 if end is None else end - one.at_s


def _gave_up_after(one: Caller) -> float:
    return float("inf") if one.left_s is None else one.left_s - one.at_s


def _level(one: Caller) -> float:
    assert one.agent is not None
    need = one.asks.steps[0].need
    return fmean([one.agent.desk.skills.get(skill, 0) for skill in need]) if need else 0.0


def _is_at_level(one: Caller) -> bool:
    assert one.agent is not None
    return all(one.agent.desk.skills.get(s, 0) >= level for s, level in one.asks.steps[0].need.items())


def _at(ranked: Sequence[float], share: float) -> float:
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else 0.0


def paired(ours: Sequence[Mapping[str, float]], theirs: Sequence[Mapping[str, float]], key: str) -> Interval:
    """The difference day by day: both had the same traffic."""
    return interval([mine[key] - other[key] for mine, other in zip(ours, theirs, strict=True)])
