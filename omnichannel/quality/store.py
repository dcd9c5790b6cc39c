"""Scorecards and evaluations in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = dict[str, Any]


class QualityStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def _rows(self, name: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL[name], *values)]

    async def scorecards(self, card: str | None = None) -> list[Row]:
        return await self._rows("scorecards", card)

    async def lock_scorecards(self) -> None:
        await self._link.execute(SQL["lock_scorecards"])

    async def save_scorecard(self, row: Mapping[str, Any]) -> None:
        names = ("id", "titles", "most", "criteria", "queues", "place", "is_active")
        await self._link.execute(SQL["save_scorecard"], *(row[name] for name in names))

    async def drop_scorecard(self, card: str) -> None:
        await self._link.execute(SQL["drop_scorecard"], card)

    async def call(self, call: UUID) -> Row | None:
        row = await self._link.fetchrow(SQL["call"], call)
        return None if row is None else dict(row)

    async def served_by(self, call: UUID) -> list[Row]:
        return await self._rows("served_by", call)

    async def evaluations(
        self, call: UUID | None = None, evaluation: int | None = None, agent: UUID | None = None
    ) -> list[Row]:
        return await self._rows("evaluations", call, evaluation, agent)

    async def save_evaluation(
        self,
        call: UUID,
        agent: UUID,
        card: Mapping[str, Any],
        points: Sequence[int | None],
        percent: int,
        comment: str,
        by: UUID,
        now: datetime,
    ) -> int:
        return int(
            await self._link.fetchval(
                SQL["save_evaluation"], call, agent, card["id"], card["titles"], card["most"], card["criteria"],
                list(points), percent, comment, by, now,
            )
        )  # fmt: skip

    async def drop_evaluation(self, evaluation: int) -> None:
        await self._link.execute(SQL["drop_evaluation"], evaluation)

    async def calls(
        self,
        since: datetime,
        before: tuple[datetime, UUID] | None,
        agent: UUID | None,
        queue: str | None,
        is_evaluated: bool | None,
        words: str | None,
        most: int,
    ) -> list[Row]:
        at, call = (None, None) if before is None else before
        return await self._rows("calls", since, at, call, agent, queue, is_evaluated, words, most)

    async def averages(self, since: datetime) -> list[Row]:
        return await self._rows("averages", since)
