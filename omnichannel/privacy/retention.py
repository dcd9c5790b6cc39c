"""How long each kind of data is kept: set in the database, carried out by a job, in batches."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from omnichannel.privacy.erasure import blank
from omnichannel.privacy.ports import Contents, Tapes
from omnichannel.privacy.store import PrivacyStore
from threadline.db.pool import Pool
from threadline.kernel.events import Json

log = logging.getLogger(__name__)

BATCH: Final = 1_000
LATE: Final = timedelta(days=30)  # an entry may be stored so long after it happened
LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Step: TypeAlias = Callable[[datetime], Awaitable[int]]


class Keeping:
    """One `Step` a kind: it drops some of what is older, and says how many."""

    def __init__(self, pool: Pool, tapes: Tapes, contents: Contents) -> None:
        self._pool = pool
        self._tapes = tapes
        self._contents = contents
        self._since = LONG_AGO
        self.steps: dict[str, Step] = {
            "recordings": lambda before: tapes.expire_recordings(before, BATCH),
            "transcripts": lambda before: tapes.expire_transcripts(before, BATCH),
            "inbound_events": lambda before: self._drop("expire_inbound_events", before),
            "message_bodies": self._bodies,
            "attachments": self._files,
            "imports": lambda before: self._drop("expire_imports", before),
            "audit": lambda before: self._drop("expire_audit", before),
        }

    async def carry_out(self, now: datetime) -> Json:
        """{kind: how many went}, of the kinds that are not kept for ever."""
        store, counts = PrivacyStore(self._pool), dict[str, int]()
        for setting in await store.rows("retention"):
            if setting["days"] is None:
                continue
            before = now - timedelta(days=setting["days"])
            self._since = setting["done_to"] - LATE if setting["done_to"] else LONG_AGO
            counts[setting["kind"]] = await self._all(self.steps[setting["kind"]], before)
            await store.apply("note_retention", setting["kind"], before)
        log.info("retention carried out", extra={"counts": counts})
        return {**counts}

    async def _all(self, step: Step, before: datetime) -> int:
        total = 0
        while count := await step(before):
            total += count
            if count < BATCH:
                break
        return total

    async def _drop(self, statement: str, before: datetime) -> int:
        async with self._pool.acquire() as link, link.transaction():
            store = PrivacyStore(link)
            await store.apply("mark_erasing")
            done = await store.apply(statement, before, BATCH)
        return int(done.rpartition(" ")[2])

    async def _bodies(self, before: datetime) -> int:
        """Words, mails as they came and files; the entries stay."""
        rows = await PrivacyStore(self._pool).rows("old_entries", self._since, before, BATCH)
        entries = [row["id"] for row in rows]
        async with self._pool.acquire() as link, link.transaction():
            dropped = await blank(PrivacyStore(link), entries, before)
        await self._contents.drop_contents(dropped)
        return len(entries)

    async def _files(self, before: datetime) -> int:
        async with self._pool.acquire() as link, link.transaction():
            store = PrivacyStore(link)
            rows = await store.rows("expire_attachments", before, BATCH)
            await store.apply("forget_files", [row["interaction_id"] for row in rows])
        await self._contents.drop_contents([row["sha256"] for row in rows])
        return len(rows)
