"""Rules in the database, what happened, and what they did about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ivr_flows.calendar import Calendar
from omnichannel.rules.check import Catalogue
from omnichannel.rules.model import Rule, read_actions
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: to an entry, a case or a thread, by their rows."""

    id: int
    kind: str
    thread_row: int | None
    entry: int | None
    item: int | None
    at: datetime
    data: Json
    attempts: int


class RuleStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def happened(self, kind: str, thread_row: int, entry: int, at: datetime, data: Json) -> None:
        await self._link.execute(SQL["happened"], kind, thread_row, entry, at, data)

    async def claim_happening(self, now: datetime) -> Happening | None:
        row = await self._link.fetchrow(SQL["claim_happening"], now)
        if row is None:
            return None
        return Happening(
            row["id"], row["kind"], row["thread_id"], row["interaction_id"], row["work_item_id"], row["at"],
            row["data"], row["attempts"],
        )  # fmt: skip

    async def done_happening(self, happening: int) -> None:
        await self._link.execute(SQL["done_happening"], happening)

    async def put_off_happening(self, happening: int, until: datetime, error: str) -> None:
        await self._link.execute(SQL["put_off_happening"], happening, until, error)

    async def park_happening(self, happening: int, error: str) -> None:
        await self._link.execute(SQL["park_happening"], happening, error)

    async def next_happening(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_happening"])
        return found

    async def prune_happenings(self, before: datetime, limit: int) -> int:
        done: str = await self._link.execute(SQL["prune_happenings"], before, limit)
        return int(done.rpartition(" ")[2])

    async def prune_auto_replies(self, before: datetime) -> None:
        await self._link.execute(SQL["prune_auto_replies"], before)

    async def by_rule(self, title: str) -> None:
        await self._link.execute(SQL["by_rule"], title)

    async def facts(
        self, entry: int | None, item: int | None, thread_row: int | None
    ) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["facts"], entry, item, thread_row)
        return None if row is None else dict(row)

    async def newest_way(self, thread_row: int) -> tuple[int, int] | None:
        """(identity, endpoint)."""
        row = await self._link.fetchrow(SQL["newest_way"], thread_row)
        return None if row is None else (row["identity_id"], row["endpoint_id"])

    async def rules_for(self, trigger: str) -> list[Rule]:
        return [rule_of(dict(row)) for row in await self._link.fetch(SQL["rules_for"], trigger)]

    async def rules(self, since: datetime) -> list[tuple[Rule, int]]:
        """Each with how often it was applied since."""
        rows = await self._link.fetch(SQL["rules"], since)
        return [(rule_of(dict(row)), row["applied"]) for row in rows]

    async def rule(self, rule: UUID) -> Rule | None:
        row = await self._link.fetchrow(SQL["rule"], rule)
        return None if row is None else rule_of(dict(row))

    async def save_rule(self, rule: Rule, now: datetime) -> None:
        actions = [action.to_json() for action in rule.actions]
        await self._link.execute(
            SQL["save_rule"], rule.id, rule.title, rule.trigger, rule.condition, actions, rule.is_on, rule.place,
            rule.is_last, now,
        )  # fmt: skip

    async def drop_rule(self, rule: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_rule"], rule) is not None

    async def add_run(
        self, rule: UUID, happening: int, at: datetime, outcome: str, done: Sequence[Json]
    ) -> bool:
        """False: it was applied to that before."""
        found = await self._link.fetchval(SQL["add_run"], rule, happening, at, outcome, list(done))
        return found is not None

    async def runs(self, rule: UUID, limit: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["runs"], rule, limit)]

    async def replies_to(self, identity: int, rule: UUID, since: datetime) -> tuple[int, datetime | None]:
        row = await self._link.fetchrow(SQL["replies_to"], identity, rule, since)
        assert row is not None
        return row["recent"], row["last"]

    async def add_auto_reply(self, identity: int, rule: UUID, at: datetime) -> None:
        await self._link.execute(SQL["add_auto_reply"], identity, rule, at)

    async def calendars(self) -> dict[str, Calendar]:
        rows = await self._link.fetch(SQL["calendars"])
        return {row["id"]: Calendar.of(row["timezone"], row["weekly"], row["holidays"]) for row in rows}

    async def catalogue(self) -> Catalogue:
        row = await self._link.fetchrow(SQL["catalogue"])
        assert row is not None
        return Catalogue(
            frozenset(row["queues"]), frozenset(row["calendars"]), frozenset(row["logins"]), frozenset(row["webhooks"])
        )  # fmt: skip

    async def agent_by_login(self, login: str) -> AgentId | None:
        found: UUID | None = await self._link.fetchval(SQL["agent_by_login"], login)
        return None if found is None else AgentId(found)

    async def agent_by_id(self, agent: AgentId) -> Json:
        """{login, name}."""
        row = await self._link.fetchrow(SQL["agent_by_id"], agent)
        return (
            {"login": "", "name": ""} if row is None else {"login": row["login"], "name": row["display_name"]}
        )

    async def open_case(self, thread_row: int) -> int | None:
        found: int | None = await self._link.fetchval(SQL["open_case"], thread_row)
        return found

    async def queue_webhook(self, webhook: UUID, key: UUID, event: str, body: str, now: datetime) -> bool:
        return await self._link.fetchval(SQL["queue_webhook"], webhook, key, event, body, now) is not None

    async def thread_row(self, thread: ThreadId) -> int | None:
        found: int | None = await self._link.fetchval(SQL["thread_row"], thread)
        return found

    async def entry_row(self, entry: int) -> Mapping[str, Any] | None:
        """{id, kind, direction, status}."""
        row = await self._link.fetchrow(SQL["entry_row"], entry)
        return None if row is None else dict(row)


def rule_of(row: Mapping[str, Any]) -> Rule:
    return Rule(
        row["id"], row["title"], row["trigger"], row["condition"], read_actions(row["actions"]), row["is_on"],
        row["place"], row["is_last"],
    )  # fmt: skip
