"""When the next tick is due: a fixed grid, so that lateness never adds up, and no burst after a stall."""

from typing import Final

TICK_S: Final = 0.02


class Pacer:
    """Deadlines TICK_S apart from `start` on, in seconds of a steady clock."""

    __slots__ = ("_done", "_start")

    def __init__(self, start: float) -> None:
        self._start = start
        self._done = 0

    @property
    def deadline(self) -> float:
        return self._start + (self._done + 1) * TICK_S

    def begin_tick(self, now: float) -> int:
        """Enter the tick that is due at `now`; how many whole ticks before it were missed and are skipped."""
        missed = max(0, int((now - self.deadline) / TICK_S))
        self._done += 1 + missed
        return missed
