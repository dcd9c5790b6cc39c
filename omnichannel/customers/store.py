"""Sources of customer data, and orders, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.customers.shape import Order
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import ContactId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = Mapping[str, Any]


class CustomerStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def sources(self) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["sources"])]

    async def save_source(
        self, source: UUID, title: str, url: str, secret: bytes, ttl_s: int, now: datetime, *, is_on: bool
    ) -> None:
        await self._link.execute(SQL["save_source"], source, title, url, secret, ttl_s, is_on, now)

    async def drop_source(self, source: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_source"], source) is not None

    async def customer(self, contact: ContactId) -> Row | None:
        row = await self._link.fetchrow(SQL["customer"], contact)
        return None if row is None else dict(row)

    async def add_order(self, contact_row: int, order: Order, now: datetime) -> bool:
        """Whether it was new."""
        return bool(
            await self._link.fetchval(
                SQL["add_order"], contact_row, order.source, order.number, order.placed_at, order.value, order.currency,
                order.status, order.title, now,
            )
        )  # fmt: skip

    async def orders(self, contact_row: int, limit: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["orders"], contact_row, limit)]

    async def worth(self, contact_row: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["worth"], contact_row)]

    async def reached(self, since: datetime, until: datetime) -> list[Row]:
        """{channel, endpoint, title, touch, contacts}."""
        return [dict(row) for row in await self._link.fetch(SQL["reached"], since, until)]

    async def converted(
        self, since: datetime, until: datetime, within: timedelta, no_orders: Sequence[str]
    ) -> list[Row]:
        """{channel, endpoint, title, touch, currency, orders, contacts, roots, value}."""
        rows = await self._link.fetch(SQL["converted"], since, until, within, list(no_orders))
        return [dict(row) for row in rows]
