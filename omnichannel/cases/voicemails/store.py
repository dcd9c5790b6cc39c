"""Which messages are whose work."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from threadline.db.pool import Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A voicemail that is nobody's work yet."""

    recording: UUID
    seconds: float
    queue: str | None
    thread_row: int


@dataclass(frozen=True, slots=True)
class OpenCase:
    number: int
    queue: str | None


class VoicemailStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def unfiled(self, since: datetime) -> list[Unfiled]:
        return [
            Unfiled(row["recording"], row["seconds"], row["queue"], row["thread_row"])
            for row in await self._pool.fetch(SQL["unfiled"], since)
        ]

    async def open_case(self, thread_row: int, queue: str | None) -> OpenCase | None:
        row = await self._pool.fetchrow(SQL["open_case"], thread_row, queue)
        return None if row is None else OpenCase(row["number"], row["queue"])

    async def file(self, recording: UUID, number: int, at: datetime) -> bool:
        return await self._pool.fetchval(SQL["file"], recording, number, at) is not None

    async def thread_name(self, thread_row: int) -> ThreadId:
        return ThreadId(await self._pool.fetchval(SQL["thread_name"], thread_row))
