"""The legs of those Twilio rings for us: placed by REST, followed by status callbacks, carried by stream or step by step.

Callbacks come doubled, late and in any order: only one that is further on than what is known changes anything. Source:
https://www.twilio.com/docs/voice/api/call-resource#statuscallback.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from telephony.legs import twilio, twiml
from telephony.legs.base import Answered, Emit, Refused, Ringing
from telephony.legs.sip import MediaAddress
from telephony.twilio.gate import Gate
from telephony.twilio.steps import Steps
from telephony.twilio.twiml import Asking, Scene
from threadline.kernel.ids import LegId

if TYPE_CHECKING:
    from telephony.sip.server import CallerId, SipServer, Target

RANK: Final[Mapping[str, int]] = {
    "queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3, "completed": 4, "busy": 4, "no-answer": 4,
    "failed": 4, "canceled": 4,
}  # fmt: skip
UP: Final = 3
OVER: Final = 4
CODES: Final = {"busy": 486, "no-answer": 408, "failed": 503, "canceled": 487, "completed": 480}


class OutExchange(twilio.Exchange, twiml.Exchange, Protocol):
    """What they need of the account besides (telephony.twilio.placing)."""

    def over(self, leg: "twilio.TwilioLeg | twiml.TwimlLeg", *, by_us: bool) -> None: ...

    def place(self, leg: "PlacedLeg", target: "Target", caller: "CallerId") -> None:
        """Asks Twilio for the call, when it is its turn. Raises DialRefused."""
        ...

    def is_answered(self, leg: "PlacedLeg") -> None:
        """It costs from now on."""
        ...


class PlacedLeg:
    """What both kinds share; the other base of each is that of an incoming call."""

    id: LegId
    peer: str
    sid: str
    payer: str | None = None  # whose account it is laid at, once it is placed
    _placing: OutExchange
    _emit: Emit
    _is_over: bool
    _rank = 0
    _has_answered = False

    if TYPE_CHECKING:

        @property
        def is_over(self) -> bool: ...

        def _finish(self, *, by_us: bool) -> None: ...

        def gone(self, reason: str) -> None: ...

    def told(self, status: str, sip_code: str = "") -> None:
        """A status callback. `sip_code` says of a failed call what the far end answered."""
        rank = RANK.get(status, 0)
        if rank <= self._rank or self._is_over:
            return
        self._rank = rank
        if status == "ringing":
            self._emit(Ringing(self.id))
        elif rank == UP:
            self._placing.is_answered(self)
            self._expect()
        elif rank == OVER and self._has_answered:
            self.gone("bye")
        elif rank == OVER:
            failed = status == "failed" and sip_code.isdecimal() and 400 <= int(sip_code) < 700
            self.refused(int(sip_code) if failed else CODES[status], status)

    def _expect(self) -> None:
        """She answered, by Twilio's word; who can hear her is told by `_is_up`."""

    def _is_up(self) -> None:
        """She answered, and hears."""
        if not self._has_answered:
            self._has_answered = True
            self._rank = max(self._rank, UP)
            self._placing.is_answered(self)
            self._emit(Answered(self.id))

    def refused(self, code: int, reason: str) -> None:
        """It came to nothing. Idempotent."""
        if not self._is_over:
            self._finish(by_us=reason == "stream_lost")
            self._emit(Refused(self.id, code, reason))


class TwilioOutLeg(PlacedLeg, twilio.TwilioLeg):
    """By a media stream. Implements what telephony.ways_out.OutLeg has in common."""

    def __init__(self, leg: LegId, peer: str, gate: Gate, exchange: OutExchange, emit: Emit) -> None:
        super().__init__(leg, "", gate, exchange)
        self.peer = peer
        self.emit_to(emit)
        self._placing = exchange
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

    def _expect(self) -> None:
        self.wait(twilio.AWAY_S)  # for the stream, which is what makes it an answer

    def _is_heard(self) -> None:
        self._is_up()

    def gone(self, reason: str) -> None:
        if self._has_answered:
            super().gone(reason)
        else:
            self.refused(CODES["failed"], reason)

    def on_media_lost(self) -> None:
        if self._has_answered:
            super().on_media_lost()
        else:
            self.refused(CODES["failed"], "media_engine_lost")


class TwimlOutLeg(PlacedLeg, twiml.TwimlLeg):
    """Step by step, beside a customer who is so too: what they say to one another stays at Twilio, in a conference."""

    def __init__(
        self, leg: LegId, peer: str, steps: Steps, exchange: OutExchange, address: MediaAddress, emit: Emit
    ) -> None:
        super().__init__(leg, "", steps, exchange, address, Asking)
        self.peer = peer
        self.emit_to(emit)
        self._placing = exchange
        self._decide(0)

    def beside(self, leg: LegId) -> None:
        """Nothing: there is no sound of hers here."""

    async def dial(
        self, sip: "SipServer", target: "Target", caller: "CallerId", headers: Mapping[str, str] | None = None
    ) -> None:
        """As TwilioOutLeg.dial. Raises DialRefused."""
        if not self._is_over:
            self._placing.place(self, target, caller)

    async def asked(self) -> Scene:
        """Twilio's first question says that she answered."""
        if self._has_answered:
            return await super().asked()
        self._is_up()
        return await self.next_scene(twiml.FIRST_S)

    def gone(self, reason: str) -> None:
        if self._has_answered:
            super().gone(reason)
        else:
            self.refused(CODES["failed"], reason)
