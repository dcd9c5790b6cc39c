"""The rows of messages without a price. Statements are in queries.sql under the methods' names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Unpriced:
    """An entry and how often its price was asked for; `key` is its provider's id, None before it is out."""

    entry: int
    asked: int
    key: str | None
    endpoint: int


class PriceStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def awaits(self, entry: int, at: datetime) -> None:
        await self._link.execute(SQL["awaits"], entry, at)

    async def due(self, now: datetime) -> Sequence[Unpriced]:
        rows = await self._link.fetch(SQL["due"], now)
        return [
            Unpriced(row["interaction_id"], row["asked"], row["provider_msg_id"], row["endpoint_id"])
            for row in rows
        ]

    async def ask_later(self, entry: int, at: datetime) -> None:
        await self._link.execute(SQL["ask_later"], entry, at)

    async def settled(self, entry: int) -> None:
        await self._link.execute(SQL["settled"], entry)
