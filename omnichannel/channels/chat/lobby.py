"""The visitors whose pages are open now, in this process: woken when there is something new, told who types."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

Place = tuple[UUID, str]  # endpoint, visitor

SOCKETS_OF_ONE = 12
SOCKETS = 10_000


class TooManyPages(Exception):
    """One visitor, or all of them, have too many pages open."""


class Page:
    """One open page. `wake` is set when there is something to look at; `typing` is who types, once."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.typing: str | None = None
        self.is_closing = False


class Lobby:
    def __init__(self) -> None:
        self._pages: dict[Place, set[Page]] = {}
        self._count = 0

    @contextmanager
    def page(self, endpoint: UUID, visitor: str) -> Iterator[Page]:
        """Raises TooManyPages."""
        pages = self._pages.setdefault((endpoint, visitor), set())
        if len(pages) >= SOCKETS_OF_ONE or self._count >= SOCKETS:
            raise TooManyPages
        page = Page()
        pages.add(page)
        self._count += 1
        try:
            yield page
        finally:
            self._count -= 1
            pages.discard(page)
            if not pages:
                self._pages.pop((endpoint, visitor), None)

    def wake(self, endpoint: UUID, visitor: str) -> None:
        for page in self._pages.get((endpoint, visitor), ()):
            page.wake.set()

    def type(self, places: Iterable[Place], who: str) -> None:
        for place in places:
            for page in self._pages.get(place, ()):
                page.typing = who
                page.wake.set()

    def is_here(self, endpoint: UUID, visitor: str) -> bool:
        return (endpoint, visitor) in self._pages

    def close(self) -> None:
        """The server ends: every page is told, and comes back to the next one."""
        for pages in self._pages.values():
            for page in pages:
                page.is_closing = True
                page.wake.set()
