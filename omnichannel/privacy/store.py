"""The rows of privacy: one class for what is asked, one for what is taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.privacy.traces import Known
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """A contact and whoever was merged into it: rows and public names, the root first."""

    root: int
    contact: UUID
    contacts: tuple[int, ...]
    contact_names: tuple[UUID, ...]
    threads: tuple[int, ...]
    thread_names: tuple[UUID, ...]
    erased_at: datetime | None
    legal_hold: str | None


class PrivacyStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def apply(self, statement: str, *values: object) -> str:
        """Runs a statement of queries.sql that returns nothing; what PostgreSQL says of it."""
        return str(await self._link.execute(SQL[statement], *values))

    async def rows(self, statement: str, *values: object) -> Rows:
        """The rows of a statement of queries.sql."""
        return [dict(row) for row in await self._link.fetch(SQL[statement], *values)]

    async def person(self, contact: UUID) -> Person | None:
        found = await self.rows("members", contact)
        if not found:
            return None
        return Person(
            found[0]["id"],
            found[0]["public_id"],
            tuple(row["id"] for row in found),
            tuple(row["public_id"] for row in found),
            tuple(row["thread_row"] for row in found),
            tuple(row["thread"] for row in found),
            found[0]["erased_at"],
            next((row["legal_hold"] for row in found if row["legal_hold"]), None),
        )

    async def lock_contacts(self, contacts: Sequence[int]) -> None:
        await self._link.fetch(SQL["lock_contacts"], list(contacts))

    async def calls_of(self, person: Person) -> list[UUID]:
        rows = await self.rows("calls_of", list(person.threads), list(person.thread_names))
        return [row["id"] for row in rows]

    async def is_moving(self, person: Person, calls: Sequence[UUID]) -> bool:
        return bool(await self._link.fetchval(SQL["is_moving"], list(person.contacts), list(calls)))

    async def known_values(self, person: Person) -> list[Known]:
        return [Known(**row) for row in await self.rows("known_values", list(person.contacts))]

    async def entry_batch(self, person: Person, after: int, limit: int) -> list[int]:
        return [row["id"] for row in await self.rows("entry_batch", list(person.threads), after, limit)]

    async def inbound_batch(self, after: int, limit: int) -> list[int]:
        return [row["id"] for row in await self.rows("inbound_batch", after, limit)]

    async def standing(self, person: Person) -> Mapping[str, Any]:
        return (await self.rows("standing", list(person.contacts)))[0]

    async def add_consent(
        self, contact: int, channel: str, state: str, source: str, version: str | None, at: datetime,
        by: tuple[str, str | None],
    ) -> None:  # fmt: skip
        await self.apply("add_consent", contact, channel, state, source, version, at, *by)

    async def add_request(
        self, request: UUID, kind: str, contact: int, by: tuple[str, str | None], at: datetime, due: datetime
    ) -> None:
        await self.apply("add_request", request, kind, contact, *by, at, due)

    async def request(self, request: UUID) -> dict[str, Any] | None:
        return next(iter(await self.rows("request", request)), None)

    async def open_request(self, contact: int, kind: str) -> UUID | None:
        found = await self.rows("open_request", contact, kind)
        return found[0]["id"] if found else None

    async def end_request(
        self, request: UUID, state: str, at: datetime, *, expires: datetime | None = None,
        size: int | None = None, problem: str | None = None, counts: Json | None = None,
    ) -> None:  # fmt: skip
        await self.apply("end_request", request, state, at, expires, size, problem, counts or {})
