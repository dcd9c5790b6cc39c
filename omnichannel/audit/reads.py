"""Who looked at what: collected in memory and written together, so that no page waits for its note.

The same look of the same person within AGAIN is one note. What is noted reaches the disk within EVERY_S, or when the
server ends; a killed process loses the looks of its last seconds, and nothing else.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from omnichannel.audit.service import Actor
from omnichannel.audit.store import AuditStore
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.kernel.clock import Clock

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
AGAIN: Final = timedelta(minutes=10)
REMEMBERED: Final = 20_000
MOST_WAITING: Final = 50_000


class Reads:
    """`saw` returns at once; `run` writes."""

    def __init__(self, pool: Pool, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._store = AuditStore(pool)
        self._clock = clock
        self._every_s = every_s
        self._waiting: list[tuple[datetime, Actor, str, str]] = []
        self._seen: dict[tuple[Actor, str, str], datetime] = {}

    def saw(self, actor: Actor, action: str, target: str) -> None:
        """`action` on `target` ("contact.read", "contact:UUID")."""
        now, key = self._clock.now(), (actor, action, target)
        last = self._seen.get(key)
        if last is not None and now - last < AGAIN:
            return
        if len(self._seen) >= REMEMBERED:
            self._seen = {one: at for one, at in self._seen.items() if now - at < AGAIN}
        self._seen[key] = now
        self._waiting.append((now, actor, action, target))

    async def flush(self) -> int:
        """Writes what waits; how many. Kept for the next time when the database is away."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return 0
        try:
            await self._store.add_notes([(at, *actor, action, target) for at, actor, action, target in batch])
        except DATABASE_TROUBLE as exc:
            self._waiting = (batch + self._waiting)[-MOST_WAITING:]
            log.warning("looks could not be noted", extra={"error": type(exc).__name__, "count": len(batch)})
            return 0
        return len(batch)

    async def run(self) -> None:
        """Until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(self._every_s)
                await self.flush()
        finally:
            await self.flush()
