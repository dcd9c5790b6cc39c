"""The control process's end of the media engine: its legs spread over worker processes."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from types import TracebackType
from typing import Final, Self

from telephony.errors import EngineLost, NoPorts
from telephony.media import messages
from telephony.media.pace import PaceBook
from telephony.media.worker_process import WorkerProcess

LEG_PORTS: Final = 2  # RTP and RTCP


class MediaEngine:
    """`workers` processes, each with a share of `ports` (inclusive), as if they were one.

    A leg goes to the worker with the fewest, or to that of the leg it is to be bridged with: two legs can
    only hear each other within one worker. `on_event` is called in the loop for every event but the answers
    to `open` and `report`. `on_lost` gets the legs that ended with a crashed worker; the others' go on, new
    ones are taken by them at once and by its replacement within a second.
    """

    def __init__(
        self,
        *,
        ports: tuple[int, int],
        on_event: Callable[[messages.Event], None],
        on_lost: Callable[[frozenset[str]], None],
        workers: int = 1,
    ) -> None:
        self._on_event = on_event
        self._on_lost = on_lost
        self._homes: dict[str, WorkerProcess] = {}
        self._stack = AsyncExitStack()
        self._workers = [
            WorkerProcess(ports=share, on_event=partial(self._take, number), on_lost=self._lose)
            for number, share in enumerate(shares(ports, workers))
        ]

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Process ids of the workers, in a fixed order; None for one that is being replaced."""
        return tuple(worker.pid for worker in self._workers)

    @property
    def loads(self) -> tuple[int | None, ...]:
        """Legs in each worker, in the order of `pids`; None for one that is being replaced."""
        return tuple(worker.load if worker.is_up else None for worker in self._workers)

    @property
    def paces(self) -> tuple[PaceBook, ...]:
        """How late each worker's ticks come, in the order of `pids`."""
        return tuple(worker.pace for worker in self._workers)

    @property
    def pid(self) -> int | None:
        """Process id of the first worker."""
        return self._workers[0].pid

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as started:
            for worker in self._workers:
                await started.enter_async_context(worker)
            self._stack = started.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The workers close their legs and recordings and end."""
        await self._stack.__aexit__(kind, error, trace)

    def send(self, command: messages.Command) -> None:
        """Hand a command to the worker that has its leg; for a leg that is no more it is dropped.

        A bridge of legs of two workers, or a leg that is to hear one of another, is answered with Refused.
        """
        if isinstance(command, messages.Open):
            self._place(command.leg, self._choose(command.leg)).send(command)
        elif isinstance(command, messages.Hear):
            self._send_for_some(command)
        elif isinstance(command, messages.Bridge | messages.Unbridge):
            self._send_for_two(command)
        elif (home := self._homes.get(command.leg)) is not None:
            home.send(command)

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        """A new leg's RTP port on `host`, in the worker of the leg `near`. Raises NoPorts, EngineLost."""
        beside = self._homes.get(near) if near is not None else None
        candidates = [beside] if beside is not None else self._by_load()
        if not candidates:
            raise EngineLost
        refusal = NoPorts()
        for worker in candidates:
            self._place(leg, worker)
            try:
                return await worker.open(leg, host)
            except NoPorts as exc:
                refusal = exc
                self._homes.pop(leg, None)
            except EngineLost:
                if not worker.is_up:  # one that only was too slow may have it yet, and is to close it
                    self._homes.pop(leg, None)
                raise
        raise refusal

    async def report(self, leg: str) -> messages.Stats:
        """How a leg's media fares now (messages.Closed.stats). Raises EngineLost when it is gone."""
        home = self._homes.get(leg)
        if home is None:
            raise EngineLost
        return await home.report(leg)

    # --- which worker ---

    def _by_load(self) -> list[WorkerProcess]:
        """The workers that are up, the least loaded first."""
        return sorted((worker for worker in self._workers if worker.is_up), key=lambda worker: worker.load)

    def _choose(self, leg: str) -> WorkerProcess:
        return self._homes.get(leg) or next(iter(self._by_load()), self._workers[0])

    def _place(self, leg: str, worker: WorkerProcess) -> WorkerProcess:
        self._homes[leg] = worker
        return worker

    def _send_for_two(self, command: messages.Bridge | messages.Unbridge) -> None:
        a, b = self._homes.get(command.a), self._homes.get(command.b)
        if a is not None and b is not None and a is not b:
            if isinstance(command, messages.Bridge):
                self._on_event(messages.Refused(command.a, "Bridge", "the legs are in two workers"))
        elif (home := a or b) is not None:
            home.send(command)

    def _send_for_some(self, command: messages.Hear) -> None:
        home = self._homes.get(command.leg)
        if home is not None and any(self._homes.get(leg, home) is not home for leg in command.sources):
            self._on_event(messages.Refused(command.leg, "Hear", "the legs are in two workers"))
        elif home is not None:
            home.send(command)

    # --- what the workers tell ---

    def _take(self, number: int, event: messages.Event) -> None:
        if isinstance(event, messages.Closed) and self._homes.get(event.leg) is self._workers[number]:
            del self._homes[event.leg]
        self._on_event(event)

    def _lose(self, legs: frozenset[str]) -> None:
        for leg in legs:
            self._homes.pop(leg, None)
        self._on_lost(legs)


def shares(ports: tuple[int, int], workers: int) -> list[tuple[int, int]]:
    """`ports` (inclusive) cut into ranges of whole pairs, as equal as can be; no more ranges than pairs."""
    first = ports[0] + ports[0] % LEG_PORTS
    pairs = max(0, (ports[1] + 1 - first) // LEG_PORTS)
    count = max(1, min(workers, pairs))
    edges = [first + LEG_PORTS * (pairs * number // count) for number in range(count + 1)]
    return [(start, stop - 1) for start, stop in pairwise(edges)]
