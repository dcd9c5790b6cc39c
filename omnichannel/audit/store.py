"""The rows of the audit log, which is append-only."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class AuditStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_note(
        self, at: datetime, kind: str, actor: str | None, action: str, target: str, detail: Json
    ) -> None:
        await self._link.execute(SQL["add_note"], at, kind, actor, action, target, detail)

    async def add_notes(self, notes: Sequence[tuple[datetime, str, str | None, str, str]]) -> None:
        """(at, kind and id of who acts, action, target) each."""
        await self._link.execute(SQL["add_notes"], *(list(column) for column in zip(*notes, strict=True)))

    async def notes(
        self,
        target: str | None,
        action: str | None,
        before: int,
        limit: int,
        actor: str | None = None,
        span: tuple[datetime | None, datetime | None] = (None, None),
    ) -> Sequence[dict[str, Any]]:
        rows = await self._link.fetch(SQL["notes"], target, action, before, limit, actor, *span)
        return [dict(row) for row in rows]
