"""What a supervisor sees: the queues, the agents, who waits, and why somebody got or did not get a contact."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from omnichannel.errors import NoSuchCase
from omnichannel.routing.board import formulas
from omnichannel.routing.board.formulas import Counts
from omnichannel.routing.board.holding import by_agent, holding
from omnichannel.routing.board.store import BoardStore
from omnichannel.routing.digital.store import contact_of
from omnichannel.routing.outlook import DAY
from omnichannel.routing.service import Router
from omnichannel.routing.store import AgentDay, RoutingStore
from omnichannel.timeline import iso
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json, WallboardChanged
from threadline.kernel.ids import AgentId, CallId

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
OnCalls: TypeAlias = Callable[[], Sequence[Json]]


def _nobody() -> Sequence[Json]:
    """Where no telephones are."""
    return ()


class Board:
    """`run` until cancelled tells WallboardChanged as long as things change."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, router: Router, calls: OnCalls = _nobody) -> None:
        """`calls`: which agent is on which call of this server, as telephony.on_calls tells it."""
        self._store = BoardStore(pool)
        self._routing = RoutingStore(pool)
        self._clock = clock
        self._bus = bus
        self._router = router
        self._calls = calls

    async def wallboard(self, since: datetime | None = None) -> Json:
        """{at, since, formulas, queues, agents, totals, callbacks}.

        `queues`: those of Router.queues, each with `figures` (board.formulas.shown, over the period). `totals` the same
        over all queues, and `occupancy` of the last fifteen minutes. `agents`: Router.states, each with his `role`, `occupancy`
        and `contacts` (how many) of the last twelve hours, his `skills` ({skill: level}) and what he is `holding`
        (board.holding), ringing or connected. `callbacks`: how many are to be called back.
        `since` None: the last 24 hours.
        """
        now = self._clock.now()
        begin = since or now - timedelta(hours=24)
        counts = await self._store.counts(begin, now)
        queues: list[Json] = [
            {**queue, "figures": formulas.shown(counts.get(str(queue["id"]), Counts()))}
            for queue in await self._router.queues()
        ]
        days = await self._routing.agent_days(now - DAY, now)
        crew = await self._store.crew()
        states = await self._router.states()
        live = by_agent(self._calls(), {str(row["agent"]): row["name"] for row in states})
        occupancy = await self._routing.crew_occupancy(now - timedelta(minutes=15), now)
        return {
            "at": iso(now),
            "since": iso(begin),
            "formulas": formulas.FORMULAS,
            "queues": [*queues],
            "agents": [_agent(row, days, crew, live) for row in states],
            "totals": {**formulas.shown(_sum(counts)), "occupancy": occupancy},
            "callbacks": len(await self._router.callbacks.open_tickets()),
        }

    async def waiting(self) -> list[Json]:
        """[{contact, queue, position, kind, state, priority, entered_at, waited_s, number, thread, need, agent, agent_name}].

        By queue and place; `agent` is whose phone rings for it.
        """
        now = self._clock.now()
        return [
            {
                "contact": str(row["call_id"]), "queue": row["queue"], "position": row["position"], "kind": row["kind"],
                "state": row["state"], "priority": row["priority"], "entered_at": iso(row["entered_at"]),
                "waited_s": (now - row["entered_at"]).total_seconds(), "number": row["number"],
                "thread": _text(row["thread_id"]), "need": row["need"],
                "agent": _text(row["agent_id"]), "agent_name": row["agent_name"],
            }
            for row in await self._store.waiting_now()
        ]  # fmt: skip

    async def why(self, contact: CallId) -> Json:
        """{decisions, way}: how a contact was routed, oldest first.

        `decisions`: [{at, agent, agent_name, queue, waited_s, step, need, lost: [{agent, name, reason}]}], `agent` None
        where nobody could be found yet. `way`: [{at, queue, kind, wait_s, reason, agent, agent_name}] of the ledger, and
        of who had it by hand: handed over, picked up, dialled (`kind` by_hand, `queue` None where it never waited).
        """
        rows = await self._store.decisions(contact)
        people = {UUID(str(one["agent"])) for row in rows for one in row["detail"].get("lost", [])}
        names = await self._store.names(sorted(people))
        return {
            "decisions": [_decision(row, names) for row in rows],
            "way": [
                {
                    "at": iso(row["at"]), "queue": row["queue"], "kind": row["kind"], "wait_s": row["wait_s"],
                    "reason": row["reason"], "agent": _text(row["agent_id"]), "agent_name": row["agent_name"],
                }
                for row in await self._store.way(contact)
            ],
        }  # fmt: skip

    async def why_case(self, number: int) -> Json:
        """The same of a case that routing gives to agents. Raises NoSuchCase."""
        row = await self._store.case_row(number)
        if row is None:
            raise NoSuchCase
        return await self.why(contact_of(row))

    async def run(self) -> None:
        told: Json = {}
        while True:
            try:
                seen = await self.wallboard()
            except DATABASE_TROUBLE as exc:
                heed()
                log.warning("no wallboard", extra={"error": type(exc).__name__})
            else:
                if _lasting(seen) != told:
                    told = _lasting(seen)
                    self._bus.publish(WallboardChanged(seen))
            await asyncio.sleep(EVERY_S)


def _agent(
    row: Json,
    days: "dict[AgentId, AgentDay]",
    crew: dict[str, dict[str, Any]],
    live: Mapping[str, Sequence[Json]],
) -> Json:
    agent = str(row["agent"])
    day = days.get(AgentId(UUID(agent)), AgentDay())
    known = crew.get(agent, {"role": "agent", "skills": {}, "holding": []})
    held = holding(known["holding"], live.get(agent, ()))
    return {
        **row, "role": known["role"], "occupancy": day.occupied, "contacts": day.contacts, "skills": known["skills"],
        "holding": held,
    }  # fmt: skip


def _decision(row: dict[str, Any], names: dict[str, str]) -> Json:
    detail = row["detail"]
    lost = [{**one, "name": names.get(str(one["agent"]))} for one in detail.get("lost", [])]
    return {
        "at": iso(row["at"]), "agent": _text(row["agent_id"]), "agent_name": row["agent_name"], **detail, "lost": [*lost],
    }  # fmt: skip


def _sum(counts: "dict[str, Counts]") -> Counts:
    fields = Counts.__dataclass_fields__
    sums = {
        name: sum(getattr(one, name) for one in counts.values()) for name in fields if name != "longest_s"
    }
    return Counts(**sums, longest_s=max((one.longest_s for one in counts.values()), default=0.0))


def _lasting(board: Json) -> Json:
    """What makes a board another: not the clock, nor what it alone moves."""
    rows: Any = board["queues"]
    agents: Any = board["agents"]
    return {
        "queues": [{name: value for name, value in row.items() if name != "longest_wait_s"} for row in rows],
        "agents": [{name: value for name, value in row.items() if name != "occupancy"} for row in agents],
        "callbacks": board["callbacks"],
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
