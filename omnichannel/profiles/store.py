"""Whose names are wanted, and who wants no messages, in the database."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class ProfileStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def want_profile(self, identity: int, endpoint: int, now: datetime) -> bool:
        """False: he has a name, or was asked for before."""
        return await self._link.fetchval(SQL["want_profile"], identity, endpoint, now) is not None

    async def claim_profile(self, now: datetime, until: datetime) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["claim_profile"], now, until)
        return None if row is None else dict(row)

    async def end_profile(self, identity: int, endpoint: int, now: datetime) -> None:
        await self._link.execute(SQL["end_profile"], identity, endpoint, now)

    async def next_profile(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_profile"])
        return found

    async def opted(self, entry: int) -> str | None:
        found: str | None = await self._link.fetchval(SQL["opted"], entry)
        return found

    async def contact_no_more(self, identity: int, *, is_stopped: bool) -> bool:
        """False: it was so already."""
        return await self._link.fetchval(SQL["contact_no_more"], identity, is_stopped) is not None
