"""What is searched, in the database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from threadline.db.pool import Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
MANY: Final = 3_000  # as `entries_anywhere` has it
BEGUN_MS: Final = (
    80  # what many words begin with is collected from all of them, which takes a second in a large history
)
LAST: Final = "\U0010ffff"  # behind whatever a text goes on with, byte by byte


class SearchStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest_entry(self) -> int:
        return int(await self._pool.fetchval(SQL["newest_entry"]))

    async def entries_within(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["entries_within"], query, limit)]

    async def entries_anywhere(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["entries_anywhere"], query, limit)]

    async def entries_lately(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["entries_lately"], query, limit)]

    async def entries_completed(self, before: str, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["entries_completed"], before, query, limit)]

    async def entries_begun(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        """None where that takes long."""
        return await self._soon("entries_anywhere", query, limit)

    async def spoken_begun(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        """None where that takes long."""
        return await self._soon("spoken", query, limit)

    async def _soon(self, statement: str, query: str, limit: int) -> list[Mapping[str, Any]]:
        try:
            async with self._pool.acquire() as link, link.transaction(readonly=True):
                await link.fetchval(SQL["at_most"], str(BEGUN_MS))
                return [dict(row) for row in await link.fetch(SQL[statement], query, limit)]
        except asyncpg.QueryCanceledError:
            return []

    async def spoken(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["spoken"], query, limit)]

    async def contacts_named(self, query: str, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["contacts_named"], query, limit)]

    async def contacts_known(self, begins: str, ends: str | None, limit: int) -> list[Mapping[str, Any]]:
        """`begins` and `ends` (reversed) as typed."""
        first = (begins, begins + LAST)
        second = (None, None) if ends is None else (ends, ends + LAST)
        rows = await self._pool.fetch(SQL["contacts_known"], *first, *second, limit)
        return [dict(row) for row in rows]

    async def case_numbered(self, number: int) -> Mapping[str, Any] | None:
        row = await self._pool.fetchrow(SQL["case_numbered"], number)
        return None if row is None else dict(row)
