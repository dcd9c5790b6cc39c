"""What the tests of the channels share."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp.test_utils import TestClient

from omnichannel.channels.port import Endpoint, HookRequest
from tests.support.touchpoint import delivery
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Bus, ThreadDelta

Client = TestClient[Any, Any]
ADMIN = {"Authorization": "Bearer token-dung"}
AGENT = {"Authorization": "Bearer token-an"}


async def deliver(rooms: Correspondence, shop: Endpoint, events: Sequence[dict[str, Any]]) -> None:
    """As the web's door does it, without the web."""
    body, headers = delivery(events)
    low = {name.lower(): value for name, value in headers.items()}
    request = HookRequest("POST", shop.hook_url, {}, low, body, datetime.now(UTC))
    await rooms.inbox(shop, rooms.registry.channel("webhook").receive(shop, request).deliveries)


async def take_all(rooms: Correspondence) -> int:
    """How many events were made into entries."""
    taken = 0
    while await rooms.inbox.take_next():
        taken += 1
    return taken


async def entries(pool: Pool) -> list[dict[str, Any]]:
    """Every entry, in the order they were stored."""
    rows = await pool.fetch(
        "select i.*, b.text, b.meta, b.delivery from interaction i join interaction_body b on b.interaction_id = i.id order by i.id"
    )
    return [dict(row) for row in rows]


class Hearing:
    """Waits for news on the bus."""

    def __init__(self, bus: Bus) -> None:
        self._wanted: list[tuple[asyncio.Future[None], Callable[[ThreadDelta], bool]]] = []
        bus.subscribe(ThreadDelta, self._heard)

    def deltas(self, count: int) -> "asyncio.Future[None]":
        """Done once so many more came."""
        left = iter(range(count - 1, -1, -1))
        return self.until(lambda _delta: next(left) == 0)

    def until(self, is_it: Callable[[ThreadDelta], bool]) -> "asyncio.Future[None]":
        """Done once one came for which `is_it` holds."""
        future = asyncio.get_running_loop().create_future()
        self._wanted.append((future, is_it))
        return future

    def _heard(self, delta: ThreadDelta) -> None:
        for future, is_it in [*self._wanted]:
            if not future.done() and is_it(delta):
                future.set_result(None)
