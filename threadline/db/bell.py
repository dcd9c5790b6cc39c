"""Wakes those who wait for work in the database: at once in this process, by NOTIFY in the others.

A lost ring costs only time: whoever waits also gives how long at most.
"""

import asyncio
import logging
from typing import Final

from threadline.db.pool import DATABASE_TROUBLE, Connection, Pool
from threadline.ending import heed

log = logging.getLogger(__name__)

RECONNECT_S: Final = 2.0
PROBE_S: Final = 15.0


class Bell:
    """One kind of work. A ring wakes one waiter, who rings on when there may be more."""

    def __init__(self, name: str) -> None:
        """`name` is the channel of LISTEN and NOTIFY."""
        self.name = name
        self._rung: asyncio.Queue[None] = asyncio.Queue(maxsize=1)

    def ring(self) -> None:
        """Here; a ring nobody has heard yet is enough."""
        if self._rung.empty():
            self._rung.put_nowait(None)

    async def ring_everywhere(self, link: Connection) -> None:
        """In every process, once the transaction of `link` is committed."""
        await link.execute("select pg_notify($1, '')", self.name)

    async def wait(self, timeout_s: float) -> None:
        """Until it rings, or until the time is over."""
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                await self._rung.get()
        except TimeoutError:
            return


class Bells:
    """Listens for several bells on one connection. `run` until cancelled; mends its connection."""

    def __init__(self, pool: Pool, *bells: Bell) -> None:
        self._pool = pool
        self._bells = {bell.name: bell for bell in bells}

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except (*DATABASE_TROUBLE, TimeoutError):
                heed()  # a connection that fails as it is given back hides the cancellation that ended its use
                log.info("listening again", extra={"in_s": RECONNECT_S})
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        async with self._pool.acquire() as link:
            for name in self._bells:
                await link.add_listener(name, self._heard)
            try:
                for bell in self._bells.values():
                    bell.ring()  # for what was rung while nobody listened
                while not link.is_closed():
                    await asyncio.sleep(PROBE_S)
                    async with asyncio.timeout(PROBE_S):
                        await link.execute("select 1")
            finally:
                await link.reset()

    def _heard(self, _link: object, _process: int, channel: str, _payload: object) -> None:
        self._bells[channel].ring()
