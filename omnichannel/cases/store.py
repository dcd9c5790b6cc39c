"""Cases in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ivr_flows.calendar import Calendar
from omnichannel.cases.model import NO_PROMISE, Case, ClockName, Kept, Policy, Status, View
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A case and where it is kept. `policy` is the name of its promise."""

    row: int
    number: int
    thread_row: int
    queue: str | None
    priority: int
    subject: str | None
    topic: str | None
    tags: list[str]
    fields: dict[str, str]
    case: Case


class CaseStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def lock_thread(self, thread_row: int) -> None:
        await self._link.execute(SQL["lock_thread"], thread_row)

    async def thread_row(self, thread: ThreadId) -> int | None:
        found: int | None = await self._link.fetchval(SQL["thread_row"], thread)
        return found

    async def thread_name(self, thread_row: int) -> ThreadId:
        found: UUID = await self._link.fetchval(SQL["thread_name"], thread_row)
        return ThreadId(found)

    async def newest_case(self, thread_row: int, queue: str | None) -> Stored | None:
        row = await self._link.fetchrow(SQL["newest_case"], thread_row, queue)
        return None if row is None else _stored(dict(row))

    async def case_row(self, number: int) -> Stored | None:
        row = await self._link.fetchrow(SQL["case_row"], number)
        return None if row is None else _stored(dict(row))

    async def policy(self, queue: str | None) -> Policy:
        """What is promised in that queue."""
        row = await self._link.fetchrow(SQL["policy"], queue)
        if row is None or row["id"] is None:
            return NO_PROMISE
        calendar = None
        if row["timezone"] is not None:
            calendar = Calendar.of(row["timezone"], row["weekly"], row["holidays"])
        window = row["reopen_window_s"]
        return Policy(
            row["id"], row["first_reply_s"], row["turn_s"], row["resolve_s"], calendar,
            NO_PROMISE.reopen_window_s if window is None else window,
        )  # fmt: skip

    async def add_case(
        self, thread_row: int, case: Case, policy: Policy, *, queue: str | None, priority: int, subject: str,
        topic: str | None,
    ) -> Stored:  # fmt: skip
        row = await self._link.fetchrow(
            SQL["add_case"], thread_row, case.status, queue, priority, subject, topic, case.owner, case.opened_at,
            case.opened_by, policy.id or None, case.turn_at, case.first_due_at, case.turn_due_at, case.resolve_due_at,
            case.next_due_at(case.opened_at),
        )  # fmt: skip
        assert row is not None
        return _stored(dict(row))

    async def save_case(self, row: int, case: Case, now: datetime) -> None:
        await self._link.execute(
            SQL["save_case"], row, case.status, case.owner, case.period_at, case.opened_by, case.first_human_reply_at,
            case.resolved_at, case.closed_at, case.reopen_count, case.turn_at, case.first_due_at, case.turn_due_at,
            case.resolve_due_at, case.resolve_left_s, case.snoozed_until, case.next_due_at(now), now,
        )  # fmt: skip

    async def describe_case(self, case: Stored, now: datetime) -> None:
        await self._link.execute(
            SQL["describe_case"], case.row, case.queue, case.priority, case.subject, case.topic, case.tags,
            case.fields, now,
        )  # fmt: skip

    async def put_into_case(self, entry: int, row: int) -> None:
        await self._link.execute(SQL["put_into_case"], entry, row)

    async def add_sla_event(self, row: int, outcome: str, kept: Kept) -> None:
        await self._link.execute(
            SQL["add_sla_event"], row, kept.clock, outcome, kept.started_at, kept.due_at, kept.at, kept.wall_s,
            kept.business_s,
        )  # fmt: skip

    async def is_told_broken(self, row: int, clock: ClockName, started_at: datetime) -> bool:
        return bool(await self._link.fetchval(SQL["is_told_broken"], row, clock, started_at))

    async def assign(
        self, row: int, agent: AgentId | None, queue: str | None, now: datetime, reason: str
    ) -> None:
        """The case is with that agent and queue from now on."""
        await self._link.execute(SQL["end_assignment"], row, now)
        await self._link.execute(SQL["begin_assignment"], row, agent, queue, now, reason)

    async def due_cases(self, now: datetime) -> list[Stored]:
        return [_stored(dict(row)) for row in await self._link.fetch(SQL["due_cases"], now)]

    async def asleep_cases(self, now: datetime) -> list[Stored]:
        return [_stored(dict(row)) for row in await self._link.fetch(SQL["asleep_cases"], now)]

    async def next_moment(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_moment"])
        return found

    async def set_next_due(self, row: int, due: datetime | None) -> None:
        await self._link.execute(SQL["set_next_due"], row, due)

    async def show_case(self, number: int) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["show_case"], number)
        return None if row is None else dict(row)

    async def list_urgent(
        self, view: View, after: tuple[int, datetime, int], limit: int
    ) -> list[Mapping[str, Any]]:
        rows = await self._link.fetch(
            SQL["list_urgent"], *_asked(view), *after, limit,
        )  # fmt: skip
        return [dict(row) for row in rows]

    async def count_view(self, view: View) -> int:
        return int(await self._link.fetchval(SQL["count_view"], *_asked(view)))

    async def queues_of(self, agent: AgentId | None) -> list[str]:
        return [row["id"] for row in await self._link.fetch(SQL["queues_of"], agent)]

    async def counts(self, agent: AgentId | None, queues: Sequence[str]) -> Json:
        row = await self._link.fetchrow(SQL["counts"], agent, list(queues))
        assert row is not None
        return dict(row)

    async def mention(
        self, entry: int, logins: Sequence[str], by: AgentId | None, now: datetime
    ) -> list[AgentId]:
        rows = await self._link.fetch(SQL["mention"], entry, list(logins), by, now)
        return [AgentId(row["agent_id"]) for row in rows]

    async def mentions(self, agent: AgentId, *, seen: bool, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["mentions"], agent, seen, limit)]

    async def see_mentions(self, agent: AgentId, thread: ThreadId, now: datetime) -> None:
        await self._link.execute(SQL["see_mentions"], agent, thread, now)

    async def policies(self) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["policies"])]

    async def promises(self) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["promises"])]

    async def save_policy(
        self, name: str, title: str, first_s: int | None, turn_s: int | None, resolve_s: int | None,
        calendar: str | None,
    ) -> None:  # fmt: skip
        await self._link.execute(SQL["save_policy"], name, title, first_s, turn_s, resolve_s, calendar)

    async def has_calendar(self, name: str) -> bool:
        return bool(await self._link.fetchval(SQL["has_calendar"], name))

    async def promise_queue(self, queue: str, policy: str | None, reopen_window_s: int) -> bool:
        """False: there is no such queue."""
        return bool(await self._link.fetchval(SQL["promise_queue"], queue, policy, reopen_window_s))


def _asked(view: View) -> tuple[object, ...]:
    """A view as `list_urgent` and `count_view` take it."""
    queues = None if view.queues is None else list(view.queues)
    return (
        view.owner, view.is_unassigned, queues, list(view.statuses), view.asleep, view.tag, view.thread,
    )  # fmt: skip


def _stored(row: Mapping[str, Any]) -> Stored:
    case = Case(
        status=Status(row["status"]),
        opened_at=row["opened_at"],
        period_at=row["period_at"],
        opened_by=row["opened_by"],
        owner=None if row["owner_agent_id"] is None else AgentId(row["owner_agent_id"]),
        first_human_reply_at=row["first_human_reply_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        reopen_count=row["reopen_count"],
        turn_at=row["turn_at"],
        first_due_at=row["first_due_at"],
        turn_due_at=row["turn_due_at"],
        resolve_due_at=row["resolve_due_at"],
        resolve_left_s=row["resolve_left_s"],
        snoozed_until=row["snoozed_until"],
    )
    return Stored(
        row["id"], row["number"], row["thread_id"], row["queue"], row["priority"], row["subject"], row["topic"],
        list(row["tags"]), dict(row["fields"]), case,
    )  # fmt: skip
