"""Who has which threads, looked up from both ends: news of a thread must not look through everybody. Pure."""

from collections.abc import Hashable, Set
from typing import Generic, TypeVar

from threadline.kernel.ids import ThreadId

WhoT = TypeVar("WhoT", bound=Hashable)


class Pairs(Generic[WhoT]):
    """A set of (who, thread)."""

    def __init__(self) -> None:
        self._threads: dict[WhoT, set[ThreadId]] = {}
        self._people: dict[ThreadId, set[WhoT]] = {}

    def add(self, who: WhoT, thread: ThreadId) -> None:
        self._threads.setdefault(who, set()).add(thread)
        self._people.setdefault(thread, set()).add(who)

    def replace(self, who: WhoT, threads: Set[ThreadId]) -> None:
        """He has these from now on, and no others."""
        for gone in self.threads(who) - threads:
            people = self._people[gone]
            people.discard(who)
            if not people:
                del self._people[gone]
        self._threads.pop(who, None)
        for thread in threads:
            self.add(who, thread)

    def threads(self, who: WhoT) -> Set[ThreadId]:
        return self._threads.get(who, frozenset())

    def people(self, thread: ThreadId) -> Set[WhoT]:
        return self._people.get(thread, frozenset())
