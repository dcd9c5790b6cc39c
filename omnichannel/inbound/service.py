"""The inbox: what providers deliver is stored and answered at once, then made into entries exactly once.

An event and the entry it becomes are one transaction, which holds the event's row: a worker that dies leaves the
event as it was. Of one sender only the first open event can be taken, and with it those that follow it, so his
messages keep their order however many workers and servers there are. What fails is put off and holds its sender up;
what stays poisoned is parked. Under load many events share a transaction; when it fails, each has its own.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.audit.service import SYSTEM, Actor, Audit
from omnichannel.channels.port import Delivered, Endpoint
from omnichannel.channels.registry import Registry
from omnichannel.correspondence.store import MessageStore
from omnichannel.endpoints.service import Endpoints
from omnichannel.errors import NoSuchEvent
from omnichannel.inbound.store import Event, InboxStore
from omnichannel.messages import Messages, NotYet
from threadline.db.bell import Bell
from threadline.db.gathered import Gathered
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json, ThreadDelta

log = logging.getLogger(__name__)

WORKERS: Final = 3
TOGETHER: Final = 16  # events of one transaction: others wait for their threads until it ends
STORED_TOGETHER: Final = 32  # requests of one statement
ATTEMPTS: Final = 7  # then it is parked: about two minutes
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
ECHO_PAUSE_S: Final = 0.5
ECHO_ATTEMPTS: Final = 6  # an echo waits so often for the answer to what we are sending
IDLE_S: Final = 30.0  # how late work may be noticed that nobody rang for
HELD_S: Final = 1.0  # how late what a dead process had under way
KEPT: Final = timedelta(days=30)
PRUNED_AT_ONCE: Final = 1000
PRUNE_EVERY_S: Final = 3600.0
ERROR_CHARS: Final = 500
NEWEST: Final = 2**63 - 1


class Inbox:
    """omnichannel.channels.port.Inlet; `run` works until cancelled."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        messages: Messages,
        endpoints: Endpoints,
        registry: Registry,
        *,
        workers: int = WORKERS,
        kept: timedelta = KEPT,
    ) -> None:
        """`kept`: how long an event that became an entry is kept as it came."""
        self._pool = pool
        self._clock = clock
        self._messages = messages
        self._endpoints = endpoints
        self._registry = registry
        self._workers = workers
        self._kept = kept
        self._store = InboxStore(pool)
        self._audit = Audit(pool, clock)
        self.bell = Bell("threadline_inbox")
        self._arriving = Gathered(self._store_together, largest=STORED_TOGETHER)

    async def __call__(self, endpoint: Endpoint, deliveries: Sequence[Delivered]) -> None:
        """Returns once they are committed. Those that were delivered before change nothing."""
        if deliveries:
            await self._arriving.ask([(endpoint.row, one) for one in deliveries])

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._workers):
                tasks.create_task(self._work(), name=f"inbox-{number}")
            tasks.create_task(self._prune(), name="inbox-prune")

    async def take_next(self) -> bool:
        """Makes one event into entries. False: there is none to be taken now. Raises what a database can."""
        return await self._take(1) > 0

    async def take_some(self) -> int:
        """As `take_next` for as many as there are, up to TOGETHER: how many."""
        return await self._take(TOGETHER)

    async def parked(self, before: int | None = None, limit: int = 50) -> list[Json]:
        """[{id, endpoint, kind, title, received_at, parked_at, attempts, error, bytes}], the newest first."""
        rows = await self._store.parked_events(NEWEST if before is None else before, max(1, min(limit, 200)))
        return [
            {
                "id": str(row["id"]),
                "endpoint": None if row["endpoint"] is None else str(row["endpoint"]),
                "kind": row["kind"],
                "title": row["title"],
                "received_at": row["received_at"].isoformat(),
                "parked_at": row["parked_at"].isoformat(),
                "attempts": row["attempts"],
                "error": row["error"],
                "bytes": row["bytes"],
            }
            for row in rows
        ]

    async def raw(self, event: int, actor: Actor) -> bytes:
        """A parked event as it came, for an admin. Raises NoSuchEvent."""
        found = await self._store.raw_event(event)
        if found is None:
            raise NoSuchEvent
        await self._audit.note(actor, "inbound.read", f"event:{event}")
        return found

    async def replay(self, event: int, actor: Actor = SYSTEM) -> None:
        """Tries a parked event again. Raises NoSuchEvent."""
        if not await self._store.replay_event(event):
            raise NoSuchEvent
        await self._audit.note(actor, "inbound.replay", f"event:{event}")
        async with self._pool.acquire() as link:
            await self.bell.ring_everywhere(link)
        self.bell.ring()

    async def depth(self) -> tuple[int, int]:
        """(events that wait, events that are parked)."""
        return await self._store.depth()

    async def prune(self) -> None:
        """Drops what became entries long ago, and receipts of messages that were never ours."""
        before = self._clock.now() - self._kept
        gone = PRUNED_AT_ONCE
        while gone == PRUNED_AT_ONCE:
            gone = await self._store.prune_events(before, PRUNED_AT_ONCE)
        await MessageStore(self._pool).prune_early_statuses(before)

    # --- parts --------------------------------------------------------------------------------------------

    async def _store_together(self, arrived: Sequence[Sequence[tuple[int, Delivered]]]) -> list[None]:
        events = [one for request in arrived for one in request]
        if await self._store.add_events(events, self._clock.now(), self.bell.name):
            self.bell.ring()
        return [None for _ in arrived]

    async def _take(self, most: int) -> int:
        events: list[Event] = []
        news: list[ThreadDelta] = []
        try:
            async with self._pool.acquire() as link, link.transaction():
                events = await self._claim(InboxStore(link), most)
                if not events:
                    return 0
                if len(events) == most:
                    self.bell.ring()  # there may be more, for another worker
                for event in events:
                    news += await self._read(link, event)
                await InboxStore(link).done_events([event.id for event in events], self._clock.now())
        except Exception as exc:  # the supervisor of events: whatever it is, it is theirs
            if not events:
                raise
            if len(events) > 1:
                return await self._one_by_one(len(events))
            await self._failed(events[0], exc)
            return 1
        self._messages.tell(news)
        return len(events)

    async def _claim(self, store: InboxStore, most: int) -> list[Event]:
        events = await store.claim_events(self._clock.now(), most)
        if len(events) > 1:
            await store.give_way()
        return events

    async def _read(self, link: Connection, event: Event) -> list[ThreadDelta]:
        endpoint, news = self._endpoints.endpoint(event.endpoint), list[ThreadDelta]()
        is_last = event.attempts >= ECHO_ATTEMPTS
        for one in self._registry.channel(endpoint.kind).read(endpoint, event.raw, event.headers):
            news += await self._messages.take_within(link, endpoint, one, is_last_try=is_last)
        return news

    async def _one_by_one(self, count: int) -> int:
        """After a transaction of `count` events failed: one's fault is not the others'."""
        taken = 0
        while taken < count and await self.take_next():
            taken += 1
        return taken

    async def _work(self) -> None:
        while True:
            try:
                if not await self.take_some():
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away: the event is where it was
                heed()
                log.warning("inbox waits for the database", extra={"error": type(exc).__name__})
                await asyncio.sleep(FIRST_PAUSE_S)

    async def _idle_s(self) -> float:
        now = self._clock.now()
        due = await self._store.next_event(now + timedelta(seconds=HELD_S))
        return IDLE_S if due is None else min(IDLE_S, max(0.05, (due - now).total_seconds()))

    async def _failed(self, event: Event, exc: Exception) -> None:
        now, error = self._clock.now(), f"{type(exc).__name__}: {exc}"[:ERROR_CHARS].replace("\x00", "")
        facts = {"event": event.id, "endpoint": event.endpoint["id"], "error": type(exc).__name__}
        until = put_off_until(event.attempts, exc, now)
        if until is None:
            await self._store.park_event(event.id, now, error)
            log.error("inbound event parked", extra={**facts, "pii.error": error})
            self.bell.ring()  # its sender goes on
        else:
            await self._store.put_off_event(event.id, until, error)
            log.info("inbound event put off", extra={**facts, "attempts": event.attempts + 1})

    async def _prune(self) -> None:
        while True:
            try:
                await self.prune()
            except Exception as exc:  # noqa: BLE001  # an hour later will do
                heed()
                log.warning("inbox could not be pruned", extra={"error": type(exc).__name__})
            await asyncio.sleep(PRUNE_EVERY_S)


def put_off_until(attempts: int, exc: Exception, now: datetime) -> datetime | None:
    """When an event that failed after `attempts` earlier ones is tried again; None: it is poisoned."""
    if isinstance(exc, NotYet):
        return now + timedelta(seconds=ECHO_PAUSE_S)
    if isinstance(exc, Invalid) or attempts + 1 >= ATTEMPTS:
        return None
    pause = min(FIRST_PAUSE_S * 2.0**attempts, LONGEST_PAUSE_S)
    return now + timedelta(seconds=pause * random.uniform(0.75, 1.0))  # noqa: S311  # spreads work, hides nothing
