"""The rows of queues, offers and agent states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from omnichannel.routing.model import (
    AgentNow,
    LostPlace,
    NeedStep,
    Prefer,
    Reservation,
    WaitingCall,
    read_steps,
    write_steps,
)
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId
from threadline.kernel.queueing import QueueRequest

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class QueueRules:
    need: Mapping[str, int]
    max_waiting: int | None


@dataclass(frozen=True, slots=True)
class WaitingState:
    queue: str
    state: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The present state of an agent."""

    state: AgentState
    reason: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A reservation to be made."""

    id: ReservationId
    call: CallId
    agent: AgentId
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """A reservation that was made, with what the pop needs of the call."""

    id: ReservationId
    call: CallId
    agent: AgentId
    queue: str
    lease_until: datetime
    thread: ThreadId | None
    caller: Json
    entered_at: datetime


class RoutingStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def lock_matcher(self) -> None:
        await self._link.execute(SQL["lock_matcher"])

    async def lock_join(self, call: CallId) -> None:
        await self._link.execute(SQL["lock_join"], str(call))

    async def lock_calls(self, calls: Sequence[CallId]) -> None:
        await self._link.execute(SQL["lock_calls"], calls)

    async def lock_agents(self, agents: Sequence[AgentId]) -> int:
        """How many of them exist."""
        return len(await self._link.fetch(SQL["lock_agents"], agents))

    async def define_queue(
        self, queue: str, title: str, need: Mapping[str, int], ring_timeout_s: float, max_waiting: int | None
    ) -> None:
        await self._link.execute(SQL["define_queue"], queue, title, dict(need), ring_timeout_s, max_waiting)

    async def queue_rules(self, queue: str) -> QueueRules | None:
        row = await self._link.fetchrow(SQL["queue_rules"], queue)
        return None if row is None else QueueRules(row["need"], row["max_waiting"])

    async def lock_queue(self, queue: str) -> None:
        await self._link.execute(SQL["lock_queue"], queue)

    async def count_waiting(self, queue: str) -> int:
        count: int = await self._link.fetchval(SQL["count_waiting"], queue)
        return count

    async def enter_queue(
        self, request: QueueRequest, steps: Sequence[NeedStep], prefer: Prefer | None, at: datetime
    ) -> None:
        wish = None if prefer is None else {"agent": str(prefer.agent), "for_s": prefer.for_s}
        await self._link.execute(
            SQL["enter_queue"], request.call, request.queue, request.thread, request.caller, write_steps(steps),
            request.priority, wish, at,
        )  # fmt: skip

    async def waiting_state(self, call: CallId) -> WaitingState | None:
        row = await self._link.fetchrow(SQL["waiting_state"], call)
        return None if row is None else WaitingState(row["queue"], row["state"])

    async def position(self, call: CallId) -> int | None:
        found: int | None = await self._link.fetchval(SQL["position"], call)
        return found

    async def leave_queue(self, call: CallId, at: datetime, reason: str) -> None:
        await self._link.execute(SQL["leave_queue"], call, at, reason)

    async def connect_waiting(self, call: CallId, at: datetime) -> None:
        await self._link.execute(SQL["connect_waiting"], call, at)

    async def return_to_queue(self, call: CallId, but_not: AgentId, until: datetime) -> None:
        await self._link.execute(SQL["return_to_queue"], call, str(but_not), until.isoformat())

    async def waiting_calls(self) -> list[WaitingCall]:
        return [_waiting(dict(row)) for row in await self._link.fetch(SQL["waiting_calls"])]

    async def agents_now(self) -> list[AgentNow]:
        return [
            AgentNow(AgentId(row["id"]), AgentState(row["state"]), row["idle_since"], row["skills"])
            for row in await self._link.fetch(SQL["agents_now"])
        ]

    async def reserve(self, offers: Sequence[NewOffer], at: datetime) -> list[MadeOffer]:
        """Those that could be made; locks on calls and agents are held."""
        rows = await self._link.fetch(
            SQL["reserve"],
            [one.id for one in offers],
            [one.call for one in offers],
            [one.agent for one in offers],
            [one.lease_until for one in offers],
            at,
        )
        return [
            MadeOffer(
                row["id"], row["call_id"], row["agent_id"], row["queue"], row["lease_until"], row["thread_id"],
                row["caller"], row["entered_at"],
            )
            for row in rows
        ]  # fmt: skip

    async def write_decision(self, at: datetime, call: CallId, agent: AgentId | None, detail: Json) -> None:
        await self._link.execute(SQL["write_decision"], at, call, agent, detail)

    async def find_reservation(self, reservation: ReservationId) -> Reservation | None:
        return _reservation(await self._link.fetchrow(SQL["find_reservation"], reservation))

    async def open_reservation(self, call: CallId) -> Reservation | None:
        return _reservation(await self._link.fetchrow(SQL["open_reservation"], call))

    async def connect_reservation(self, reservation: ReservationId, at: datetime) -> None:
        await self._link.execute(SQL["connect_reservation"], reservation, at)

    async def close_reservation(
        self, reservation: ReservationId, state: str, at: datetime, reason: str
    ) -> None:
        await self._link.execute(SQL["close_reservation"], reservation, state, at, reason)

    async def carry_reservation(self, reservation: ReservationId, call: CallId) -> None:
        await self._link.execute(SQL["carry_reservation"], reservation, call)

    async def leases_over(self, now: datetime) -> list[ReservationId]:
        return [ReservationId(row["id"]) for row in await self._link.fetch(SQL["leases_over"], now)]

    async def agent_state_now(self, agent: AgentId) -> Interval:
        """The open interval; who never had one is logged out."""
        row = await self._link.fetchrow(SQL["agent_state_now"], agent)
        if row is None:
            return Interval(AgentState.LOGGED_OUT, None, None)
        return Interval(AgentState(row["state"]), row["reason"], row["until"])

    async def move_agent(
        self, agent: AgentId, state: AgentState, at: datetime, reason: str | None, until: datetime | None
    ) -> datetime:
        """When the new interval began."""
        since: datetime = await self._link.fetchval(SQL["move_agent"], agent, state.value, at, reason, until)
        return since

    async def wrap_up_s(self, agent: AgentId) -> int:
        seconds: int = await self._link.fetchval(SQL["wrap_up_s"], agent)
        return seconds

    async def wrap_ups_over(self, now: datetime) -> list[AgentId]:
        return [AgentId(row["agent_id"]) for row in await self._link.fetch(SQL["wrap_ups_over"], now)]

    async def next_deadline(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_deadline"])
        return found

    async def states(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["states"])]

    async def queues(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["queues"])]

    async def talking_by_queue(self) -> dict[str, int]:
        return {row["queue"]: row["talking"] for row in await self._link.fetch(SQL["talking_by_queue"])}

    async def open_reservations(self) -> list[Reservation]:
        found = [_reservation(row) for row in await self._link.fetch(SQL["open_reservations"])]
        return [one for one in found if one is not None]

    async def places(self) -> list[LostPlace]:
        return [
            LostPlace(CallId(row["call_id"]), row["queue"], row["position"])
            for row in await self._link.fetch(SQL["places"])
        ]


def _reservation(row: "asyncpg.Record | None") -> Reservation | None:
    if row is None:
        return None
    return Reservation(
        ReservationId(row["id"]), CallId(row["call_id"]), AgentId(row["agent_id"]), row["queue"], row["state"],
        row["lease_until"],
    )  # fmt: skip


def _waiting(row: Mapping[str, Any]) -> WaitingCall:
    prefer = row["prefer"]
    return WaitingCall(
        call=CallId(row["call_id"]),
        queue=row["queue"],
        priority=row["priority"],
        entered_at=row["entered_at"],
        steps=read_steps(row["need"], {}),
        ring_timeout_s=row["ring_timeout_s"],
        prefer=None if prefer is None else Prefer(AgentId(UUID(prefer["agent"])), prefer["for_s"]),
        exclude={
            AgentId(UUID(agent)): datetime.fromisoformat(until) for agent, until in row["exclude"].items()
        },
    )
