"""The servers on this database, and what they tell one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Neighbour:
    id: str
    lives: bool


class NodeStore:
    """Works on one connection or on the pool; a name is held by a connection."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def hold_name(self, key: int) -> bool:
        held: bool = await self._link.fetchval(SQL["hold_name"], key)
        return held

    async def beat(self, node: str, key: int) -> None:
        await self._link.execute(SQL["beat"], node, key)

    async def others(self, node: str, grace_s: float) -> list[Neighbour]:
        return [
            Neighbour(row["id"], row["lives"]) for row in await self._link.fetch(SQL["others"], node, grace_s)
        ]

    async def idle_s(self) -> float | None:
        found: float | None = await self._link.fetchval(SQL["idle_s"])
        return found

    async def forget(self, nodes: Sequence[str]) -> None:
        await self._link.execute(SQL["forget"], nodes)

    async def tell(self, channel: str, texts: Sequence[str]) -> None:
        await self._link.execute(SQL["tell"], channel, texts)
