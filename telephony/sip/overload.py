"""Is there more to do than can be done in time? Then a new call is better refused at once than answered late.

Two queues tell: calls being set up, and packets not read yet. Pure; `now` is the loop's clock in seconds.
"""

from collections.abc import Hashable
from typing import Final

MAX_SETUPS: Final = 1_000  # at once: what the server takes in less than a second at its best
PATIENCE_S: Final = 2.0  # a set-up that takes longer is late: callers hear nothing meanwhile
FEW: Final = 10  # so many under way say nothing about the server: one may have its own trouble
MAX_WAIT_S: Final = 0.5  # T1: what is older than this has been sent a second time
GAP_S: Final = 0.25  # between two bursts; after a longer one the former says nothing any more


class Setups:
    """Calls from their INVITE until thread and media are found, in the order they came."""

    def __init__(self) -> None:
        self._began: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._began)

    def began(self, call: Hashable, now: float) -> None:
        self._began[call] = now

    def over(self, call: Hashable) -> None:
        """Found, or come to nothing; may be said twice."""
        self._began.pop(call, None)

    def oldest_s(self, now: float) -> float:
        """How long the first of them has waited."""
        return now - next(iter(self._began.values()), now)

    def are_behind(self, now: float) -> bool:
        return len(self._began) >= MAX_SETUPS or (len(self._began) >= FEW and self.oldest_s(now) > PATIENCE_S)


class Backlog:
    """How long the last packet of a burst had waited to be read, where more were left behind it."""

    def __init__(self) -> None:
        self._waited_s = 0.0
        self._at = 0.0

    def read_all(self) -> None:
        """There was nothing left."""
        self._waited_s = 0.0

    def read_some(self, now: float, waited_s: float) -> None:
        """A burst was read, its last packet after `waited_s`, and there may be more."""
        self._waited_s, self._at = waited_s, now

    def is_old(self, now: float) -> bool:
        return self._waited_s > MAX_WAIT_S and now - self._at <= GAP_S
