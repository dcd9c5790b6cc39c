"""Rows of flows as they are edited and as calls went. Statements are in queries.sql under the methods' names."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = dict[str, Any]
Span = tuple[datetime, datetime]


class FlowRoomStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def flows(self) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["flows"])]

    async def numbers(self) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["numbers"])]

    async def revisions(self, flow: str) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["revisions"], flow)]

    async def revision(self, flow: str, number: int | None = None) -> Row | None:
        """The newest where `number` is None."""
        row = await self._link.fetchrow(SQL["revision"], flow, number)
        return None if row is None else dict(row)

    async def published(self, flow: str) -> int | None:
        found: int | None = await self._link.fetchval(SQL["published"], flow)
        return found

    async def lock_editing(self, flow: str) -> None:
        await self._link.execute(SQL["lock_editing"], flow)

    async def pin_route(self, number: str, title: str, flow: str, revision: int, region: str) -> None:
        await self._link.execute(SQL["pin_route"], number, title, flow, revision, region)

    async def ways_taken(self, flow: str, span: Span, revision: int | None) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["ways_taken"], flow, *span, revision)]

    async def keys_taken(self, flow: str, span: Span, revision: int | None) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["keys_taken"], flow, *span, revision)]

    async def calls_of(self, flow: str, span: Span, step: str | None) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["calls_of"], flow, *span, step)]
