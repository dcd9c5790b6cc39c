"""The rows of the table that simulation answers, each with its pass mark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.routing.trials import Cell, Days
from benchmarks.routing.ways import DEFAULTS, OURS, TUNED
from omnichannel.routing.simulation.figures import Interval, interval, paired


@dataclass(frozen=True, slots=True)
class Row:
    """`mark`: whether a mean, and its difference to the best, pass at a load. `is_high`: more is better."""

    number: str
    title: str
    key: str
    is_high: bool
    says: str
    mark: Callable[[float, float, float], bool | None]  # (ours, ours - best, load) -> None: no mark here


@dataclass(frozen=True, slots=True)
class Verdict:
    row: Row
    cell: Cell
    ours: Interval
    best: str
    theirs: float
    difference: Interval
    passes: bool | None


ROWS: Final[Sequence[Row]] = (
    Row("1", "service level, all", "service_level", True, ">= best - 0.5", lambda _o, d, _l: d >= -0.5),
    Row("1b", "service level, all", "service_level", True, ">= best + 2 up to 0.85",
        lambda _o, d, load: d >= 2 if load <= 0.85 else None),
    Row("2", "worst class's service level", "worst_class", True, ">= best + 5 up to 0.92",
        lambda _o, d, load: d >= 5 if load <= 0.92 else None),
    Row("3a", "ASA s", "asa", False, "no mark", lambda _o, _d, _l: None),
    Row("3b", "median wait s", "p50", False, "no mark", lambda _o, _d, _l: None),
    Row("3c", "p95 wait s", "p95", False, "<= best", lambda _o, d, _l: d <= 0),
    Row("3d", "longest wait s", "longest", False, "no mark", lambda _o, _d, _l: None),
    Row("4", "abandoned %", "abandoned", False, "<= best", lambda _o, d, _l: d <= 0),
    Row("5a", "mean level used", "level", True, ">= best - 0.05", lambda _o, d, _l: d >= -0.05),
    Row("5b", "at required level %", "at_level", True, "no mark", lambda _o, _d, _l: None),
    Row("6a", "Gini of work among alike", "gini", False, "<= best + 0.02", lambda _o, d, _l: d <= 0.02),
    Row("6b", "max - min occupancy, points", "spread", False, "no mark", lambda _o, _d, _l: None),
    Row("7", "answered out of turn %", "overtaken", False, "0", lambda ours, _d, _l: ours == 0),
    Row("8", "starved (> 3 x p95)", "starved", False, "0", lambda ours, _d, _l: ours == 0),
    Row("9a", "extra wait by a missed ring s", "in_vain_s", False, "<= 16", lambda ours, _d, _l: ours <= 16),
    Row("9b", "rings to an empty desk a day", "in_vain", False, "no mark", lambda _o, _d, _l: None),
)  # fmt: skip


def judge(cell: Cell, days: Days) -> list[Verdict]:
    return [_verdict(row, cell, days) for row in ROWS] + _fewer_rings(cell, days)


def _verdict(row: Row, cell: Cell, days: Days) -> Verdict:
    """Against the best of the tuned set-ups in this very figure, which is not always the same one."""
    means = {way: interval([day[row.key] for day in days[way]]).mean for way in TUNED}
    best = (max if row.is_high else min)(means, key=lambda way: means[way])
    return _against(row, cell, days, best)


def _against(row: Row, cell: Cell, days: Days, other: str) -> Verdict:
    ours = interval([day[row.key] for day in days[OURS]])
    difference = paired(days[OURS], days[other], row.key)
    theirs = ours.mean - difference.mean
    return Verdict(
        row, cell, ours, other, theirs, difference, row.mark(ours.mean, difference.mean, cell.load)
    )


def _fewer_rings(cell: Cell, days: Days) -> list[Verdict]:
    """Against each as shipped: the tuned ones pause an agent after one miss as Threadline does."""
    row = Row(
        "9c", "rings to an empty desk a day", "in_vain", False, "-70 % of as shipped",
        lambda ours, d, _l: ours <= 0.3 * (ours - d),
    )  # fmt: skip
    return [_against(row, cell, days, way) for way in DEFAULTS]
