"""One statement for many callers: what arrives while a statement runs goes with the next one.

Nobody waits for company, unless told to: a caller who finds no statement under way starts one for himself. Under
load the database's own pace sets the size of the groups, and each costs one round trip and one commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")

LARGEST: Final = 100  # of one statement: a long one keeps the next group waiting
AT_ONCE: Final = 2  # statements under way: one is prepared while the commit of the other reaches the disk


@dataclass(slots=True)
class _Waiting(Generic[Asked, Told]):
    asked: Asked
    turn: "asyncio.Future[tuple[Told] | None]"  # None: it is up to the caller himself


class Gathered(Generic[Asked, Told]):
    """Calls `work` with many callers' questions; it answers in their order.

    A group that fails is taken apart and everybody asks for himself, so that one question's fault is not the
    others'. A caller who is cancelled takes nobody with him; what he asked may have been done all the same.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Awaitable[Sequence[Told]]],
        *,
        patience_s: float = 0.0,
        largest: int = LARGEST,
    ) -> None:
        """`patience_s`: how long a first one waits for company, where nobody is in a hurry."""
        self._work = work
        self._largest = largest
        self._patience_s = patience_s
        self._running = 0
        self._is_gathering = False
        self._waiting: deque[_Waiting[Asked, Told]] = deque()

    async def ask(self, asked: Asked) -> Told:
        """Raises what `work` raises for this question alone."""
        if self._running >= AT_ONCE or self._is_gathering:
            waiting = _Waiting[Asked, Told](asked, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            told = await self._wait(waiting)
            if told is not None:
                return told[0]
        if self._patience_s:
            await self._gather()
        self._running += 1
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._largest - 1))]
        try:
            return await self._lead(asked, group)
        finally:
            self._running -= 1
            self._next()

    async def _gather(self) -> None:
        self._is_gathering = True
        try:
            await asyncio.sleep(self._patience_s)
        except asyncio.CancelledError:
            self._is_gathering = False
            self._next()
            raise
        self._is_gathering = False

    async def _wait(self, waiting: _Waiting[Asked, Told]) -> tuple[Told] | None:
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.result() is None:
                self._next()  # the turn he was given is somebody else's
            raise

    async def _lead(self, asked: Asked, group: list[_Waiting[Asked, Told]]) -> Told:
        try:
            mine, *others = await self._work([asked, *(one.asked for one in group)])
        except BaseException as exc:
            for one in group:
                if not one.turn.done():
                    one.turn.set_result(None)
            if not group or not isinstance(exc, Exception):
                raise
            (mine,) = await self._work([asked])
            return mine
        for one, told in zip(group, others, strict=True):
            if not one.turn.done():
                one.turn.set_result((told,))
        return mine

    def _next(self) -> None:
        """Gives the turn to whoever waits longest."""
        while self._running < AT_ONCE and self._waiting:
            first = self._waiting.popleft()
            if not first.turn.done():
                first.turn.set_result(None)
                return
