"""The rows of addresses of ours."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class EndpointStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def endpoint_of_hook(self, public_id: UUID) -> Mapping[str, Any] | None:
        return await self._row("endpoint_of_hook", public_id)

    async def endpoint_of_row(self, row: int) -> Mapping[str, Any] | None:
        return await self._row("endpoint_of_row", row)

    async def endpoints(self, kind: str | None, state: str | None) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["endpoints"], kind, state)]

    async def add_endpoint(
        self,
        public_id: UUID,
        kind: str,
        address: str,
        title: str,
        config: Mapping[str, str],
        secrets: bytes,
        queue: str | None,
        region: str,
        language: str | None,
        at: datetime,
    ) -> Mapping[str, Any] | None:
        return await self._row(
            "add_endpoint",
            public_id,
            kind,
            address,
            title,
            dict(config),
            secrets,
            queue,
            region,
            language,
            at,
        )

    async def change_endpoint(
        self,
        row: int,
        address: str,
        title: str,
        config: Mapping[str, str],
        secrets: bytes,
        queue: str | None,
        region: str,
        language: str | None,
        at: datetime,
    ) -> Mapping[str, Any] | None:
        return await self._row(
            "change_endpoint", row, address, title, dict(config), secrets, queue, region, language, at
        )

    async def switch_endpoint(self, public_id: UUID, state: str, at: datetime) -> Mapping[str, Any] | None:
        return await self._row("switch_endpoint", public_id, state, at)

    async def needs_people(self, row: int, problem: str) -> bool:
        return await self._link.fetchval(SQL["needs_people"], row, problem) is not None

    async def pause(self, row: int, until: datetime) -> None:
        await self._link.execute(SQL["pause"], row, until)

    async def forget_endpoint(self, public_id: UUID, at: datetime) -> bool:
        return await self._link.fetchval(SQL["forget_endpoint"], public_id, at) is not None

    async def secrets(self, row: int) -> bytes | None:
        found: bytes | None = await self._link.fetchval(SQL["secrets"], row)
        return found

    async def keep_secrets(self, row: int, sealed: bytes) -> None:
        await self._link.execute(SQL["keep_secrets"], row, sealed)

    async def claim_fetching(self, row: int, holder: str, now: datetime, until: datetime) -> bool:
        return await self._link.fetchval(SQL["claim_fetching"], row, holder, now, until) is not None

    async def leave_fetching(self, row: int, holder: str) -> None:
        await self._link.execute(SQL["leave_fetching"], row, holder)

    async def _row(self, name: str, *arguments: object) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL[name], *arguments)
        return None if row is None else dict(row)


@asynccontextmanager
async def secrets_held(pool: Pool, row: int) -> AsyncIterator[EndpointStore]:
    """The lock on an endpoint's secrets. It is the connection's: a process that dies gives it back."""
    async with pool.acquire() as link:
        await link.execute(SQL["lock_secrets"], str(row))
        try:
            yield EndpointStore(link)
        finally:
            await link.execute(SQL["unlock_secrets"], str(row))
