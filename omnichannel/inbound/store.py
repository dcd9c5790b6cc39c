"""The rows of what providers delivered, and of files they still keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.channels.port import Delivered
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Event:
    """A stored delivery whose row is locked. `endpoint` is the row of its endpoint."""

    id: int
    raw: bytes
    headers: Mapping[str, str]
    attempts: int
    endpoint: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file we are to fetch."""

    id: UUID
    entry: int
    endpoint_row: int
    name: str
    mime: str
    content_id: str | None
    url: str
    attempts: int


class InboxStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_events(self, events: Sequence[tuple[int, Delivered]], at: datetime, bell: str) -> int:
        """How many were new; then `bell` rings in every process. Each with the row of its endpoint."""
        found: int = await self._link.fetchval(
            SQL["add_events"], at, [row for row, _ in events], [one.key for _, one in events],
            [one.sender for _, one in events], [dict(one.headers) for _, one in events],
            [one.raw for _, one in events], bell,
        )  # fmt: skip
        return found

    async def claim_events(self, now: datetime, most: int) -> list[Event]:
        """First to last of each sender; nobody else can take these senders' until the transaction ends."""
        rows = await self._link.fetch(SQL["claim_events"], now, most)
        return [_event(dict(row)) for row in rows]

    async def give_way(self) -> None:
        """Until the transaction ends, a lock that is somebody's for long raises."""
        await self._link.execute(SQL["give_way"])

    async def done_events(self, events: Sequence[int], at: datetime) -> None:
        await self._link.execute(SQL["done_events"], list(events), at)

    async def put_off_event(self, event: int, until: datetime, error: str) -> None:
        await self._link.execute(SQL["put_off_event"], event, until, error)

    async def park_event(self, event: int, at: datetime, error: str) -> None:
        await self._link.execute(SQL["park_event"], event, at, error)

    async def next_event(self, soon: datetime) -> datetime | None:
        """When to look again: `soon` where somebody else has events under way."""
        found: datetime | None = await self._link.fetchval(SQL["next_event"], soon)
        return found

    async def parked_events(self, before: int, limit: int) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["parked_events"], before, limit)]

    async def raw_event(self, event: int) -> bytes | None:
        found: bytes | None = await self._link.fetchval(SQL["raw_event"], event)
        return found

    async def replay_event(self, event: int) -> bool:
        return await self._link.fetchval(SQL["replay_event"], event) is not None

    async def prune_events(self, before: datetime, limit: int) -> int:
        """How many went."""
        return int((await self._link.execute(SQL["prune_events"], before, limit)).rpartition(" ")[2])

    async def depth(self) -> tuple[int, int]:
        """(waiting, parked)."""
        row = await self._link.fetchrow(SQL["depth"])
        assert row is not None
        return row["waiting"], row["parked"]

    async def claim_file(self, now: datetime, lease_until: datetime) -> PendingFile | None:
        row = await self._link.fetchrow(SQL["claim_file"], now, lease_until)
        if row is None:
            return None
        return PendingFile(
            row["id"], row["interaction_id"], row["endpoint_row"], row["name"], row["mime"], row["content_id"],
            row["source_url"], row["attempts"],
        )  # fmt: skip

    async def next_file(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_file"])
        return found

    async def drop_file(self, file: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_file"], file) is not None

    async def lose_file(self, file: UUID, state: str, detail: str) -> None:
        await self._link.execute(SQL["lose_file"], file, state, detail)

    async def put_off_file(self, file: UUID, until: datetime) -> None:
        await self._link.execute(SQL["put_off_file"], file, until)


def _event(row: Mapping[str, Any]) -> Event:
    return Event(row["event"], row["raw"], row["headers"], row["attempts"], row)
