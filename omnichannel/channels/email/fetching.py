"""Follows the folders of one mailbox: takes what is new, commits it, moves the mark, waits for more.

The mark moves only after the inlet has committed, and the inlet knows what it has: a mail is never lost, and one
fetched twice (after a crash, a change of UIDVALIDITY, in two folders) is one event.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, TypeVar

from omnichannel.channels.email.imap import TROUBLE, Fetched, ImapSession, LoginRefused, opened
from omnichannel.channels.email.reading import key_of, sender_of
from omnichannel.channels.email.settings import Mailbox
from omnichannel.channels.email.store import EmailStore, Mark
from omnichannel.channels.port import Delivered, Endpoint, Inlet, Remedy, SendFailed
from threadline.db.pool import DATABASE_TROUBLE
from threadline.kernel.clock import Clock

log = logging.getLogger(__name__)

IDLE_S: Final = 300.0  # RFC 2177 allows 29 min; a look in between finds what a server forgot to announce
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
BATCH: Final = 20
BATCH_BYTES: Final = 10_000_000
OVERLAP: Final = timedelta(days=2)  # SINCE counts in days of the server's time zone
REFUSED: Final = (
    "The mail server (IMAP) refused the user name or password: enter them again and switch the mailbox on."
)

T = TypeVar("T")
Credential = Callable[[], Awaitable[str]]


class Follower:
    """`run` until cancelled. Raises SendFailed(RECONNECT) when only an admin can help."""

    def __init__(
        self,
        endpoint: Endpoint,
        box: Mailbox,
        inlet: Inlet,
        store: EmailStore,
        clock: Clock,
        credential: Credential,
        forget_credential: Credential | None = None,
    ) -> None:
        """`forget_credential`: a refused one is worth one more try with a new one."""
        self._endpoint, self._box, self._inlet = endpoint, box, inlet
        self._store, self._clock = store, clock
        self._credential, self._forget = credential, forget_credential
        self._failures = 0
        self._is_second_login = False

    async def run(self) -> None:
        while True:
            try:
                async with connection(self._box, await self._credential()) as mailbox:
                    self._is_second_login = False
                    await self._follow(mailbox)
            except LoginRefused as exc:
                await self._refused(exc)
            except SendFailed as failed:
                if failed.remedy is Remedy.RECONNECT:
                    raise
                await self._rest(failed.code or failed.remedy.value)
            except (*TROUBLE, *DATABASE_TROUBLE) as exc:
                await self._rest(type(exc).__name__)

    async def _follow(self, mailbox: "Connection") -> None:
        *others, first = reversed(self._box.folders)
        while True:
            for folder in (*others, first):  # the one that is waited on comes last and stays selected
                await self._take(mailbox, folder)
            self._failures = 0
            if mailbox.session.has_idle:
                await mailbox.call(lambda: mailbox.session.wait(IDLE_S))
            else:
                await asyncio.sleep(self._box.poll_s)

    async def _take(self, mailbox: "Connection", folder: str) -> None:
        session, row = mailbox.session, self._endpoint.row
        state = await mailbox.call(lambda: session.select(folder))
        mark = await self._store.mark(row, folder)
        if mark is None and not self._box.takes_old:
            await self._move(folder, state.validity, state.uid_next - 1)
            return
        uids = await mailbox.call(lambda: _new(session, mark, state.validity))
        for at in range(0, len(uids), BATCH):
            await self._take_batch(mailbox, folder, state.validity, uids[at : at + BATCH])
        if not uids and (mark is None or mark.uid_validity != state.validity):
            await self._move(folder, state.validity, state.uid_next - 1)

    async def _take_batch(self, mailbox: "Connection", folder: str, validity: int, uids: list[int]) -> None:
        found = mailbox.session.fetch(uids)
        while pieces := await mailbox.call(lambda: _some(found)):
            await self._inlet(self._endpoint, [self._delivered(folder, one) for one in pieces])
            await self._move(folder, validity, pieces[-1].uid)
        await self._move(folder, validity, uids[-1])  # those that vanished meanwhile are not asked for again

    def _delivered(self, folder: str, one: Fetched) -> Delivered:
        headers = {"received_at": self._clock.now().isoformat(), "folder": folder}
        headers |= {} if one.full_bytes is None else {"full_bytes": str(one.full_bytes)}
        key = key_of(one.raw)
        return Delivered(key, sender_of(one.raw) or key, one.raw, headers)

    async def _move(self, folder: str, validity: int, uid: int) -> None:
        await self._store.move_mark(self._endpoint.row, folder, validity, uid, self._clock.now())

    async def _refused(self, exc: LoginRefused) -> None:
        if self._forget is None or self._is_second_login:
            raise SendFailed(Remedy.RECONNECT, REFUSED, code="login") from exc
        self._is_second_login = True
        await self._forget()

    async def _rest(self, error: str) -> None:
        pause = min(FIRST_PAUSE_S * 2.0**self._failures, LONGEST_PAUSE_S)
        self._failures = min(self._failures + 1, 20)
        log.info(
            "mailbox lost", extra={"endpoint": self._endpoint.row, "error": error, "pause_s": round(pause)}
        )
        await asyncio.sleep(pause * random.uniform(0.75, 1.0))  # noqa: S311  # spreads work, hides nothing


class Connection:
    """A session and the one thread that speaks to it."""

    def __init__(self, session: ImapSession, threads: ThreadPoolExecutor) -> None:
        self.session = session
        self._threads = threads

    async def call(self, work: Callable[[], T]) -> T:
        """`work` in the thread. Cancelled, it hangs up on the server, so that the thread comes back at once."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.session.abort()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise


@asynccontextmanager
async def connection(box: Mailbox, secret: str) -> AsyncIterator[Connection]:
    """Logged in until the end of the block. Raises LoginRefused, and TROUBLE."""
    threads = ThreadPoolExecutor(1, thread_name_prefix="imap")
    try:
        session = await asyncio.get_running_loop().run_in_executor(threads, opened, box, secret)
        try:
            yield Connection(session, threads)
        finally:
            threads.submit(session.close)
    finally:
        threads.shutdown(wait=False)


def _new(session: ImapSession, mark: Mark | None, validity: int) -> list[int]:
    if mark is None:
        return session.uids_from(1)
    if mark.uid_validity == validity:
        return session.uids_from(mark.uid + 1)
    return session.uids_since(mark.moved_at - OVERLAP)


def _some(found: Iterator[Fetched]) -> list[Fetched]:
    """The next few, not too many bytes of them."""
    pieces: list[Fetched] = []
    for one in found:
        pieces.append(one)
        if sum(len(piece.raw) for piece in pieces) >= BATCH_BYTES:
            break
    return pieces
