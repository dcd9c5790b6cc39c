"""How late the send ticks of a worker come, which is how far its packets are off their 20 ms. Pure.

Lateness is counted by bucket, so that workers and moments add up; percentiles are read back from the buckets.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

EDGES_MS: Final = (
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    7.5,
    10.0,
    15.0,
    20.0,
    50.0,
    100.0,
)
"""Upper edges of the buckets; one more bucket takes what is later than the last."""
LATE_MS: Final = 5.0  # what a phone's jitter buffer never notices
KEPT: Final = 60  # reports, one a second: percentiles are those of the last minute with calls
EDGES_S: Final = tuple(edge / 1000 for edge in EDGES_MS)


class Pace:
    """Ticks of one worker with legs in it, since it last told of them."""

    __slots__ = ("counts", "skipped", "sum_s", "worst_s")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.counts = [0] * (len(EDGES_MS) + 1)
        self.skipped = 0
        self.sum_s = 0.0
        self.worst_s = 0.0

    def tick(self, late_s: float, skipped: int) -> None:
        """A tick began `late_s` after it was due; `skipped` whole ones before it never came."""
        self.counts[bisect_left(EDGES_S, late_s)] += 1
        self.skipped += skipped
        self.sum_s += late_s
        self.worst_s = max(self.worst_s, late_s)


class PaceBook:
    """What a worker told of its pace so far, over every process that had its place."""

    def __init__(self) -> None:
        self.counts = [0] * (len(EDGES_MS) + 1)
        self.sum_s = 0.0
        self.skipped = 0
        self._recent: deque[tuple[list[int], float]] = deque(maxlen=KEPT)

    def add(self, counts: Sequence[int], sum_s: float, worst_s: float, skipped: int) -> None:
        self.counts = [one + more for one, more in zip(self.counts, counts, strict=True)]
        self.sum_s += sum_s
        self.skipped += skipped
        self._recent.append((list(counts), worst_s))

    @property
    def late(self) -> int:
        """Ticks more than LATE_MS late, and those that never came."""
        return sum(self.counts[EDGES_MS.index(LATE_MS) + 1 :]) + self.skipped

    def lately_ms(self) -> tuple[float, float, float] | None:
        """p50, p99 and the worst of the last minute with calls; None before there was one."""
        if not self._recent:
            return None
        counts = [sum(column) for column in zip(*(one for one, _ in self._recent), strict=True)]
        worst_ms = max(worst for _, worst in self._recent) * 1000
        return (
            round(percentile_ms(counts, 0.5, worst_ms), 2),
            round(percentile_ms(counts, 0.99, worst_ms), 2),
            round(worst_ms, 2),
        )


def percentile_ms(counts: Iterable[int], share: float, worst_ms: float) -> float:
    """The lateness that `share` of the ticks keep below, straight lines within buckets; never above the worst."""
    found = list(counts)
    wanted, below, lower = share * sum(found), 0, 0.0
    for count, upper in zip(found, (*EDGES_MS, worst_ms), strict=True):
        if count and below + count >= wanted:
            return min(worst_ms, lower + (upper - lower) * (wanted - below) / count)
        below, lower = below + count, upper
    return 0.0
