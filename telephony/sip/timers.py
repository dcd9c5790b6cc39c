"""Deadlines as data: one first-in-first-out queue per duration, driven by one tick.

Equal durations expire in the order they were started, so starting and cancelling cost nothing but an
append and a flag, however many transactions are alive.
"""

from collections import deque
from collections.abc import Callable


class Timer:
    """A started deadline. A cancelled one lets go of what it would have called."""

    __slots__ = ("action", "deadline")

    def __init__(self, deadline: float, action: Callable[[], None]) -> None:
        self.deadline = deadline
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Timers:
    """The caller owns the clock: `now` is set by each tick, in seconds, and never goes back."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._queues: dict[float, deque[Timer]] = {}

    def start(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = Timer(self.now + seconds, action)
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = deque()
        queue.append(timer)
        return timer

    def tick(self, now: float) -> None:
        """Runs everything due at `now`, earliest first across the queues."""
        self.now = max(now, self.now)
        due: list[Timer] = []
        for seconds, queue in list(self._queues.items()):
            while queue and (queue[0].deadline <= now or queue[0].action is None):
                due.append(queue.popleft())
            if not queue:
                del self._queues[seconds]
        due.sort(key=lambda timer: timer.deadline)
        for timer in due:
            action, timer.action = timer.action, None
            if action is not None:
                action()

    def pending(self) -> int:
        """Deadlines still to come, cancelled ones not counted."""
        return sum(timer.action is not None for queue in self._queues.values() for timer in queue)
