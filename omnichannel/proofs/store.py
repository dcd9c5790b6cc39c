"""The rows of one-time codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class NewProof:
    """A code about to be sent. `endpoint_row` is the chat's."""

    id: UUID
    endpoint_row: int
    visitor: str
    subject: bytes
    sealed: bytes
    code_hash: bytes
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """Where a visitor's words go."""

    thread: ThreadId
    thread_row: int
    locale: str | None


class ProofStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def lock_proofs(self, keys: Sequence[str]) -> None:
        await self._link.execute(SQL["lock_proofs"], sorted(keys))

    async def made_for_subject(self, subject: bytes, since: datetime) -> list[datetime]:
        return [row["made_at"] for row in await self._link.fetch(SQL["made_for_subject"], subject, since)]

    async def made_for_visitor(self, endpoint_row: int, visitor: str, since: datetime) -> list[datetime]:
        rows = await self._link.fetch(SQL["made_for_visitor"], endpoint_row, visitor, since)
        return [row["made_at"] for row in rows]

    async def add_proof(self, new: NewProof) -> None:
        await self._link.execute(
            SQL["add_proof"], new.id, new.endpoint_row, new.visitor, new.subject, new.sealed, new.code_hash,
            new.made_at, new.expires_at,
        )  # fmt: skip

    async def replace_proofs(self, endpoint_row: int, visitor: str, at: datetime) -> None:
        await self._link.execute(SQL["replace_proofs"], endpoint_row, visitor, at)

    async def forget_proofs(self, before: datetime, now: datetime) -> None:
        await self._link.execute(SQL["forget_proofs"], before, now)

    async def open_proof(
        self, endpoint_row: int, visitor: str, now: datetime, most: int
    ) -> Mapping[str, Any] | None:
        """{id, sealed, attempts, expires_at}."""
        return await self._row("open_proof", endpoint_row, visitor, now, most)

    async def take_attempt(
        self, endpoint_row: int, visitor: str, now: datetime, most: int
    ) -> Mapping[str, Any] | None:
        """{id, sealed, code_hash, attempts, expires_at}; `attempts` counts this one."""
        return await self._row("take_attempt", endpoint_row, visitor, now, most)

    async def end_proof(self, proof: UUID, state: str, at: datetime) -> None:
        await self._link.execute(SQL["end_proof"], proof, state, at)

    async def home_of_visitor(self, scope: str, visitor: str) -> Home | None:
        row = await self._row("home_of_visitor", scope, visitor)
        return None if row is None else Home(ThreadId(row["thread"]), row["thread_row"], row["locale"])

    async def claim(self, suggestion: int) -> Mapping[str, Any] | None:
        """{kind, value, scope, visitor}."""
        return await self._row("claim", suggestion)

    async def close_claims(self, thread_row: int, kind: str, value: str, at: datetime) -> None:
        contact = await self._link.fetchval(SQL["contact_of_thread"], thread_row)
        await self._link.execute(SQL["close_claims"], contact, kind, value, at)

    async def refuses_contact(self, kind: str, value: str, by_channel: str) -> bool:
        return bool(await self._link.fetchval(SQL["refuses_contact"], kind, value, by_channel))

    async def _row(self, name: str, *arguments: object) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL[name], *arguments)
        return None if row is None else dict(row)
