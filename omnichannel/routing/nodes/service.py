"""One of any number of servers on one database: it holds its name, hears the others and knows who is gone.

A name is an advisory lock of a session, so that it is free the moment a server is killed. A server counts as gone
when nobody holds its name and its last beat is GRACE_S old: one that only lost its connection has it back by then.
What happens to offers and agents is told by NOTIFY in the transaction that did it; a server that does not hear it for a
while looks itself at each beat.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from omnichannel.routing.nodes.store import NodeStore
from threadline.db.pool import DATABASE_TROUBLE, Connection, Pool
from threadline.ending import heed

log = logging.getLogger(__name__)

CHANNEL: Final = "threadline_routing"
BEAT_S: Final = 1.0
GRACE_S: Final = 3.0
RETRY_S: Final = 0.5
HELLO: Final = ""


class Nodes:
    """`run` until cancelled; it mends its connection. Until it runs, nobody else is known."""

    def __init__(
        self, pool: Pool, name: str, hear: Callable[[str], Awaitable[None]], wake: Callable[[], None]
    ) -> None:
        """`hear` gets what another server told, in its order; `wake` when there may be something to do."""
        self.name = name
        self.others: frozenset[str] = frozenset()  # those that live
        self.gone: frozenset[str] = frozenset()
        self._pool = pool
        self._hear = hear
        self._wake = wake
        self._key = zlib.crc32(name.encode()) & 0x7FFF_FFFF
        self._told: asyncio.Queue[str] = asyncio.Queue()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deal(), name="news of other servers")
            tasks.create_task(self._live(), name="this server's name")

    async def tell(self, link: Connection, texts: Sequence[str]) -> None:
        """To the others, if there are any, with the commit of `link`."""
        if self.others and texts:
            await NodeStore(link).tell(CHANNEL, [f"{self.name}\n{text}" for text in texts])

    async def gone_at_start(self) -> list[str]:
        """Names whose servers don't live any more, ours of before among them."""
        others = await NodeStore(self._pool).others(self.name, GRACE_S)
        return [self.name, *(one.id for one in others if not one.lives)]

    async def idle_s(self) -> float | None:
        """For how long no server of this database ran; None: none ever did."""
        return await NodeStore(self._pool).idle_s()

    async def forget(self, nodes: Sequence[str]) -> None:
        """Their calls were put right."""
        await NodeStore(self._pool).forget(nodes)
        self.gone -= frozenset(nodes)

    async def _live(self) -> None:
        while True:
            try:
                await self._hold()
            except (*DATABASE_TROUBLE, TimeoutError) as exc:
                heed()
                log.warning("name not held", extra={"node": self.name, "error": type(exc).__name__})
            await asyncio.sleep(RETRY_S)

    async def _hold(self) -> None:
        async with self._pool.acquire() as link:
            store = NodeStore(link)
            try:
                await link.add_listener(CHANNEL, self._on_told)
                if not await store.hold_name(self._key):
                    log.error("another server has this name", extra={"node": self.name})
                    return
                await store.tell(CHANNEL, [f"{self.name}\n{HELLO}"])
                while not link.is_closed():
                    async with asyncio.timeout(GRACE_S):
                        await store.beat(self.name, self._key)
                        await self._look(store)
                    await asyncio.sleep(BEAT_S)
            finally:
                await link.reset()

    async def _look(self, store: NodeStore) -> None:
        found = await store.others(self.name, GRACE_S)
        self.others = frozenset(one.id for one in found if one.lives)
        self.gone = frozenset(one.id for one in found if not one.lives)
        if self.gone:
            self._wake()

    def _on_told(self, _link: object, _process: int, _channel: str, payload: object) -> None:
        node, _, text = str(payload).partition("\n")
        if node == self.name:
            return
        self.others |= {node}
        self._wake()
        if text != HELLO:
            self._told.put_nowait(text)

    async def _deal(self) -> None:
        while True:
            text = await self._told.get()
            try:
                await self._hear(text)
            except DATABASE_TROUBLE:
                heed()
                log.exception("news of another server lost")
