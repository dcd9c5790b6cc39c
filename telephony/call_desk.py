"""What pages ask of calls under way beyond the plain buttons: hand over, consult, confer, park, supervise."""

from typing import Final, Literal, Protocol

from telephony.controller import Controller
from telephony.errors import ControlRefused
from telephony.parking import Parked, ParkingLot
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import AgentId, CallId

GONE: Final[Json] = {"customer": "gone", "slot": None, "agent": None, "recording": None, "parties": []}


class AuditBook(Protocol):
    """Where supervisors' acts are noted (omnichannel.audit)."""

    async def note(
        self, actor: tuple[Literal["agent"], str | None], action: str, target: str, detail: Json | None = None
    ) -> None: ...


class CallDesk:
    """Who may do what was checked by who calls (web.api.call_controls)."""

    def __init__(self, controller: Controller, parking: ParkingLot, audit: AuditBook) -> None:
        self._controller = controller
        self._parking = parking
        self._audit = audit

    async def control(self, call: CallId, verb: str, agent: AgentId | None, **facts: JsonValue) -> Json:
        """A verb of telephony.talk; what it says. Raises NotFound when the call is over, ControlRefused."""
        return await self._controller.wish(call, verb, agent, facts=facts) or {}

    async def monitor(self, call: CallId, supervisor: AgentId, mode: str) -> None:
        """Listen, whisper, barge or take over; noted in the audit log. As `control`."""
        await self._controller.wish(call, "monitor", supervisor, facts={"mode": mode})
        await self._audit.note(("agent", str(supervisor)), f"call.{mode}", f"call:{call}")

    async def pick_up(self, slot: int, agent: AgentId) -> CallId:
        """Rings the agent for whoever is parked there. Raises ControlRefused."""
        parked = self._parking.at(slot)
        if parked is None:
            raise ControlRefused("not_parked", "Nobody is parked there.")
        await self._controller.wish(parked.call, "pick_up", agent)
        return parked.call

    def parked(self) -> list[Json]:
        """{slot, call, from, name, by, since}, the longest waiting first."""
        return [self._parked(one) for one in self._parking.parked]

    def _parked(self, one: Parked) -> Json:
        line = next((run.line for run in self._controller.active if run.line.call == one.call), None)
        return {
            "slot": one.slot,
            "call": str(one.call),
            "from": None if line is None else line.customer.peer,
            "thread": str(line.caller.thread) if line is not None and line.caller is not None else None,
            "by": None if one.by is None else str(one.by),
            "since": one.since.isoformat(),
        }

    def call_of(self, agent: AgentId) -> CallId | None:
        """The call his phone is in, in whatever part; one that still rings is none."""
        return next(
            (run.line.call for run in self._controller.active for one in run.present() if one.agent == agent and one.is_on),
            None,
        )  # fmt: skip

    def parties(self, call: CallId) -> Json:
        """Who is in the call: {call, customer, slot, agent, recording, parties}; `customer` "gone": it is not under way."""
        talk = self._controller.talk(call)
        who: Json = GONE if talk is None else talk.described()
        return {"call": str(call), **who}
