"""Background jobs, on pgqueuer: a row in the database, so a job outlives the process that took it.

A job taken by a process that died is taken again once its heartbeat is older than `heartbeat_s`. A handler
that raises is tried again after a growing pause; after the last attempt its `gave_up` is called.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import HealthCheckEvent, Job

from threadline.db.pool import Connection, Pool
from threadline.kernel.events import Json

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Json], Awaitable[None]]
GaveUp: TypeAlias = Callable[[Json, Exception], Awaitable[None]]

PROBE: Final = timedelta(seconds=10)
STOP_S: Final = 15.0
RESET_TIMEOUT_S: Final = 5.0
RECONNECT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Kind:
    handler: Handler
    gave_up: GaveUp | None
    attempts: int
    at_once: int
    every_s: float | None = None


class _PatientManager(QueueManager):
    """Asks the listener twice: pgqueuer sends its first probe before it listens, and a lost probe looks like a
    lost connection."""

    async def listener_healthy(self, timeout: timedelta = PROBE) -> HealthCheckEvent:
        try:
            return await super().listener_healthy(timeout)
        except FailingListenerError:
            return await super().listener_healthy(timeout)


class Jobs:
    """Register handlers, then `run()`. `enqueue` works without a running worker, in the caller's transaction."""

    def __init__(
        self, pool: Pool, *, heartbeat_s: float = 15.0, retry_s: float = 5.0, poll_s: float = 5.0
    ) -> None:
        """`poll_s`: how late a job that is due again may be noticed; new ones are noticed at once."""
        self._pool = pool
        self._heartbeat = timedelta(seconds=heartbeat_s)
        self._retry_s = retry_s
        self._poll = timedelta(seconds=poll_s)
        self._kinds: dict[str, _Kind] = {}
        self._open: set[asyncio.Timeout] = set()
        self._is_stopping = False
        self._manager: QueueManager | None = None

    def handle(
        self,
        kind: str,
        handler: Handler,
        *,
        attempts: int = 3,
        at_once: int = 1,
        gave_up: GaveUp | None = None,
    ) -> None:
        """`at_once` jobs of this kind run at a time, over all servers on the database."""
        self._kinds[kind] = _Kind(handler, gave_up, attempts, at_once)

    def every(self, kind: str, seconds: float, handler: Handler) -> None:
        """Runs `handler` again and again, `seconds` after it ended, one server at a time."""
        self._kinds[kind] = _Kind(handler, None, attempts=1, at_once=1, every_s=seconds)

    async def enqueue(
        self, link: Connection, kind: str, payload: Json, *, delay_s: float = 0, once: str | None = None
    ) -> None:
        """Queues a job in the transaction `link` is in. A second one with the same `once` key is dropped."""
        await Queries(AsyncpgDriver(link)).enqueue(  # type: ignore[arg-type]  # a pool's proxy is a connection
            kind,
            json.dumps(payload).encode(),
            execute_after=timedelta(seconds=delay_s),
            dedupe_key=once,
            on_conflict="skip",
        )

    async def sizes(self) -> dict[tuple[str, str], int]:
        """Jobs in the queue by kind and status (queued, picked ...)."""
        async with self._pool.acquire() as link:
            rows = await Queries(AsyncpgDriver(link)).queue_size()  # type: ignore[arg-type]  # as in enqueue
        sums: dict[tuple[str, str], int] = {}
        for row in rows:
            kind = (row.entrypoint, str(row.status))
            sums[kind] = sums.get(kind, 0) + row.count
        return sums

    async def run(self) -> None:
        """Works until cancelled; then running handlers are interrupted and their jobs queued again at once.

        A lost database connection is an incident, not an end: the worker comes back by itself.
        """
        while True:
            await self._work()
            await asyncio.sleep(RECONNECT_S)

    async def _work(self) -> None:
        """Returns when the worker failed; it never fails itself, so that a cancellation is never lost in a group."""
        self._is_stopping = False
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(self._manage(), name="job-worker")
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self._interrupt()
                with contextlib.suppress(TimeoutError):  # those that cling on are cancelled with the group
                    async with asyncio.timeout(STOP_S):
                        await asyncio.wait({working})
                raise

    async def _manage(self) -> None:
        """One connection for everything pgqueuer asks, taken and given back here: its own pool driver keeps the
        listening connection for ever when that breaks."""
        try:
            async with self._pool.acquire() as link:
                await self._start_repeating(link)
                self._manager = self._manager_on(link)
                try:
                    await self._manager.run(
                        dequeue_timeout=self._poll,
                        batch_size=1,
                        heartbeat_timeout=self._heartbeat,
                        shutdown_on_listener_failure=True,
                    )
                finally:
                    await _end_listening(link)
        except Exception as exc:  # noqa: BLE001  # the supervisor of jobs
            log.warning(
                "job worker lost its footing", extra={"error": type(exc).__name__, "pii.detail": str(exc)}
            )

    def _manager_on(self, link: Connection) -> QueueManager:
        manager = _PatientManager(Queries(AsyncpgDriver(link)))  # type: ignore[arg-type]  # see enqueue
        for name, kind in self._kinds.items():
            manager.entrypoint(name, concurrency_limit=kind.at_once, accepts_context=False)(self._entry(kind))
        return manager

    async def _start_repeating(self, link: Connection) -> None:
        for name, kind in self._kinds.items():
            if kind.every_s is not None:
                await self.enqueue(link, name, {}, once=f"every:{name}")

    def _interrupt(self) -> None:
        self._is_stopping = True
        if self._manager is not None:
            self._manager.shutdown.set()
        now = asyncio.get_running_loop().time()
        for scope in self._open:
            scope.reschedule(now)

    def _entry(self, kind: _Kind) -> Callable[[Job], Awaitable[None]]:
        async def entry(job: Job) -> None:
            payload: Json = json.loads(job.payload or b"{}")
            try:
                await self._interruptible(kind.handler, payload)
            except RetryRequested:
                raise
            except Exception as exc:  # noqa: BLE001  # the supervisor of jobs
                await self._failed(kind, job, payload, exc)
            if kind.every_s is not None:
                raise RetryRequested(timedelta(seconds=kind.every_s), "again")

        return entry

    async def _interruptible(self, handler: Handler, payload: Json) -> None:
        if self._is_stopping:
            raise RetryRequested(timedelta(0), "the worker stops")
        try:
            async with asyncio.timeout(None) as scope:
                self._open.add(scope)
                try:
                    await handler(payload)
                finally:
                    self._open.discard(scope)
        except TimeoutError:
            if scope.expired():
                raise RetryRequested(timedelta(0), "the worker stops") from None
            raise

    async def _failed(self, kind: _Kind, job: Job, payload: Json, exc: Exception) -> None:
        attempt = job.attempts + 1
        log.warning(
            "job failed",
            extra={
                "kind": job.entrypoint,
                "attempt": attempt,
                "error": type(exc).__name__,
                "pii.detail": str(exc),
            },
        )
        if kind.every_s is not None:
            return
        if attempt < kind.attempts:
            raise RetryRequested(timedelta(seconds=self._retry_s * 2 ** (attempt - 1)), type(exc).__name__)
        if kind.gave_up is not None:
            await kind.gave_up(payload, exc)


async def _end_listening(link: Connection) -> None:
    """The pool must not get back a connection that still listens. One too broken to be reset it drops itself."""
    with contextlib.suppress(Exception):
        await link.reset(timeout=RESET_TIMEOUT_S)
