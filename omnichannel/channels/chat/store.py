"""What a chat needs of the rows of messages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class ChatStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def said(
        self, endpoint: int, scope: str, visitor: str, limit: int, before: int
    ) -> list[dict[str, Any]]:
        return [
            dict(row) for row in await self._link.fetch(SQL["said"], endpoint, scope, visitor, limit, before)
        ]

    async def waiting(self, endpoint: int, visitor: str) -> list[bytes]:
        return [row["raw"] for row in await self._link.fetch(SQL["waiting"], endpoint, visitor)]

    async def taken(self, endpoint: int, key: str) -> bytes | None:
        found: bytes | None = await self._link.fetchval(SQL["taken"], endpoint, key)
        return found

    async def uploads(self, files: Sequence[UUID], uploaded_by: str) -> dict[UUID, tuple[str, str]]:
        rows = await self._link.fetch(SQL["uploads"], list(files), uploaded_by)
        return {row["id"]: (row["name"], row["mime"]) for row in rows}

    async def thread_of_visitor(self, scope: str, visitor: str) -> UUID | None:
        found: UUID | None = await self._link.fetchval(SQL["thread_of_visitor"], scope, visitor)
        return found

    async def visitors_of(self, thread: UUID) -> list[tuple[str, str]]:
        return [(row["scope"], row["value"]) for row in await self._link.fetch(SQL["visitors_of"], thread)]

    async def brought(self, entry: int) -> tuple[list[UUID], str | None]:
        row = await self._link.fetchrow(SQL["brought"], entry)
        if row is None or not row["files"]:
            return [], None
        return [UUID(one) for one in row["files"]], row["uploaded_by"]
