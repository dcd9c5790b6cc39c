"""Sums over the ledger of the queues, and who waits now."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.routing.board.formulas import Counts
from omnichannel.routing.rules import GAVE_UP
from threadline.db.pool import Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import CallId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class BoardStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def counts(self, since: datetime, until: datetime) -> dict[str, Counts]:
        return {
            row["queue"]: Counts(**{name: row[name] for name in Counts.__dataclass_fields__})
            for row in await self._pool.fetch(SQL["counts"], since, until, list(GAVE_UP))
        }

    async def waiting_now(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["waiting_now"])]

    async def crew(self) -> dict[str, dict[str, Any]]:
        """By agent's id: {role, skills: {skill: level}, holding: [{contact, queue, kind, state, number, since}]}."""
        return {
            str(row["id"]): {"role": row["role"], "skills": row["skills"], "holding": row["holding"]}
            for row in await self._pool.fetch(SQL["crew"])
        }

    async def decisions(self, contact: CallId) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["decisions"], contact)]

    async def way(self, contact: CallId) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["way"], contact)]

    async def case_row(self, number: int) -> int | None:
        found: int | None = await self._pool.fetchval(SQL["case_row"], number)
        return found

    async def names(self, agents: Sequence[UUID]) -> dict[str, str]:
        return {str(row["id"]): row["display_name"] for row in await self._pool.fetch(SQL["names"], agents)}
