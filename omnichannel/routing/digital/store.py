"""Cases as routing sees them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.routing.model import Medium, WaitingCall
from omnichannel.routing.store import known_steps, read_prefer
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import AgentId, CallId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case without an owner; `contact` is how the matcher knows it."""

    number: int
    contact: WaitingCall


class DigitalStore:
    """Works on one connection or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def has_push(self) -> bool:
        found: bool = await self._link.fetchval(SQL["has_push"])
        return found

    async def waiting_cases(self) -> list[WaitingCase]:
        return [
            WaitingCase(row["number"], _contact(dict(row)))
            for row in await self._link.fetch(SQL["waiting_cases"])
        ]

    async def in_hand(self, now: datetime) -> Mapping[AgentId, Mapping[Medium, int]]:
        """With the chats that were answered a short while ago and may go on at any moment."""
        found: defaultdict[AgentId, dict[Medium, int]] = defaultdict(dict)
        for row in await self._link.fetch(SQL["in_hand"], now):
            medium = Medium.CHAT if row["is_chat"] else Medium.MAIL
            counts = found[AgentId(row["agent_id"])]
            counts[medium] = counts.get(medium, 0) + row["cases"]
        return found

    async def silent(self, now: datetime) -> list[AgentId]:
        return [AgentId(row["agent_id"]) for row in await self._link.fetch(SQL["silent"], now)]

    async def deserted(self) -> list[tuple[int, AgentId]]:
        """(number, owner)"""
        return [(row["number"], AgentId(row["owner"])) for row in await self._link.fetch(SQL["deserted"])]


def _contact(row: Mapping[str, Any]) -> WaitingCall:
    """A case as the matcher knows it, with what a flow asked for (omnichannel.flows.asking)."""
    asked = row["asked"] or {}
    prefer = asked.get("prefer")
    return WaitingCall(
        contact_of(row["id"]),
        row["queue"],
        row["priority"],
        row["entered_at"],
        known_steps(row["need"]),
        0.0,
        prefer=None if prefer is None else read_prefer(prefer),
        medium=Medium.CHAT if row["channel"] == "chat" else Medium.MAIL,
        hard=asked.get("hard", {}),
        barred=frozenset(AgentId(UUID(one)) for one in asked.get("barred", ())),
        max_wait_s=asked.get("max_wait_s"),
        target_s=row["target_s"],
    )


def contact_of(case_row: int) -> CallId:
    """The id by which decisions about a case are kept; no call ever has it."""
    return CallId(UUID(int=case_row))
