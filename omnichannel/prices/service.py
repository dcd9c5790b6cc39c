"""Asks providers what messages cost, minutes after they went and ever more rarely, until they know."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.channels.port import Price, Priced, SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.correspondence.store import MessageStore
from omnichannel.endpoints.service import Endpoints
from omnichannel.messages import deltas
from omnichannel.ports import StoredMessage
from omnichannel.prices.store import PriceStore, Unpriced
from threadline.db.pool import DATABASE_TROUBLE, Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Bus

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
PAUSES_S: Final = (60, 300, 1800, 7200, 86_400)  # from when it was stored on; then nobody asks any more


class Prices:
    """Implements omnichannel.ports.Follower. `run` until cancelled."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, endpoints: Endpoints, registry: Registry) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._endpoints = endpoints
        self._registry = registry
        self._store = PriceStore(pool)

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """A message of a channel that costs."""
        if isinstance(self._registry.channel(fact.endpoint.kind), Priced):
            await PriceStore(link).awaits(fact.entry, self._after(0))
        return ()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                for one in await self._store.due(self._clock.now()):
                    await self._settle(one)
            except DATABASE_TROUBLE as exc:
                log.warning("prices of messages are not asked for", extra={"error": type(exc).__name__})

    async def _settle(self, one: Unpriced) -> None:
        price = await self._asked(one)
        if price is not None:
            await self._keep(one, price)
        elif one.asked + 1 < len(PAUSES_S):
            await self._store.ask_later(one.entry, self._after(one.asked + 1))
        else:
            await self._store.settled(one.entry)

    async def _asked(self, one: Unpriced) -> Price | None:
        if one.key is None:
            return None
        try:
            endpoint = await self._endpoints.by_row(one.endpoint)
            channel = self._registry.channel(endpoint.kind)
            return await channel.price(endpoint, one.key) if isinstance(channel, Priced) else None
        except (SendFailed, ThreadlineError, TimeoutError, OSError) as exc:
            log.info("a price is not known", extra={"entry": one.entry, "error": type(exc).__name__})
            return None

    async def _keep(self, one: Unpriced, price: Price) -> None:
        async with self._pool.acquire() as link, link.transaction():
            store = MessageStore(link)
            await store.add_meta(one.entry, {"price": str(price.amount), "price_unit": price.unit})
            await PriceStore(link).settled(one.entry)
            news = await deltas(store, [one.entry])
        for delta in news:
            self._bus.publish(delta)

    def _after(self, asked: int) -> datetime:
        return self._clock.now() + timedelta(seconds=PAUSES_S[asked])
