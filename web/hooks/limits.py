"""How many requests one address may send to the doors of providers. Pure: the caller owns the clock.

Generous on purpose, for behind a proxy all providers are one address; it stops floods, not busy days.
"""

from collections import OrderedDict
from typing import Final

RATE: Final = 300.0  # a second
BURST: Final = 3_000.0
MOST_ADDRESSES: Final = 10_000


class HookLimits:
    """A token bucket per address; forgets the one silent longest beyond MOST_ADDRESSES."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, address: str, now: float) -> bool:
        """`now` in seconds of any clock that only runs forward."""
        left, last = self._buckets.pop(address, (BURST, now))
        left = min(BURST, left + (now - last) * RATE)
        is_admitted = left >= 1.0
        self._buckets[address] = (left - 1.0 if is_admitted else left, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return is_admitted
