"""The rows of numbers and trunks as admins change them."""

from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = dict[str, Any]


class TelephonyAdministrationStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def numbers(self, number: str | None = None) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["numbers"], number)]

    async def flows(self) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["flows"])]

    async def has_revision(self, flow: str, revision: int) -> bool:
        return bool(await self._link.fetchval(SQL["has_revision"], flow, revision))

    async def lock_numbers(self) -> None:
        await self._link.execute(SQL["lock_numbers"])

    async def save_number(self, row: Row) -> None:
        names = ("number", "title", "flow", "revision", "region", "record")
        await self._link.execute(SQL["save_number"], *(row[name] for name in names))

    async def drop_number(self, number: str) -> None:
        await self._link.execute(SQL["drop_number"], number)

    async def caller_id(self, username: str) -> str | None:
        found: str | None = await self._link.fetchval(SQL["caller_id"], username)
        return found

    async def lock_trunks(self) -> None:
        await self._link.execute(SQL["lock_trunks"])

    async def trunk(self, name: str) -> Json | None:
        found: Json | None = await self._link.fetchval(SQL["trunk"], name)
        return found

    async def save_trunk(self, name: str, config: Json) -> None:
        await self._link.execute(SQL["save_trunk"], name, config)

    async def drop_trunk(self, name: str) -> None:
        await self._link.execute(SQL["drop_trunk"], name)
