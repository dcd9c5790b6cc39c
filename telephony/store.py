"""Telephony's rows. Statements are in queries.sql under the methods' names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from telephony.errors import RowsRefused
from threadline.db.errors import DatabaseUnavailable
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import CallEvent, CallEventKind, Json
from threadline.kernel.ids import CallId
from threadline.kernel.phone import to_e164

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class CallRow:
    """The facts of a call that are known when it arrives."""

    id: CallId
    direction: str
    from_number: str | None
    from_raw: str
    to_number: str
    source: str
    flow_id: str | None
    flow_revision: int | None
    thread_id: UUID | None
    contact_id: UUID | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class LegRow:
    """What is known of a leg; fields that are None leave what an earlier row said."""

    id: UUID
    call_id: CallId
    kind: str
    role: str
    peer: str
    agent_id: UUID | None
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    stats: Json | None = None


NEWS_OF_A_LEG: Final = ("answered_at", "ended_at", "end_reason", "stats")


@dataclass(frozen=True, slots=True)
class EndedCall:
    """The sum of a call's ledger."""

    id: CallId
    language: str | None
    queue: str | None
    agent_id: UUID | None
    answered_at: datetime | None
    ended_at: datetime
    result: str
    reason: str


@dataclass(slots=True)
class Batch:
    """Rows to be written in one transaction, in this order."""

    calls: list[CallRow] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)
    legs: list[LegRow] = field(default_factory=list)
    ended: list[EndedCall] = field(default_factory=list)
    closed: list[tuple[CallId, datetime]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.calls or self.events or self.legs or self.ended or self.closed)

    def singly(self) -> "list[tuple[CallId, Batch]]":
        """The same rows in the order they are written, each a batch of its own with the call it belongs to."""
        return [
            *((row.id, Batch(calls=[row])) for row in self.calls),
            *((event.call, Batch(events=[event])) for event in self.events),
            *((leg.call_id, Batch(legs=[leg])) for leg in self.legs),
            *((sums.id, Batch(ended=[sums])) for sums in self.ended),
            *((call, Batch(closed=[(call, at)])) for call, at in self.closed),
        ]


@dataclass(frozen=True, slots=True)
class Route:
    """A published number. `revision` None follows the published one."""

    number: str
    title: str
    flow_id: str
    revision: int | None
    region: str
    record: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved text of a flow; it never changes."""

    flow_id: str
    n: int
    yaml: str


Row: TypeAlias = asyncpg.Record


class TelephonyStore:
    """Reads and writes. Reads raise asyncpg's errors, which the callers' supervisors log."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, batch: Batch) -> None:
        """One transaction for all of it. Nothing is written when it raises.

        Raises DatabaseUnavailable when trying again may help, RowsRefused when these rows never get in.
        """
        try:
            await self._write(batch)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as exc:
            raise RowsRefused(type(exc).__name__) from exc
        except DATABASE_TROUBLE as exc:
            raise DatabaseUnavailable(type(exc).__name__) from exc

    async def _write(self, batch: Batch) -> None:
        async with self._pool.acquire() as link, link.transaction():
            for name, rows in (
                ("insert_calls", [_values(row) for row in batch.calls]),
                ("insert_events", [(one.call, one.at, one.kind.value, one.data) for one in batch.events]),
                ("upsert_legs", [_values(row) for row in latest(batch.legs)]),
                ("end_calls", [_values(row) for row in batch.ended]),
                ("close_calls", batch.closed),
            ):
                if rows:
                    await link.execute(_SQL[name], *(list(column) for column in zip(*rows, strict=True)))

    async def unclosed_calls(self) -> list[Row]:
        return await self._pool.fetch(_SQL["unclosed_calls"])

    async def call_row(self, call: CallId) -> Row | None:
        return await self._pool.fetchrow(_SQL["call_row"], call)

    async def has_call_from(self, source: str) -> bool:
        """Whether a call came by this very way, such as `twilio:CA…`."""
        return bool(await self._pool.fetchval(_SQL["has_call_from"], source))

    async def events_of(self, call: CallId) -> list[CallEvent]:
        rows = await self._pool.fetch(_SQL["events_of"], call)
        return [CallEvent(call, row["at"], CallEventKind(row["kind"]), row["data"]) for row in rows]

    async def legs_of(self, call: CallId) -> list[Row]:
        return await self._pool.fetch(_SQL["legs_of"], call)

    async def account_number(self, username: str) -> str | None:
        number: str | None = await self._pool.fetchval(_SQL["account_number"], username)
        return number

    async def account_dialled(self, dialled: str, region: str) -> str | None:
        """The account of that user name, else of that number as `region` reads it; None: nobody's."""
        if not dialled.isprintable():
            return None
        forms = [dialled, to_e164(dialled, region) or dialled]
        found: str | None = await self._pool.fetchval(_SQL["account_dialled"], dialled, forms)
        return found

    async def caller_id_of(self, queue: str | None) -> str | None:
        number: str | None = await self._pool.fetchval(_SQL["caller_id_of"], queue)
        return number

    async def queue_title(self, queue: str) -> str | None:
        title: str | None = await self._pool.fetchval(_SQL["queue_title"], queue)
        return title

    async def set_caller_id(self, queue: str, number: str | None) -> bool:
        return await self._pool.fetchval(_SQL["set_caller_id"], queue, number) is not None

    async def routes(self) -> list[Route]:
        return [Route(**row) for row in await self._pool.fetch(_SQL["routes"])]

    async def upsert_route(self, route: Route) -> None:
        await self._pool.execute(_SQL["upsert_route"], *_values(route))

    async def calendars(self) -> list[Row]:
        return await self._pool.fetch(_SQL["calendars"])

    async def upsert_calendar(self, name: str, timezone: str, weekly: Json, holidays: Sequence[Json]) -> None:
        await self._pool.execute(_SQL["upsert_calendar"], name, timezone, weekly, list(holidays))

    async def save_revision(
        self, flow: str, sha256: str, author: str, message: str, yaml: str, at: datetime
    ) -> int:
        """The number of the revision that holds this text; the newest one's own when nothing changed."""
        async with self._pool.acquire() as link, link.transaction():
            await link.execute(_SQL["add_flow"], flow)
            await link.fetchrow(_SQL["lock_flow"], flow)
            newest = await link.fetchrow(_SQL["newest_revision"], flow)
            if newest is not None and newest["sha256"] == sha256:
                return int(newest["n"])
            number = 1 if newest is None else int(newest["n"]) + 1
            await link.execute(_SQL["add_revision"], flow, number, sha256, author, message, yaml, at)
            return number

    async def publish_revision(self, flow: str, number: int) -> bool:
        """False when there is no such revision."""
        return await self._pool.fetchval(_SQL["publish_revision"], flow, number) is not None

    async def revision(self, flow: str, number: int) -> Revision | None:
        row = await self._pool.fetchrow(_SQL["revision"], flow, number)
        return None if row is None else Revision(flow, row["n"], row["yaml"])

    async def published_revisions(self) -> list[Revision]:
        rows = await self._pool.fetch(_SQL["published_revisions"])
        return [Revision(row["id"], row["n"], row["yaml"]) for row in rows]


def latest(legs: Iterable[LegRow]) -> list[LegRow]:
    """One row of each leg, with the last that was said of every field that may change."""
    found: dict[UUID, LegRow] = {}
    for leg in legs:
        known = found.get(leg.id)
        if known is None:
            found[leg.id] = leg
        else:
            news = {name: told for name in NEWS_OF_A_LEG if (told := getattr(leg, name)) is not None}
            found[leg.id] = replace(known, **news)
    return list(found.values())


def _values(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in row.__dataclass_fields__)
