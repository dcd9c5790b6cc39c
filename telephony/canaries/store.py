"""Rows of canaries. Statements are in queries.sql under the methods' names."""

from pathlib import Path

from telephony.canaries import Canary
from threadline.db.pool import Pool
from threadline.db.queries import load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


class CanaryStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def canaries(self) -> list[Canary]:
        return [Canary(**row) for row in await self._pool.fetch(_SQL["canaries"])]

    async def set_canary(self, canary: Canary) -> bool:
        """False: the number is not there, or its flow has no such revision."""
        row = await self._pool.fetchrow(_SQL["set_canary"], canary.number, canary.revision, canary.percent)
        return row is not None

    async def drop_canary(self, number: str) -> None:
        await self._pool.execute(_SQL["drop_canary"], number)
