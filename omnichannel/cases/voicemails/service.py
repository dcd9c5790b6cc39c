"""A message left by phone is somebody's work: a case in the queue of its box, in the customer's own thread.

The recording and its transcript stand in that thread with the call. What a kill kept from being filed is found again at
the next start: the call's ledger says what was left, and each message is filed once.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from omnichannel.cases.service import Cases
from omnichannel.cases.voicemails.store import Unfiled, VoicemailStore
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus, CallEvent, CallEventKind
from threadline.kernel.ids import CallId

log = logging.getLogger(__name__)

LOOK_BACK: Final = timedelta(days=2)
AGAIN_S: Final = 60.0
SOON_S: Final = 0.5  # from a call's end until its thread says so, too
LOOKS: Final = 20
SUBJECT: Final = "Voicemail"


class Voicemails:
    """`run` until cancelled."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, cases: Cases) -> None:
        self._store = VoicemailStore(pool)
        self._clock = clock
        self._cases = cases
        self._left = asyncio.Event()
        self._calls: set[CallId] = set()  # under way, with a message
        self._looks = 0  # soon again, so often
        bus.subscribe(CallEvent, self._see)

    def _see(self, event: CallEvent) -> None:
        """A message is filed when its call is over: the flow may open a case for it, which is then the one."""
        if event.kind is CallEventKind.VOICEMAIL:
            self._calls.add(event.call)
        elif event.kind is CallEventKind.ENDED and event.call in self._calls:
            self._calls.discard(event.call)
            self._looks = LOOKS
            self._left.set()

    async def run(self) -> None:
        while True:
            self._left.clear()
            try:
                found = await self.file_all()
                self._looks = 0 if found else max(0, self._looks - 1)
            except DATABASE_TROUBLE as exc:
                heed()
                log.warning("voicemails not filed", extra={"error": type(exc).__name__})
            try:
                async with asyncio.timeout(SOON_S if self._looks else AGAIN_S):
                    await self._left.wait()
            except TimeoutError:
                pass

    async def file_all(self) -> int:
        """How many were filed now."""
        found = await self._store.unfiled(self._clock.now() - LOOK_BACK)
        for one in found:
            try:
                await self._file(one)
            except NotFound:
                log.info("voicemail without a thread", extra={"recording": str(one.recording)})
        return len(found)

    async def _file(self, one: Unfiled) -> None:
        """Into the open case of its queue, one that a flow opened for it, or a new one."""
        known = await self._store.open_case(one.thread_row, one.queue)
        if known is None:
            made = await self._cases.open(
                await self._store.thread_name(one.thread_row),
                SUBJECT,
                agent=None,
                queue=one.queue,
                by="system",
            )
            number = int(str(made["number"]))
        else:
            number = known.number
            if known.queue is None and one.queue is not None:
                await self._cases.change(number, {"queue": one.queue}, None)
        await self._store.file(one.recording, number, self._clock.now())
