"""What a what-if starts from, read from the ledger."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class PlanningStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def asked_classes(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["asked_classes"], since, until)]

    async def moments(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["moments"], since, until)]

    async def queues(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["queues"])]

    async def handling(self, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
        return {row["queue"]: dict(row) for row in await self._pool.fetch(SQL["handling"], since, until)}

    async def patience(
        self, since: datetime, until: datetime, gave_up: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        rows = await self._pool.fetch(SQL["patience"], since, until, gave_up)
        return {row["queue"]: dict(row) for row in rows}

    async def planned_agents(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["planned_agents"])]
