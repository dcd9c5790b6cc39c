"""The rows of what Twilio carried. Statements are in queries.sql under the methods' names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from threadline.db.pool import Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Carried:
    """What is told of a leg that Twilio carries; None leaves what was told before.

    `rank` orders `status`: a lower one changes nothing. `ask_at`: when its price may be known.
    """

    sid: str
    status: str | None = None
    rank: int = -1
    answered_by: str | None = None
    duration_s: int | None = None
    ask_at: datetime | None = None


class CarriedStore:
    """Legs by Twilio's name of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def carries(self, sid: str, leg: UUID, stir: str | None, payer: str | None, at: datetime) -> None:
        await self._pool.execute(SQL["carries"], sid, leg, stir, payer, None if payer is None else at)

    async def charged(self, since: datetime) -> Mapping[str, Decimal]:
        """By payer."""
        return {row["payer"]: row["price"] for row in await self._pool.fetch(SQL["charged"], since)}

    async def told(self, news: Carried) -> None:
        await self._pool.execute(
            SQL["told"], news.sid, news.status, news.rank, news.answered_by, news.duration_s, news.ask_at
        )

    async def unpriced(self, now: datetime) -> Sequence[tuple[str, int]]:
        """(sid, how often it was asked for) of those whose time has come."""
        return [(row["sid"], row["asked"]) for row in await self._pool.fetch(SQL["unpriced"], now)]

    async def priced(self, sid: str, price: Decimal, unit: str, duration_s: int | None) -> None:
        await self._pool.execute(SQL["priced"], sid, price, unit, duration_s)

    async def ask_later(self, sid: str, at: datetime | None) -> None:
        """None: never again."""
        await self._pool.execute(SQL["ask_later"], sid, at)
