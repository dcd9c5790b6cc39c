"""How much one visitor, and one address, may ask of the chat. Pure: the caller owns the clock.

Addresses get more than visitors: an office, or a proxy before us, is one address.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MOST_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, `per_s` from then on."""

    burst: float
    per_s: float


RATES: Final = {
    "look": Rate(60, 2),
    "look address": Rate(600, 60),
    "help": Rate(60, 2),
    "help address": Rate(600, 60),
    "say": Rate(20, 1),
    "say address": Rate(200, 20),
    "prove": Rate(5, 0.02),
    "prove address": Rate(20, 0.1),
    "code": Rate(10, 0.2),
    "code address": Rate(60, 2),
    "file": Rate(10, 0.2),
    "file address": Rate(60, 2),
}


class ChatLimits:
    """Forgets the ones silent longest beyond MOST_KEYS."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def pause_s(self, what: str, visitor: str, address: str, now: float) -> float:
        """Seconds until he may; 0: he may now, which is counted. `now` in seconds of a clock that runs forward."""
        wanted = [(what, visitor), (f"{what} address", address)]
        pauses = [self._pause(key, now) for key in wanted]
        if max(pauses) == 0:
            for key in wanted:
                self._take(key, now)
        return max(pauses)

    def _left(self, key: tuple[str, str], now: float) -> float:
        rate = RATES[key[0]]
        left, last = self._buckets.get(key, (rate.burst, now))
        return min(rate.burst, left + (now - last) * rate.per_s)

    def _pause(self, key: tuple[str, str], now: float) -> float:
        left = self._left(key, now)
        return 0.0 if left >= 1 else (1 - left) / RATES[key[0]].per_s

    def _take(self, key: tuple[str, str], now: float) -> None:
        self._buckets[key] = (self._left(key, now) - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
