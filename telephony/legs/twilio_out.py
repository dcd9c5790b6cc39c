"""The leg of somebody Twilio rings for us: placed by REST, followed by status callbacks, carried by a media stream.

Callbacks come doubled, late and in any order: only one that is further on than what is known changes anything. Source:
https://www.twilio.com/docs/voice/api/call-resource#statuscallback.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from telephony.legs.base import Answered, Emit, Refused, Ringing
from telephony.legs.twilio import AWAY_S, Exchange, TwilioLeg
from telephony.twilio.gate import Gate
from threadline.kernel.ids import LegId

if TYPE_CHECKING:
    from telephony.sip.server import CallerId, SipServer, Target

RANK: Final[Mapping[str, int]] = {
    "queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3, "completed": 4, "busy": 4, "no-answer": 4,
    "failed": 4, "canceled": 4,
}  # fmt: skip
OVER: Final = 4
CODES: Final = {"busy": 486, "no-answer": 408, "failed": 503, "canceled": 487, "completed": 480}


class OutExchange(Exchange, Protocol):
    """What it needs of the account besides (telephony.twilio.placing)."""

    def place(self, leg: "TwilioOutLeg", target: "Target", caller: "CallerId") -> None:
        """Asks Twilio for the call, when it is its turn. Raises DialRefused."""
        ...

    def is_answered(self, leg: "TwilioOutLeg") -> None:
        """It costs from now on."""
        ...


class TwilioOutLeg(TwilioLeg):
    """An outgoing call. Implements what telephony.ways_out.OutLeg has in common."""

    def __init__(self, leg: LegId, peer: str, gate: Gate, exchange: OutExchange, emit: Emit) -> None:
        super().__init__(leg, "", gate, exchange)
        self.peer = peer
        self.emit_to(emit)
        self._placing = exchange
        self._rank = 0
        self._is_answered = False
        self._decide(0)  # ours is the call: there is nothing to refuse

    def beside(self, leg: LegId) -> None:
        """The leg this one is to be bridged with; before `dial`."""
        self._near = str(leg)

    async def prepare(self) -> None:
        """Nothing: her media were opened when she was dialled."""

    async def dial(
        self, sip: "SipServer", target: "Target", caller: "CallerId", headers: Mapping[str, str] | None = None
    ) -> None:
        """Rings somebody; Ringing, Answered or Refused follow. Raises NoPorts, EngineLost, NoEdge or DialRefused.

        The arguments are those of telephony.legs.sip.SipLeg; there is no SIP to carry `headers`.
        """
        await super().prepare()
        if not self._is_over:
            self._placing.place(self, target, caller)

    # --- what Twilio tells ---

    def told(self, status: str, sip_code: str = "") -> None:
        """A status callback. `sip_code` says of a failed call what the far end answered."""
        rank = RANK.get(status, 0)
        if rank <= self._rank or self._is_over:
            return
        self._rank = rank
        if status == "ringing":
            self._emit(Ringing(self.id))
        elif status == "in-progress":
            self._placing.is_answered(self)
            self.wait(AWAY_S)  # for the stream, which is what makes it an answer
        elif rank == OVER and self._is_answered:
            self.gone("bye")
        elif rank == OVER:
            failed = status == "failed" and sip_code.isdecimal() and 400 <= int(sip_code) < 700
            self.refused(int(sip_code) if failed else CODES[status], status)

    def refused(self, code: int, reason: str) -> None:
        """It came to nothing. Idempotent."""
        if not self._is_over:
            self._finish(by_us=reason == "stream_lost")
            self._emit(Refused(self.id, code, reason))

    def _is_heard(self) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._rank = max(self._rank, RANK["in-progress"])
            self._placing.is_answered(self)
            self._emit(Answered(self.id))

    def gone(self, reason: str) -> None:
        if self._is_answered:
            super().gone(reason)
        else:
            self.refused(CODES["failed"], reason)

    def on_media_lost(self) -> None:
        if not self._is_over and not self._is_answered:
            self.refused(CODES["failed"], "media_engine_lost")
        else:
            super().on_media_lost()
