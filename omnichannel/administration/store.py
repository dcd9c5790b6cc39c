"""The rows admins change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from omnichannel.errors import LoginTaken
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.errors import Refused
from threadline.kernel.events import Json

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = dict[str, Any]


class StillUsed(Refused):
    """Something still hangs on it. `reason` is a word pages translate, `names` are what hangs on it, where that helps."""

    def __init__(self, reason: str, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.names = list(names)


class AdministrationStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def _rows(self, name: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL[name], *values)]

    async def users(self, user: UUID | None = None) -> list[Row]:
        return [{**row, "id": str(row["id"])} for row in await self._rows("users", user)]

    async def lock_users(self) -> None:
        await self._link.execute(SQL["lock_users"])

    async def admins(self) -> int:
        return int(await self._link.fetchval(SQL["admins"]))

    async def change_user(self, user: UUID, row: Row) -> None:
        """Raises LoginTaken when the login or the extension is somebody's."""
        names = (
            "login",
            "name",
            "role",
            "locale",
            "extension",
            "wrap_up_s",
            "device",
            "chats_at_once",
            "mails_at_once",
            "mobile",
        )
        try:
            await self._link.execute(SQL["change_user"], user, *(row[name] for name in names))
        except asyncpg.UniqueViolationError as exc:
            raise LoginTaken from exc

    async def set_active(self, user: UUID, is_active: bool) -> None:
        await self._link.execute(SQL["set_active"], user, is_active)

    async def end_sessions(self, user: UUID) -> None:
        await self._link.execute(SQL["end_sessions"], user)

    async def skills(self) -> list[Row]:
        return await self._rows("skills")

    async def skill_levels(self) -> list[Row]:
        return [{**row, "id": str(row["id"])} for row in await self._rows("skill_levels")]

    async def lock_people(self, people: Sequence[UUID]) -> set[UUID]:
        """Those of them who are there."""
        return {row["id"] for row in await self._rows("lock_people", list(people))}

    async def levels_of(self, people: Sequence[UUID]) -> dict[tuple[UUID, str], int]:
        rows = await self._rows("levels_of", list(people))
        return {(row["agent_id"], row["skill_id"]): row["level"] for row in rows}

    async def set_levels(self, levels: Sequence[tuple[UUID, str, int]]) -> None:
        """Raises StillUsed for a skill that went meanwhile."""
        columns = [[level[at] for level in levels] for at in range(3)]
        try:
            await self._link.execute(SQL["set_levels"], *columns)
        except asyncpg.ForeignKeyViolationError as exc:
            raise StillUsed("gone", "One of these skills is there no more.") from exc

    async def drop_levels(self, levels: Sequence[tuple[UUID, str]]) -> None:
        await self._link.execute(SQL["drop_levels"], [one[0] for one in levels], [one[1] for one in levels])

    async def skill(self, skill: str) -> Row | None:
        return next(iter(await self._rows("skill", skill)), None)

    async def save_skill(self, skill: str, title: str) -> None:
        await self._link.execute(SQL["save_skill"], skill, title)

    async def queues_needing(self, skill: str) -> list[str]:
        return [row["id"] for row in await self._rows("queues_needing", skill)]

    async def drop_skill(self, skill: str) -> None:
        await self._link.execute(SQL["drop_skill"], skill)

    async def queues(self, queue: str | None = None) -> list[Row]:
        return [dict(row["settings"]) for row in await self._rows("queues", queue)]

    async def lock_queue(self, queue: str) -> None:
        await self._link.execute(SQL["lock_queue"], queue)

    async def add_queue(self, queue: str, title: str) -> bool:
        return await self._link.fetchval(SQL["add_queue"], queue, title) is not None

    async def change_queue(self, queue: str, settings: Json) -> None:
        """Raises StillUsed when what it names is there no more."""
        try:
            await self._link.execute(SQL["change_queue"], queue, settings)
        except asyncpg.ForeignKeyViolationError as exc:
            raise StillUsed("gone", "It names something that is there no more.") from exc

    async def queue_uses(self, queue: str) -> int:
        return int(await self._link.fetchval(SQL["queue_uses"], queue))

    async def queues_overflowing(self, queue: str) -> list[str]:
        return [row["title"] for row in await self._rows("queues_overflowing", queue)]

    async def drop_queue(self, queue: str) -> None:
        """Raises StillUsed."""
        try:
            await self._link.execute(SQL["drop_queue"], queue)
        except asyncpg.ForeignKeyViolationError as exc:
            raise StillUsed("past_calls", "Calls waited in this queue: it can't be deleted.") from exc

    async def samples(self, kinds: Sequence[str], direction: str | None, limit: int) -> list[Row]:
        return await self._rows("samples", list(kinds), direction, limit)

    async def wrap_up_codes(self, code: str | None = None) -> list[Row]:
        return await self._rows("wrap_up_codes", code)

    async def lock_wrap_up_codes(self) -> None:
        await self._link.execute(SQL["lock_wrap_up_codes"])

    async def save_wrap_up_code(self, row: Row) -> None:
        await self._link.execute(
            SQL["save_wrap_up_code"], row["id"], row["titles"], row["queues"], row["place"], row["is_active"]
        )

    async def drop_wrap_up_code(self, code: str) -> None:
        await self._link.execute(SQL["drop_wrap_up_code"], code)
