"""Calls as other rooms see them: one call's whole story, what is going on, and the few things a page may ask."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from telephony.call import CallView, fold
from telephony.controller import Controller
from telephony.outbound_call import OutboundCall
from telephony.store import Row, TelephonyStore
from telephony.twilio.vouching import vouched
from threadline.kernel.errors import NotFound
from threadline.kernel.events import CallEvent, Json
from threadline.kernel.ids import AgentId, CallId, LegId


class Calls:
    """Reads come from the ledger, so that a call under way and one of last year look alike."""

    def __init__(self, store: TelephonyStore, controller: Controller) -> None:
        self._store = store
        self._controller = controller

    async def detail(self, call: CallId) -> Json:
        """The shape of `GET /api/calls/{id}`. Raises NotFound."""
        row = await self._store.call_row(call)
        if row is None:
            raise NotFound("no such call")
        events = await self._store.events_of(call)
        legs = await self._store.legs_of(call)
        detail = _detail(row, fold(events), events)
        detail["legs"] = [await self._leg(leg) for leg in legs]
        detail["agent"] = detail["agent"] or self._caller_of(call)
        detail["muted"] = any(run.line.is_muted for run in self._controller.active if run.line.call == call)
        return detail

    def _caller_of(self, call: CallId) -> str | None:
        """The agent whose call to a customer is under way, before she answers too."""
        runs = (run for run in self._controller.active if run.line.call == call)
        return next((str(run.agent) for run in runs if isinstance(run, OutboundCall)), None)

    async def _leg(self, row: Row) -> Json:
        """One leg; of one under way the engine tells how its media fares now."""
        leg = _leg(row)
        if row["ended_at"] is None and row["stats"] is None:
            leg["stats"] = await self._controller.media_stats(LegId(row["id"]))
        return leg

    def active(self) -> list[Json]:
        """Calls under way, oldest first: {id, state, from, queue, agent, since, thread}."""
        return [
            {
                "id": str(run.line.call),
                "state": run.line.view.state.value,
                "from": run.line.customer.peer,
                "queue": run.line.view.queue,
                "agent": run.line.view.agent,
                "since": _iso(run.line.view.started_at),
                "thread": str(run.line.caller.thread) if run.line.caller else None,
            }
            for run in self._controller.active
        ]

    async def hold(self, call: CallId, agent: AgentId | None) -> None:
        """Raises NotFound when the call is over, Refused when `agent` is not talking on it."""
        await self._controller.wish(call, "hold", agent)

    async def resume(self, call: CallId, agent: AgentId | None) -> None:
        """As `hold`."""
        await self._controller.wish(call, "resume", agent)

    async def hang_up(self, call: CallId, agent: AgentId | None) -> None:
        """Ends the agent's part; the flow's after-call steps follow for the customer. As `hold`."""
        await self._controller.wish(call, "hang_up", agent)

    async def decline(self, call: CallId, agent: AgentId | None, why: str) -> None:
        """Does not take the call that rings. Raises NotFound, Refused when it does not ring for `agent`."""
        await self._controller.wish(call, "decline", agent, why)

    async def mute(self, call: CallId, agent: AgentId | None, *, muted: bool) -> None:
        """Whether the customer hears the agent, whatever his phone is. As `hold`."""
        await self._controller.wish(call, "mute" if muted else "unmute", agent)

    async def press(self, call: CallId, agent: AgentId | None, keys: str) -> None:
        """Presses keys on the customer's line. As `hold`."""
        await self._controller.wish(call, "keys", agent, keys)


def _detail(row: Row, view: CallView, events: list[CallEvent]) -> Json:
    return {
        "id": str(row["id"]),
        "direction": row["direction"],
        "from": row["from_number"],
        "to": row["to_number"],
        "thread": _text(row["thread_id"]),
        "contact": _text(row["contact_id"]),
        "flow": row["flow_id"],
        "revision": row["flow_revision"],
        "state": view.state.value,
        "language": view.language,
        "path": [*view.path],
        "queue": view.queue,
        "wait_s": view.wait_s,
        "agent": view.agent,
        "talk_s": view.talk_s,
        "recordings": [*view.recordings],
        "outcome": {"result": view.outcome.result.value, "reason": view.outcome.reason}
        if view.outcome
        else None,
        "started_at": _iso(row["started_at"]),
        "answered_at": _iso(view.answered_at),
        "ended_at": _iso(view.ended_at),
        "events": [{"at": _iso(event.at), "type": event.kind.value, "data": event.data} for event in events],
    }


def _leg(row: Row) -> Json:
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "role": row["role"],
        "peer": row["peer"],
        "agent": _text(row["agent_id"]),
        "started_at": _iso(row["started_at"]),
        "answered_at": _iso(row["answered_at"]),
        "ended_at": _iso(row["ended_at"]),
        "end_reason": row["end_reason"],
        "stats": row["stats"],
        "carrier": _carrier(row),
    }


def _carrier(row: Row) -> Json | None:
    """What Twilio told of a leg that it carried; the price comes minutes after the call."""
    if row["sid"] is None:
        return None
    return {
        "name": "twilio", "sid": row["sid"], "status": row["status"], "stir": row["stir"],
        "vouched": vouched(row["stir"]), "answered_by": row["answered_by"], "duration_s": row["duration_s"],
        "price": _text(row["price"]), "price_unit": row["price_unit"],
    }  # fmt: skip


def _text(value: UUID | Decimal | None) -> str | None:
    return None if value is None else str(value)


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
