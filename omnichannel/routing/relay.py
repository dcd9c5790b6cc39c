"""What one server tells the others of routing, as text. Pure. Nothing in it is personal."""

import json
from datetime import datetime
from uuid import UUID

from threadline.kernel.events import AgentState, AgentStateChanged, Event, OfferClosed
from threadline.kernel.ids import AgentId, CallId, ReservationId


def offered(reservation: ReservationId) -> str:
    """An offer was made: who hears it reads it from its row."""
    return json.dumps({"offered": str(reservation)})


def write(event: Event) -> str | None:
    """None for what the others have no use for."""
    match event:
        case OfferClosed():
            return json.dumps(
                {
                    "closed": str(event.reservation),
                    "call": str(event.call),
                    "agent": str(event.agent),
                    "reason": event.reason,
                }
            )
        case AgentStateChanged():
            until = None if event.until is None else event.until.isoformat()
            return json.dumps(
                {
                    "agent": str(event.agent),
                    "state": event.state.value,
                    "reason": event.reason,
                    "since": event.since.isoformat(),
                    "until": until,
                }
            )
        case _:
            return None


def read(text: str) -> ReservationId | OfferClosed | AgentStateChanged:
    """What another server told; an id alone is an offer that was made."""
    told = json.loads(text)
    if "offered" in told:
        return ReservationId(UUID(told["offered"]))
    agent = AgentId(UUID(told["agent"]))
    if "closed" in told:
        return OfferClosed(
            ReservationId(UUID(told["closed"])), CallId(UUID(told["call"])), agent, told["reason"]
        )
    until = None if told["until"] is None else datetime.fromisoformat(told["until"])
    since = datetime.fromisoformat(told["since"])
    return AgentStateChanged(agent, AgentState(told["state"]), told["reason"], since, until)
