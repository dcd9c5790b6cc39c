"""Slows down password guessing. Pure: the caller owns the clock."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE_FAILURES_PAIR: Final = 5
FREE_FAILURES_ADDRESS: Final = 50
LONGEST_PAUSE_S: Final = 300.0
FORGET_AFTER: Final = timedelta(minutes=30)
MOST_KEYS: Final = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


class LoginThrottle:
    """Counts failures per address and login, and per address alone.

    After the free ones each failure doubles the pause, 1 s up to LONGEST_PAUSE_S; success clears the
    pair. Forgets the oldest beyond MOST_KEYS, so a flood cannot fill the memory.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def pause_s(self, address: str, login: str, now: datetime) -> float:
        """Seconds until this pair may try again; 0 when it may now."""
        return max(
            self._pause(_pair(address, login), FREE_FAILURES_PAIR, now),
            self._pause(address, FREE_FAILURES_ADDRESS, now),
        )

    def failed(self, address: str, login: str, now: datetime) -> None:
        for key in (_pair(address, login), address):
            known = self._failures.pop(key, None)
            fresh = known is None or now - known.last > FORGET_AFTER
            self._failures[key] = _Failures(1 if fresh or known is None else known.count + 1, now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, login: str) -> None:
        self._failures.pop(_pair(address, login), None)

    def _pause(self, key: str, free: int, now: datetime) -> float:
        known = self._failures.get(key)
        if known is None or known.count < free:
            return 0.0
        pause = min(2.0 ** min(known.count - free, 20), LONGEST_PAUSE_S)
        return max(0.0, pause - (now - known.last).total_seconds())


def _pair(address: str, login: str) -> str:
    return f"{address}\n{login.casefold()}"
