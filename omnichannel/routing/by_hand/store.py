"""Conversations that no offer led to, as rows."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import AgentId, CallId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


class TalkStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def begin_talk(
        self, call: CallId, agent: AgentId, queue: str | None, node: str, at: datetime
    ) -> None:
        await self._link.execute(SQL["begin_talk"], call, agent, queue, node, at)

    async def end_talk(self, call: CallId, agent: AgentId, at: datetime, reason: str) -> bool:
        """Whether he had it."""
        return await self._link.fetchval(SQL["end_talk"], call, agent, at, reason) is not None

    async def talk_of_agent(self, agent: AgentId) -> CallId | None:
        found: CallId | None = await self._link.fetchval(SQL["talk_of_agent"], agent)
        return found

    async def talkers_of_call(self, call: CallId) -> list[AgentId]:
        return [AgentId(row["agent_id"]) for row in await self._link.fetch(SQL["talkers_of_call"], call)]

    async def talks_of_nodes(self, nodes: Sequence[str]) -> list[tuple[CallId, AgentId]]:
        return [
            (CallId(row["call_id"]), AgentId(row["agent_id"]))
            for row in await self._link.fetch(SQL["talks_of_nodes"], nodes)
        ]
