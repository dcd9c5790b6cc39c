"""The rows of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool, Row
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose content is in the vault already."""

    id: UUID
    name: str
    mime: str
    bytes: int
    sha256: str
    content_id: str | None
    uploaded_by: str | None
    interaction: int | None
    at: datetime


class FileStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_file(self, new: NewFile) -> None:
        await self._link.execute(
            SQL["add_file"], new.id, new.interaction, new.name, new.mime, new.bytes, new.sha256, new.content_id,
            new.uploaded_by, new.at,
        )  # fmt: skip

    async def file(self, file: UUID) -> "Row | None":
        return await self._link.fetchrow(SQL["file"], file)

    async def attach_files(
        self, files: Sequence[UUID], interaction: int, uploaded_by: str | None
    ) -> set[UUID]:
        rows = await self._link.fetch(SQL["attach_files"], list(files), interaction, uploaded_by)
        return {row["id"] for row in rows}

    async def files_of(self, interactions: Sequence[int]) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["files_of"], list(interactions))]

    async def unsent_bytes(self, uploaded_by: str) -> int:
        return int(await self._link.fetchval(SQL["unsent_bytes"], uploaded_by))

    async def drop_unsent(self, before: datetime) -> None:
        await self._link.execute(SQL["drop_unsent"], before)

    async def wanted(self, names: Sequence[str]) -> set[str]:
        return {row["sha256"] for row in await self._link.fetch(SQL["wanted"], list(names))}
