"""The rows of what is to be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """An identity of a thread's contact."""

    row: int
    kind: str
    scope: str
    value: str
    trust: int
    do_not_contact: bool
    last_inbound: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until its lease is over. `attempts` counts this one; `endpoint` is a row."""

    id: int
    entry: int
    endpoint: Mapping[str, Any]
    payload: Json
    key: str
    attempts: int
    files: Sequence[UUID]


class OutboxStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def reach(self, thread_row: int) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["reach"], thread_row)]

    async def recipient(self, thread_row: int, identity_row: int, endpoint_row: int) -> Recipient | None:
        row = await self._link.fetchrow(SQL["recipient"], thread_row, identity_row, endpoint_row)
        if row is None:
            return None
        return Recipient(
            row["id"], row["kind"], row["scope"], row["value"], row["trust"], row["do_not_contact"],
            row["last_inbound"],
        )  # fmt: skip

    async def answered(
        self, thread_row: int, endpoint_row: int, entry: int | None, identity_row: int
    ) -> Mapping[str, Any] | None:
        """{id, provider_msg_id, meta}."""
        row = await self._link.fetchrow(SQL["answered"], thread_row, endpoint_row, entry, identity_row)
        return None if row is None else dict(row)

    async def add_outgoing(
        self, entry: int, endpoint_row: int, recipient: str, payload: Json, key: str, at: datetime, bell: str
    ) -> None:
        await self._link.execute(SQL["add_outgoing"], entry, endpoint_row, recipient, payload, key, at, bell)

    async def claim_outgoing(self, now: datetime, lease_until: datetime, limit: int) -> list[Claimed]:
        rows = await self._link.fetch(SQL["claim_outgoing"], now, lease_until, limit)
        return [_claimed(dict(row)) for row in rows]

    async def next_outgoing(self, now: datetime) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_outgoing"], now)
        return found

    async def ended(
        self, message: int, state: str, at: datetime, error: str | None, unsure_at: datetime | None
    ) -> bool:
        """False when it was ended before, by an echo or by a worker whose lease was over."""
        return await self._link.fetchval(SQL["ended"], message, state, at, error, unsure_at) is not None

    async def put_off(
        self, message: int, until: datetime, error: str, unsure_at: datetime | None, uncounted: int
    ) -> None:
        """`uncounted`: attempts (1 or none) that were no fault of the message."""
        await self._link.execute(SQL["put_off"], message, until, error, unsure_at, uncounted)

    async def cancel(self, entry: int, now: datetime) -> bool:
        return await self._link.fetchval(SQL["cancel"], entry, now) is not None

    async def again(self, entry: int, now: datetime, key: str, *, was_refused: bool) -> bool:
        """`was_refused`: also what went out, for the provider refused it afterwards."""
        return await self._link.fetchval(SQL["again"], entry, now, key, was_refused) is not None

    async def entry_of(self, entry: int) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["entry_of"], entry)
        return None if row is None else dict(row)

    async def requeue_entry(self, entry: int) -> None:
        await self._link.execute(SQL["requeue_entry"], entry)

    async def depth(self) -> tuple[int, datetime | None]:
        """(messages that wait, since when the oldest does)."""
        row = await self._link.fetchrow(SQL["depth"])
        assert row is not None
        return row["waiting"], row["oldest"]


def _claimed(row: Mapping[str, Any]) -> Claimed:
    return Claimed(
        row["message"], row["interaction_id"], row, row["payload"], row["key"], row["attempts"], row["files"]
    )
