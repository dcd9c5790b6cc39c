"""The rows of imports."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from omnichannel.contacts.fields import Fields
from omnichannel.contacts.importing.table import Table
from omnichannel.identity import Identity, Trust
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, ContactId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class LineRow(NamedTuple):
    """A line of an import; `findings` as Finding.shown."""

    line: int
    cells: list[str]
    findings: list[JsonValue]
    state: str


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A contact to be, and its thread to be."""

    contact: ContactId
    thread: ThreadId
    fields: Fields


class TakingStore:
    """What taken lines become, many rows a statement. Works on one connection, within its transaction."""

    def __init__(self, link: Connection) -> None:
        self._link = link

    async def take_people(self, people: Sequence[NewPerson], at: datetime) -> dict[ContactId, int]:
        """Their rows."""
        said = [
            {"contact": str(one.contact), "thread": str(one.thread), **asdict(one.fields)} for one in people
        ]
        rows = await self._link.fetch(SQL["take_people"], said, at)
        return {ContactId(row["public_id"]): row["id"] for row in rows}

    async def tell_people(self, told: Mapping[int, Fields]) -> None:
        said = [{"id": row, **asdict(fields)} for row, fields in told.items()]
        await self._link.execute(SQL["tell_people"], said)

    async def trust_identities(self, rows: Sequence[int], trust: Trust) -> None:
        await self._link.execute(SQL["trust_identities"], list(rows), int(trust))

    async def take_identities(
        self, added: Sequence[tuple[int, Identity]], trust: Trust, at: datetime
    ) -> None:
        said = [
            {"contact": row, "kind": one.kind, "scope": one.scope, "value": one.value, "raw": one.raw}
            for row, one in added
        ]
        await self._link.execute(SQL["take_identities"], said, int(trust), at)


class ImportStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_import(
        self, id_: UUID, name: str, agent: AgentId | None, table: Table, columns: Mapping[str, str], region: str,
        at: datetime,
    ) -> None:  # fmt: skip
        await self._link.execute(
            SQL["add_import"], id_, name, agent, list(table.header), dict(columns), region, table.encoding,
            table.delimiter, at,
        )  # fmt: skip

    async def add_lines(self, id_: UUID, lines: Sequence[LineRow]) -> None:
        await self._link.execute(SQL["add_lines"], id_, [one._asdict() for one in lines])

    async def find_import(self, id_: UUID) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["find_import"], id_)
        return None if row is None else dict(row)

    async def lines_after(self, id_: UUID, line: int, states: Sequence[str], limit: int) -> list[LineRow]:
        rows = await self._link.fetch(SQL["lines_after"], id_, line, list(states), limit)
        return [LineRow(*row) for row in rows]

    async def ready_lines(self, id_: UUID, limit: int) -> list[LineRow]:
        rows = await self._link.fetch(SQL["ready_lines"], id_, limit)
        return [LineRow(*row) for row in rows]

    async def check_lines(self, id_: UUID, lines: Sequence[LineRow]) -> None:
        told = [{"line": one.line, "findings": one.findings, "state": one.state} for one in lines]
        await self._link.execute(SQL["check_lines"], id_, told)

    async def set_columns(self, id_: UUID, columns: Mapping[str, str]) -> bool:
        return await self._link.fetchval(SQL["set_columns"], id_, dict(columns)) is not None

    async def begin_import(self, id_: UUID) -> bool:
        return await self._link.fetchval(SQL["begin_import"], id_) is not None

    async def lock_running(self) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["lock_running"])
        return None if row is None else dict(row)

    async def end_import(self, id_: UUID, at: datetime) -> None:
        await self._link.execute(SQL["end_import"], id_, at)
