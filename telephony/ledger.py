"""Writes the ledger of every call: many events, one transaction, published once they are on disk."""

import asyncio
import logging

from telephony.store import Batch, CallRow, EndedCall, LegRow, TelephonyStore
from threadline.db.errors import DatabaseUnavailable
from threadline.kernel.events import Bus, CallEvent

log = logging.getLogger(__name__)

RETRY_S = 0.5


class Ledger:
    """Takes rows without waiting and commits them in order, as many at a time as have gathered.

    A database that is away delays the writing and loses nothing but what the process takes with it.
    """

    def __init__(self, store: TelephonyStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._batch = Batch()
        self._wake = asyncio.Event()
        self._settled: list[asyncio.Future[None]] = []
        self._is_closing = False

    def open_call(self, row: CallRow) -> None:
        self._batch.calls.append(row)
        self._wake.set()

    def note(self, event: CallEvent) -> None:
        self._batch.events.append(event)
        self._wake.set()

    def leg(self, row: LegRow) -> None:
        self._batch.legs.append(row)
        self._wake.set()

    def end_call(self, row: EndedCall) -> None:
        self._batch.ended.append(row)
        self._wake.set()

    async def settle(self) -> None:
        """Returns when everything noted before is committed and published."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settled.append(done)
        self._wake.set()
        await done

    async def run(self) -> None:
        """Writes until `close` is called and everything noted before is written."""
        while not (self._is_closing and not self._batch):
            await self._wake.wait()
            self._wake.clear()
            await self._flush()

    def close(self) -> None:
        """No more is coming: `run` returns when the rest is on disk, or the database refuses it once more."""
        self._is_closing = True
        self._wake.set()

    async def _flush(self) -> None:
        batch, self._batch = self._batch, Batch()
        waiting, self._settled = self._settled, []
        while batch:
            try:
                await self._store.write(batch)
                break
            except DatabaseUnavailable as exc:
                log.warning(
                    "ledger waits for the database",
                    extra={"error": str(exc), "rows": len(batch.events)},
                )
                if self._is_closing:
                    return
                await asyncio.sleep(RETRY_S)
        for event in batch.events:
            self._bus.publish(event)
        for done in waiting:
            if not done.done():
                done.set_result(None)
