"""Writes the ledger of every call: many events, one transaction, published once they are on disk."""

import asyncio
import logging
from datetime import datetime

from telephony.errors import RowsRefused
from telephony.store import Batch, CallRow, EndedCall, LegRow, TelephonyStore
from threadline.db.errors import DatabaseUnavailable
from threadline.kernel.events import Bus, CallEvent
from threadline.kernel.ids import CallId

log = logging.getLogger(__name__)

RETRY_S = 0.5
GATHER_S = 0.02  # rows of one moment, of all calls, go to disk together


class Ledger:
    """Takes rows without waiting and commits them in order, as many at a time as have gathered.

    A database that is away delays the writing and loses nothing but what the process takes with it. A row it
    refuses for what is in it is logged and left out, so that one call's row can't keep the others' waiting.
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

    def close_call(self, call: CallId, at: datetime) -> None:
        """The thread holds the ended call."""
        self._batch.closed.append((call, at))
        self._wake.set()

    async def settle(self) -> None:
        """Returns when everything noted before is committed and published.

        Raises DatabaseUnavailable when the ledger was closed and the database is away.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settled.append(done)
        self._wake.set()
        await done

    async def run(self) -> None:
        """Writes until `close` is called and everything noted before is written."""
        while not (self._is_closing and not self._batch):
            await self._wake.wait()
            if not self._is_closing:
                await asyncio.sleep(GATHER_S)
            self._wake.clear()
            await self._flush()

    def close(self) -> None:
        """No more is coming: `run` returns when the rest is on disk, or the database refuses it once more."""
        self._is_closing = True
        self._wake.set()

    async def _flush(self) -> None:
        batch, self._batch = self._batch, Batch()
        waiting, self._settled = self._settled, []
        try:
            written = await self._write(batch)
        except DatabaseUnavailable as exc:
            log.error("ledger not complete", extra={"rows": len(batch.events), "error": str(exc)})
            _tell(waiting, exc)
            return
        for event in written:
            self._bus.publish(event)
        _tell(waiting, None)

    async def _write(self, batch: Batch) -> list[CallEvent]:
        """The events that are on disk now. Raises DatabaseUnavailable once the ledger is closing."""
        while batch:
            try:
                await self._store.write(batch)
                break
            except RowsRefused as exc:
                return await self._write_singly(batch, exc)
            except DatabaseUnavailable as exc:
                if self._is_closing:
                    raise
                log.warning(
                    "ledger waits for the database", extra={"error": str(exc), "rows": len(batch.events)}
                )
                await asyncio.sleep(RETRY_S)
        return batch.events

    async def _write_singly(self, batch: Batch, refusal: RowsRefused) -> list[CallEvent]:
        """Finds the rows the database refuses, and writes the others."""
        rows = batch.singly()
        if len(rows) == 1:
            log.error("ledger row refused", extra={"error": str(refusal), "call": str(rows[0][0])})
            return []
        return [event for _, row in rows for event in await self._write(row)]


def _tell(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
