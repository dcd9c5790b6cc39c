"""When waiting alone changes what is possible. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from omnichannel.routing.model import WaitingCall


class Soonest:
    """Gathers moments and keeps the first after `now`. Compares seconds and builds one date at the end."""

    __slots__ = ("_best", "_best_s", "_moment", "_now")

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._best_s = float("inf")
        self._best: tuple[datetime, float] | None = None
        self._moment: datetime | None = None

    def add(self, call: WaitingCall, waited_s: float, at_s: float) -> None:
        """A contact that has waited `waited_s` is to be looked at again once it has waited `at_s`."""
        if waited_s < at_s < waited_s + self._best_s:
            self._best_s = at_s - waited_s
            self._best = (call.entered_at, at_s)

    def add_moments(self, moments: Iterable[datetime]) -> None:
        for at in moments:
            if at > self._now and (self._moment is None or at < self._moment):
                self._moment = at

    def at(self) -> datetime | None:
        found = [] if self._best is None else [self._best[0] + timedelta(seconds=self._best[1])]
        if self._moment is not None:
            found.append(self._moment)
        return min(found, default=None)
