"""The captions' switches in the database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threadline.db.pool import Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import CallId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Switch:
    """`kind`: queue or number. `is_on` None: where a speech model is installed."""

    kind: str
    name: str
    title: str
    is_on: bool | None


class CaptionStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def caption_wish(self, call: CallId) -> bool | None:
        wish: bool | None = await self._pool.fetchval(SQL["caption_wish"], call)
        return wish

    async def switches(self) -> list[Switch]:
        return [Switch(**dict(row)) for row in await self._pool.fetch(SQL["switches"])]

    async def set_switch(self, kind: str, name: str, is_on: bool) -> None:
        await self._pool.execute(SQL["set_switch"], kind, name, is_on)

    async def drop_switch(self, kind: str, name: str) -> None:
        await self._pool.execute(SQL["drop_switch"], kind, name)
