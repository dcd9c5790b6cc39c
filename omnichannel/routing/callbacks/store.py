"""The rows of callbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.routing.model import read_steps
from omnichannel.routing.store import Asked
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class AskedIn:
    """Where the call that asks stands, or stood a moment ago. `overflowed`: it had asked for another queue."""

    queue: str
    thread: ThreadId | None
    caller: Json
    need: Sequence[Json]
    own_need: bool
    priority: int
    prefer: Json | None
    hard: Mapping[str, int]
    barred: Sequence[AgentId]
    entered_at: datetime
    overflowed: bool

    @property
    def asked(self) -> Asked:
        return Asked(self.queue, read_steps(self.need, {}), self.own_need, self.hard)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Somebody is to be called back. `trunk` None: an account of ours, `number` its name."""

    id: UUID
    asked_in: CallId
    queue: str
    thread: ThreadId | None
    number: str
    caller: Json
    need: Sequence[Json]
    own_need: bool
    priority: int
    prefer: Json | None
    trunk: str | None
    shown: str
    entered_at: datetime
    not_before: datetime
    not_after: datetime | None
    expires_at: datetime
    retry_after_s: float
    attempts_left: int
    hard: Mapping[str, int] = field(default_factory=dict)
    barred: Sequence[AgentId] = ()
    attempts: int = 0
    state: str = "scheduled"
    place: CallId | None = None

    def may_wait(self, now: datetime) -> bool:
        """Its time has come and is not over."""
        ends = self.expires_at if self.not_after is None else min(self.expires_at, self.not_after)
        return self.state == "scheduled" and self.not_before <= now < ends


class CallbackStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def asked_in(self, call: CallId, since: datetime) -> AskedIn | None:
        row = await self._link.fetchrow(SQL["asked_in"], call, since)
        if row is None:
            return None
        return AskedIn(
            row["queue"], row["thread_id"], row["caller"], row["need"], row["own_need"], row["priority"], row["prefer"],
            row["hard"], row["barred"], row["entered_at"], row["overflowed_at"] is not None,
        )  # fmt: skip

    async def lock_number(self, number: str) -> None:
        await self._link.execute(SQL["lock_number"], number)

    async def open_ticket(self, number: str, queue: str) -> UUID | None:
        found: UUID | None = await self._link.fetchval(SQL["open_ticket"], number, queue)
        return found

    async def count_open(self, queue: str) -> int:
        count: int = await self._link.fetchval(SQL["count_open"], queue)
        return count

    async def add_ticket(self, one: Ticket, at: datetime) -> None:
        await self._link.execute(
            SQL["add_ticket"], one.id, one.asked_in, one.queue, one.thread, one.number, one.caller, list(one.need),
            one.own_need, one.priority, one.prefer, one.trunk, one.shown, one.entered_at, one.not_before, one.not_after,
            one.expires_at, one.retry_after_s, one.attempts_left, at, dict(one.hard), list(one.barred),
        )  # fmt: skip

    async def take_over_place(self, call: CallId, ticket: UUID) -> None:
        await self._link.execute(SQL["take_over_place"], call, ticket)

    async def move_ticket(self, place: CallId, queue: str, need: Sequence[Json]) -> None:
        await self._link.execute(SQL["move_ticket"], place, queue, need)

    async def due_tickets(self, now: datetime) -> list[UUID]:
        return [row["id"] for row in await self._link.fetch(SQL["due_tickets"], now)]

    async def over_tickets(self, now: datetime) -> list[UUID]:
        return [row["id"] for row in await self._link.fetch(SQL["over_tickets"], now)]

    async def lock_ticket(self, ticket: UUID) -> Ticket | None:
        row = await self._link.fetchrow(SQL["lock_ticket"], ticket)
        if row is None:
            return None
        place = None if row["place"] is None else CallId(row["place"])
        return Ticket(
            row["id"], row["asked_in"], row["queue"], row["thread_id"], row["number"], row["caller"], row["need"],
            row["own_need"], row["priority"], row["prefer"], row["trunk"], row["shown"], row["entered_at"],
            row["not_before"], row["not_after"], row["expires_at"], row["retry_after_s"], row["attempts_left"],
            row["hard"], row["barred"], row["attempts"], row["state"], place,
        )  # fmt: skip

    async def begin_place(self, ticket: UUID, place: CallId) -> None:
        await self._link.execute(SQL["begin_place"], ticket, place)

    async def schedule_again(self, ticket: UUID, at: datetime, tried: int, why: str) -> None:
        await self._link.execute(SQL["schedule_again"], ticket, at, tried, why)

    async def close_ticket(self, ticket: UUID, state: str, tried: int, at: datetime, why: str) -> None:
        await self._link.execute(SQL["close_ticket"], ticket, state, tried, at, why)

    async def ticket_of_place(self, place: CallId) -> UUID | None:
        found: UUID | None = await self._link.fetchval(SQL["ticket_of_place"], place)
        return found

    async def next_moment(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_moment"])
        return found

    async def open_tickets(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["open_tickets"])]
