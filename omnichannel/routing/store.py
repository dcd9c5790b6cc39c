"""The rows of queues, offers and agent states."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from omnichannel.routing import presence
from omnichannel.routing.estimate import WAITED_S, Pace
from omnichannel.routing.model import (
    AgentNow,
    LostPlace,
    Medium,
    NeedStep,
    Prefer,
    QueuePolicy,
    Reservation,
    Strategy,
    WaitingCall,
    read_steps,
    write_steps,
)
from omnichannel.routing.rules import GAVE_UP, REGAINS, QueueRules, read_rules
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
ALIKE: Final = 10_000  # needs and sets of skills that are kept; whoever has the same gets the same object


@dataclass(frozen=True, slots=True)
class WaitingState:
    """A call's row, whatever became of it."""

    queue: str
    state: str
    kind: str
    node: str | None
    ticket: UUID | None
    thread: ThreadId | None
    entered_at: datetime
    told_wait_s: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for, and of which queue. `own_need` False: what that queue asks for."""

    queue: str
    steps: Sequence[NeedStep]
    own_need: bool
    hard: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """Where a caller stands, and what an estimate needs of it."""

    queue: str
    position: int
    need: Mapping[str, int]
    told_wait_s: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to be taken. `entered_at` is the first time, `why` None for somebody who comes anew."""

    call: CallId
    queue: str
    thread: ThreadId | None
    caller: Json
    steps: Sequence[NeedStep]
    own_need: bool
    priority: int
    prefer: Prefer | None
    entered_at: datetime
    node: str | None
    kind: str = "call"
    ticket: UUID | None = None
    why: str | None = None
    max_wait_s: float | None = None
    hard: Mapping[str, int] = field(default_factory=dict)
    barred: Sequence[AgentId] = ()


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
    kind: str = "call"


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many are in a queue without a conversation, and since when the first of them."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class AgentDay:
    """Of an agent's last hours: the share of his time at work, and his conversations."""

    occupied: float = 0.0
    contacts: int = 0


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

    async def define_queue(self, rules: QueueRules) -> None:
        await self._link.execute(
            SQL["define_queue"], rules.id, rules.title, dict(rules.need), rules.ring_timeout_s, rules.max_waiting,
            rules.calendar, rules.strategy.value, rules.target_s, rules.short_abandon_s, rules.overflow_queue,
            rules.overflow_after_s, rules.overflow_when_full, rules.digital, rules.ring_at_most,
        )  # fmt: skip

    async def queue_rules(self, queue: str) -> QueueRules | None:
        row = await self._link.fetchrow(SQL["queue_rules"], queue)
        return None if row is None else read_rules(dict(row))

    async def has_calendar(self, calendar: str) -> bool:
        found: bool = await self._link.fetchval(SQL["has_calendar"], calendar)
        return found

    async def lock_queue(self, queue: str) -> None:
        await self._link.execute(SQL["lock_queue"], queue)

    async def count_waiting(self, queue: str) -> int:
        count: int = await self._link.fetchval(SQL["count_waiting"], queue)
        return count

    async def enter_queue(self, entry: Entry, at: datetime) -> None:
        wish = entry.prefer and {
            "agent": str(entry.prefer.agent), "for_s": entry.prefer.for_s, "then": [str(one) for one in entry.prefer.then],
        }  # fmt: skip
        await self._link.execute(
            SQL["enter_queue"], entry.call, entry.queue, entry.thread, entry.caller, write_steps(entry.steps),
            entry.own_need, entry.priority, wish, entry.entered_at, entry.node, entry.kind, entry.ticket, entry.max_wait_s,
            at, entry.why, dict(entry.hard), list(entry.barred),
        )  # fmt: skip

    async def note_share(self, call: CallId, share: float | None) -> None:
        await self._link.execute(SQL["note_share"], call, share)

    async def note_refused(self, at: datetime, queue: str, call: CallId, why: str) -> None:
        await self._link.execute(SQL["note_refused"], at, queue, call, why)

    async def take_up_place(
        self, thread: ThreadId, queue: str, since: datetime, call: CallId
    ) -> datetime | None:
        """When the place that is taken up was entered; None: there is none."""
        found: datetime | None = await self._link.fetchval(
            SQL["take_up_place"], thread, queue, since, call, list(REGAINS)
        )
        return found

    async def waiting_state(self, call: CallId) -> WaitingState | None:
        row = await self._link.fetchrow(SQL["waiting_state"], call)
        if row is None:
            return None
        return WaitingState(
            row["queue"], row["state"], row["kind"], row["node"], row["ticket"], row["thread_id"], row["entered_at"],
            row["told_wait_s"],
        )  # fmt: skip

    async def place_of(self, call: CallId) -> PlaceNow | None:
        row = await self._link.fetchrow(SQL["place_of"], call)
        if row is None:
            return None
        steps = read_steps(row["need"], {})
        return PlaceNow(row["queue"], row["position"], steps[-1].need, row["told_wait_s"])

    async def tell_wait(self, call: CallId, seconds: float) -> None:
        await self._link.execute(SQL["tell_wait"], call, seconds)

    async def crowd(self, queue: str) -> Crowd:
        row = await self._link.fetchrow(SQL["crowd"], queue)
        assert row is not None
        return Crowd(row["waiting"], row["oldest"])

    async def waiting_agents(self) -> list[AgentId]:
        """Who is ready, or wraps up, or missed an offer."""
        return [AgentId(row["agent_id"]) for row in await self._link.fetch(SQL["waiting_agents"])]

    async def pace_of(self, queue: str, since: datetime) -> Pace:
        row = await self._link.fetchrow(SQL["pace_of"], queue, since, WAITED_S)
        assert row is not None
        return Pace(row["served"], row["turn_s"])

    async def move_place(
        self, call: CallId, queue: str, need: Sequence[NeedStep], at: datetime, why: str
    ) -> bool:
        """False: the call does not wait, or waits there already."""
        rows = await self._link.fetch(SQL["move_place"], call, queue, write_steps(need), at, why)
        return bool(rows)

    async def asked_of(self, call: CallId) -> Asked | None:
        row = await self._link.fetchrow(SQL["asked_of"], call)
        if row is None:
            return None
        return Asked(row["queue"], read_steps(row["need"], {}), row["own_need"], row["hard"])

    async def mark_overflowed(self, call: CallId, at: datetime) -> None:
        await self._link.execute(SQL["mark_overflowed"], call, at)

    async def overflow_due(self, now: datetime) -> list[tuple[CallId, str]]:
        """(call, the queue it is to go to), the longest waiting first."""
        return [
            (CallId(row["call_id"]), row["overflow_queue"])
            for row in await self._link.fetch(SQL["overflow_due"], now)
        ]

    async def keep_place(self, call: CallId) -> None:
        await self._link.execute(SQL["keep_place"], call)

    async def claim_place(self, call: CallId, node: str) -> bool:
        return await self._link.fetchval(SQL["claim_place"], call, node) is not None

    async def position(self, call: CallId) -> int | None:
        found: int | None = await self._link.fetchval(SQL["position"], call)
        return found

    async def leave_queue(self, call: CallId, at: datetime, reason: str) -> None:
        await self._link.execute(SQL["leave_queue"], call, at, reason)

    async def connect_waiting(self, call: CallId, at: datetime, agent: AgentId) -> None:
        await self._link.execute(SQL["connect_waiting"], call, at, agent)

    async def return_to_queue(self, call: CallId, but_not: AgentId, until: datetime) -> None:
        await self._link.execute(SQL["return_to_queue"], call, str(but_not), until.isoformat())

    async def waiting_calls(self) -> list[WaitingCall]:
        return [_waiting(dict(row)) for row in await self._link.fetch(SQL["waiting_calls"])]

    async def agents_now(self) -> list[AgentNow]:
        return [
            AgentNow(
                AgentId(row["id"]), AgentState(row["state"]), row["idle_since"], _skills(row["skills"]),
                capacity=_capacity(row), last_offer_at=row["last_offer_at"],
            )
            for row in await self._link.fetch(SQL["agents_now"])
        ]  # fmt: skip

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
        return [_made(row) for row in rows]

    async def made_offer(self, reservation: ReservationId) -> tuple[MadeOffer, float] | None:
        """The offer and for how long it rings; None once it is over."""
        row = await self._link.fetchrow(SQL["made_offer"], reservation)
        return None if row is None else (_made(row), row["ring_timeout_s"])

    async def write_decision(self, at: datetime, call: CallId, agent: AgentId | None, detail: Json) -> None:
        await self._link.execute(SQL["write_decision"], at, call, agent, detail)

    async def find_reservation(self, reservation: ReservationId) -> Reservation | None:
        return _reservation(await self._link.fetchrow(SQL["find_reservation"], reservation))

    async def open_reservations(self, call: CallId) -> list[Reservation]:
        found = [_reservation(row) for row in await self._link.fetch(SQL["open_reservations"], call)]
        return [one for one in found if one is not None]

    async def open_of_agent(self, agent: AgentId) -> Reservation | None:
        return _reservation(await self._link.fetchrow(SQL["open_of_agent"], agent))

    async def connect_reservation(self, reservation: ReservationId, at: datetime) -> None:
        await self._link.execute(SQL["connect_reservation"], reservation, at)

    async def close_reservation(
        self, reservation: ReservationId, state: str, at: datetime, reason: str
    ) -> None:
        await self._link.execute(SQL["close_reservation"], reservation, state, at, reason)

    async def carry_reservation(self, reservation: ReservationId, call: CallId) -> None:
        await self._link.execute(SQL["carry_reservation"], reservation, call)

    async def copy_place(self, of: CallId, to: CallId) -> None:
        await self._link.execute(SQL["copy_place"], of, to)

    async def disabled_at_work(self) -> list[AgentId]:
        return [AgentId(row["agent_id"]) for row in await self._link.fetch(SQL["disabled_at_work"])]

    async def leases_over(self, now: datetime) -> list[ReservationId]:
        return [ReservationId(row["id"]) for row in await self._link.fetch(SQL["leases_over"], now)]

    async def agent_state_now(self, agent: AgentId) -> Interval:
        """The open interval; who never had one is logged out."""
        row = await self._link.fetchrow(SQL["agent_state_now"], agent)
        if row is None:
            return Interval(AgentState.LOGGED_OUT, None, None)
        return Interval(AgentState(row["state"]), row["reason"], row["until"])

    async def before_work(self, agent: AgentId) -> Interval:
        """What he was before the offers, conversations and wrap-ups of now; ready where nobody knows."""
        row = await self._link.fetchrow(SQL["before_work"], agent, presence.CALLING)
        if row is None:
            return Interval(AgentState.READY, None, None)
        return Interval(AgentState(row["state"]), row["reason"], None)

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

    async def queue_policies(self) -> dict[str, QueuePolicy]:
        return {
            row["id"]: QueuePolicy(row["target_s"], Strategy(row["strategy"]), row["ring_at_most"])
            for row in await self._link.fetch(SQL["queue_policies"])
        }

    async def agent_days(self, since: datetime, now: datetime) -> dict[AgentId, AgentDay]:
        return {
            AgentId(row["agent_id"]): AgentDay(
                (row["busy_s"] or 0.0) / (row["there_s"] or 1.0), row["contacts"]
            )
            for row in await self._link.fetch(SQL["agent_days"], since, now)
        }

    async def crew_occupancy(self, since: datetime, now: datetime) -> float | None:
        found: float | None = await self._link.fetchval(SQL["crew_occupancy"], since, now)
        return found

    async def skill_load(self, since: datetime, now: datetime) -> dict[str, float]:
        """Erlangs by skill."""
        return {
            row["skill"]: float(row["erlangs"])
            for row in await self._link.fetch(SQL["skill_load"], since, now)
        }

    async def queue_ends(self, since: datetime, now: datetime) -> dict[str, tuple[int, int]]:
        """By queue: (answered in time, everybody whose waiting was over)."""
        return {
            row["queue"]: (row["in_time"], row["ended"])
            for row in await self._link.fetch(SQL["queue_ends"], since, now, list(GAVE_UP))
        }

    async def open_of_nodes(self, nodes: Sequence[str]) -> list[Reservation]:
        found = [_reservation(row) for row in await self._link.fetch(SQL["open_of_nodes"], nodes)]
        return [one for one in found if one is not None]

    async def places_of_nodes(self, nodes: Sequence[str]) -> list[LostPlace]:
        return [
            LostPlace(CallId(row["call_id"]), row["queue"], row["position"], row["ticket"])
            for row in await self._link.fetch(SQL["places_of_nodes"], nodes)
        ]


def _made(row: "asyncpg.Record") -> MadeOffer:
    return MadeOffer(
        row["id"], row["call_id"], row["agent_id"], row["queue"], row["lease_until"], row["thread_id"], row["caller"],
        row["entered_at"], row["kind"],
    )  # fmt: skip


def _capacity(row: "asyncpg.Record") -> dict[Medium, int]:
    own = {Medium.CHAT: row["chats_at_once"], Medium.MAIL: row["mails_at_once"]}
    return {medium: count for medium, count in own.items() if count is not None}


def _reservation(row: "asyncpg.Record | None") -> Reservation | None:
    if row is None:
        return None
    return Reservation(
        ReservationId(row["id"]), CallId(row["call_id"]), AgentId(row["agent_id"]), row["queue"], row["state"],
        row["lease_until"],
    )  # fmt: skip


@lru_cache(maxsize=ALIKE)
def known_steps(written: str) -> Sequence[NeedStep]:
    return read_steps(json.loads(written), {})


@lru_cache(maxsize=ALIKE)
def _skills(written: str) -> Mapping[str, int]:
    found: dict[str, int] = json.loads(written)
    return found


def _waiting(row: Mapping[str, Any]) -> WaitingCall:
    prefer = row["prefer"]
    return WaitingCall(
        call=CallId(row["call_id"]),
        queue=row["queue"],
        priority=row["priority"],
        entered_at=row["entered_at"],
        steps=known_steps(row["need"]),
        ring_timeout_s=row["ring_timeout_s"],
        prefer=None if prefer is None else read_prefer(prefer),
        exclude={
            AgentId(UUID(agent)): datetime.fromisoformat(until) for agent, until in row["exclude"].items()
        },
        hard=row["hard"],
        barred=frozenset(AgentId(one) for one in row["barred"]),
        max_wait_s=row["max_wait_s"],
        attempts=row["attempts"],
        is_callback=row["kind"] == "callback",
    )


def read_prefer(written: Mapping[str, Any]) -> Prefer:
    """From a column."""
    then = tuple(AgentId(UUID(one)) for one in written.get("then", ()))
    return Prefer(AgentId(UUID(written["agent"])), written["for_s"], then)
