"""Fetches files of incoming messages from their providers, beside the messages: a slow file delays nobody."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from omnichannel.channels.beside import Downloads
from omnichannel.channels.outside import Fetched
from omnichannel.channels.port import SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.correspondence.store import MessageStore
from omnichannel.endpoints.service import Endpoints
from omnichannel.inbound.store import InboxStore, PendingFile
from omnichannel.messages import deltas
from omnichannel.ports import Files
from threadline.db.bell import Bell
from threadline.db.pool import Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Refused
from threadline.kernel.events import Bus

log = logging.getLogger(__name__)

WORKERS: Final = 2
ATTEMPTS: Final = 6
FIRST_PAUSE_S: Final = 5.0
LEASE_S: Final = 180.0
IDLE_S: Final = 30.0
TROUBLE_S: Final = 1.0
BYTES_MAX: Final = 50_000_000
NO_WAY: Final = "This channel gives no files."


class FileFetcher:
    """`run` until cancelled. `bell` rings when a message came, which may have brought a file."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        endpoints: Endpoints,
        registry: Registry,
        vault: Files,
        bell: Bell,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._endpoints = endpoints
        self._registry = registry
        self._vault = vault
        self._store = InboxStore(pool)
        self.bell = bell

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(WORKERS):
                tasks.create_task(self._work(), name=f"files-{number}")

    async def take_next(self) -> bool:
        """Fetches one file. False: there is none to be fetched now."""
        now = self._clock.now()
        file = await self._store.claim_file(now, now + timedelta(seconds=LEASE_S))
        if file is None:
            return False
        self.bell.ring()  # there may be more, for another worker
        try:
            await self._keep(file, await self._fetch(file))
        except Refused as refused:
            await self._lose(file, "refused", str(refused))
        except SendFailed as failed:
            if file.attempts >= ATTEMPTS:
                await self._lose(file, "lost", failed.detail)
            else:
                await self._again(file)
        return True

    async def _fetch(self, file: PendingFile) -> Fetched:
        endpoint = await self._endpoints.by_row(file.endpoint_row)
        channel = self._registry.channels.get(endpoint.kind)
        if not isinstance(channel, Downloads):
            raise Refused(NO_WAY)
        return await channel.download(endpoint, file.url, BYTES_MAX)

    async def _keep(self, file: PendingFile, fetched: Fetched) -> None:
        async with self._pool.acquire() as link, link.transaction():
            if not await InboxStore(link).drop_file(file.id):
                return
            await self._vault.keep(
                file.name,
                file.mime or fetched.mime,
                fetched.data,
                uploaded_by=None,
                content_id=file.content_id,
                link=link,
                interaction=file.entry,
            )
            news = await deltas(MessageStore(link), [file.entry])
        for delta in news:
            self._bus.publish(delta)

    async def _lose(self, file: PendingFile, state: str, detail: str) -> None:
        log.info("file not taken over", extra={"file": str(file.id), "state": state})
        await self._store.lose_file(file.id, state, detail)
        for delta in await deltas(MessageStore(self._pool), [file.entry]):
            self._bus.publish(delta)

    async def _again(self, file: PendingFile) -> None:
        pause = timedelta(seconds=FIRST_PAUSE_S * 2.0 ** (file.attempts - 1))
        await self._store.put_off_file(file.id, self._clock.now() + pause)

    async def _work(self) -> None:
        while True:
            try:
                if not await self.take_next():
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away, or a lease brings the file back
                heed()
                log.warning("files wait", extra={"error": type(exc).__name__})
                await asyncio.sleep(TROUBLE_S)

    async def _idle_s(self) -> float:
        due = await self._store.next_file()
        return IDLE_S if due is None else min(IDLE_S, max(0.05, (due - self._clock.now()).total_seconds()))
