"""Ready texts and macros in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = Mapping[str, Any]


class CannedStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def canned(self, queue: str | None, begin: str, limit: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["canned"], queue, begin, limit)]

    async def save_canned(
        self,
        canned: UUID,
        shortcut: str,
        title: str,
        texts: Mapping[str, str],
        queue: str | None,
        now: datetime,
    ) -> None:
        await self._link.execute(SQL["save_canned"], canned, shortcut, title, dict(texts), queue, now)

    async def shortcut_owner(self, shortcut: str) -> UUID | None:
        found: UUID | None = await self._link.fetchval(SQL["shortcut_owner"], shortcut)
        return found

    async def has_canned(self, canned: UUID) -> bool:
        return bool(await self._link.fetchval(SQL["has_canned"], canned))

    async def drop_canned(self, canned: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_canned"], canned) is not None

    async def macros(self, queue: str | None) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["macros"], queue)]

    async def macro(self, macro: UUID) -> Row | None:
        row = await self._link.fetchrow(SQL["macro"], macro)
        return None if row is None else dict(row)

    async def save_macro(
        self, macro: UUID, title: str, actions: Sequence[Json], texts: Mapping[str, str], queue: str | None, now: datetime
    ) -> None:  # fmt: skip
        await self._link.execute(SQL["save_macro"], macro, title, list(actions), dict(texts), queue, now)

    async def drop_macro(self, macro: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_macro"], macro) is not None

    async def case_in_hand(self, thread_row: int, number: int | None) -> tuple[int, int] | None:
        """(row, number)."""
        row = await self._link.fetchrow(SQL["case_in_hand"], thread_row, number)
        return None if row is None else (row["id"], row["number"])
