"""Webhooks and their deliveries in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is ours until its lease is over. `attempts` counts this one."""

    id: int
    webhook: UUID
    key: UUID
    event: str
    body: str
    attempts: int
    url: str
    secret: bytes


class WebhookStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def claim_news(self, limit: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["claim_news"], limit)]

    async def told_news(self, happenings: Sequence[int]) -> None:
        await self._link.execute(SQL["told_news"], list(happenings))

    async def webhooks_on(self) -> list[tuple[UUID, list[str]]]:
        return [(row["id"], list(row["events"])) for row in await self._link.fetch(SQL["webhooks_on"])]

    async def webhooks(self) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["webhooks"])]

    async def webhook(self, webhook: UUID) -> Row | None:
        row = await self._link.fetchrow(SQL["webhook"], webhook)
        return None if row is None else dict(row)

    async def save_webhook(
        self, webhook: UUID, title: str, url: str, events: Sequence[str], secret: bytes, state: str, now: datetime
    ) -> None:  # fmt: skip
        await self._link.execute(SQL["save_webhook"], webhook, title, url, list(events), secret, state, now)

    async def drop_webhook(self, webhook: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_webhook"], webhook) is not None

    async def add_delivery(self, webhook: UUID, key: UUID, event: str, body: str, now: datetime) -> None:
        await self._link.execute(SQL["add_delivery"], webhook, key, event, body, now)

    async def claim_deliveries(self, now: datetime, lease_until: datetime, limit: int) -> list[Due]:
        rows = await self._link.fetch(SQL["claim_deliveries"], now, lease_until, limit)
        return [
            Due(
                row["id"], row["webhook_id"], row["key"], row["event"], row["body"], row["attempts"], row["url"],
                row["secret"],
            )
            for row in rows
        ]  # fmt: skip

    async def next_delivery(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_delivery"])
        return found

    async def end_delivery(
        self, delivery: int, state: str, now: datetime, status: int | None, error: str | None
    ) -> None:
        await self._link.execute(SQL["end_delivery"], delivery, state, now, status, error)

    async def put_off_delivery(
        self, delivery: int, until: datetime, status: int | None, error: str | None
    ) -> None:
        await self._link.execute(SQL["put_off_delivery"], delivery, until, status, error)

    async def webhook_works(self, webhook: UUID) -> None:
        await self._link.execute(SQL["webhook_works"], webhook)

    async def webhook_fails(self, webhook: UUID, now: datetime) -> datetime | None:
        """Since when."""
        found: datetime | None = await self._link.fetchval(SQL["webhook_fails"], webhook, now)
        return found

    async def break_webhook(self, webhook: UUID, now: datetime) -> bool:
        return await self._link.fetchval(SQL["break_webhook"], webhook, now) is not None

    async def deliveries(self, webhook: UUID, before: int, limit: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["deliveries"], webhook, before, limit)]

    async def delivery(self, webhook: UUID, delivery: int) -> Row | None:
        row = await self._link.fetchrow(SQL["delivery"], webhook, delivery)
        return None if row is None else dict(row)

    async def replay(self, webhook: UUID, delivery: int, now: datetime) -> bool:
        return await self._link.fetchval(SQL["replay"], webhook, delivery, now) is not None

    async def prune_deliveries(self, before: datetime, limit: int) -> None:
        await self._link.execute(SQL["prune_deliveries"], before, limit)
