"""A list that grows while a test waits for something to appear on it."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class EventLog(Generic[T]):
    """What a peer reported, in order. Waiting looks at what is there already and then at what comes.

    `take` consumes what it returns, so that the second CALL_ESTABLISHED is not the first one again;
    `find` does not. Both raise TimeoutError naming what was wanted and what came instead, and
    ConnectionError when the source has closed and it can't come any more.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: list[tuple[Callable[[T], bool], bool, asyncio.Future[T]]] = []
        self._untaken: list[T] = []
        self._closed: str | None = None
        self.all: list[T] = []

    def add(self, item: T) -> None:
        self.all.append(item)
        self._untaken.append(item)
        taken = False
        for entry in list(self._waiting):
            wanted, takes, future = entry
            if (takes and taken) or future.done() or not wanted(item):
                continue
            self._waiting.remove(entry)
            future.set_result(item)
            if takes:
                taken = True
                self._untaken.remove(item)

    def close(self, reason: str) -> None:
        """Nothing more will come: whoever waits is told so."""
        if self._closed is None:
            self._closed = reason
        for _, _, future in self._waiting:
            if not future.done():
                future.set_exception(ConnectionError(f"{self._name}: {reason}"))
        self._waiting.clear()

    def forget(self) -> None:
        """What came so far is taken: the next of anything is one to come."""
        self._untaken.clear()

    async def take(self, wanted: Callable[[T], bool], *, timeout_s: float, what: str) -> T:
        for item in self._untaken:
            if wanted(item):
                self._untaken.remove(item)
                return item
        return await self._wait(wanted, True, timeout_s, what)

    async def find(self, wanted: Callable[[T], bool], *, timeout_s: float, what: str) -> T:
        for item in self.all:
            if wanted(item):
                return item
        return await self._wait(wanted, False, timeout_s, what)

    async def _wait(self, wanted: Callable[[T], bool], takes: bool, timeout_s: float, what: str) -> T:
        if self._closed is not None:
            raise ConnectionError(f"{self._name}: no {what}; {self._closed}")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        entry = (wanted, takes, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError as exc:
            last = "\n  ".join(str(item) for item in self.all[-15:])
            raise TimeoutError(f"{self._name}: no {what} within {timeout_s} s; last:\n  {last}") from exc
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)
