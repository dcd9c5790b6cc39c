"""Calls that Twilio makes for us: within the rules of dialling out, in turn, each with a leg of its own.

Each is known by a name of ours in its callbacks' address, since the first may come before Twilio has told its own.
"""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Protocol, TypeAlias

from telephony.legs.base import Emit, Media
from telephony.legs.twilio import TwilioLeg
from telephony.legs.twilio_out import RANK, PlacedLeg, TwilioOutLeg, TwimlOutLeg
from telephony.legs.twiml import TwimlLeg
from telephony.line import House
from telephony.sip.server import CallerId, Target, ToTrunk
from telephony.twilio import twiml
from telephony.twilio.account import Doors, TwilioAccount
from telephony.twilio.bills import Bills
from telephony.twilio.errors import TwilioError
from telephony.twilio.figures import Figures
from telephony.twilio.gate import Gate
from telephony.twilio.gathering import Gathering
from telephony.twilio.rest import Detection, TwilioRest
from telephony.twilio.steps import Steps, ToTape
from threadline.kernel.ids import LegId

log = logging.getLogger(__name__)

WAY: Final = "twilio-voice"
RING_S: Final = 55.0  # whoever dials gives up sooner; this ends what nobody ended
NOT_PLACED: Final = 503
REMEMBERED: Final = 10_000  # calls whose last callback is awaited
Placed: TypeAlias = TwilioOutLeg | TwimlOutLeg
Spawn = Callable[[Coroutine[Any, Any, None], str], None]


class Register(Protocol):
    """What is known of the account's calls (telephony.twilio.calls)."""

    def admit(self, leg: TwilioLeg) -> str:
        """A token that is good for one stream of this leg."""
        ...

    def name(self, leg: TwilioLeg | TwimlLeg, sid: str) -> None:
        """Twilio's name of it is known now."""
        ...

    def over(self, leg: TwilioLeg | TwimlLeg, *, by_us: bool) -> None: ...

    def push(self, leg: TwimlLeg) -> None: ...

    def look(self, leg: TwimlLeg) -> None: ...

    def tape(self, leg: TwimlLeg, command: ToTape) -> None: ...

    def token_of(self, number: str) -> str | None:
        """What Twilio gave with a caller under way, to show her number where she is sent on."""
        ...


class Placing:
    """Implements telephony.ways_out.Account and telephony.legs.twilio_out.OutExchange."""

    def __init__(
        self, account: TwilioAccount, doors: Doors, rest: TwilioRest, house: House, register: Register,
        bills: Bills, figures: Figures, spawn: Spawn,
    ) -> None:  # fmt: skip
        self._account = account
        self._doors = doors
        self._rest = rest
        self._house = house
        self._register = register
        self._bills = bills
        self._figures = figures
        self._spawn = spawn
        self._names: OrderedDict[str, Placed] = OrderedDict()

    @property
    def numbers(self) -> tuple[str, ...]:
        return self._account.numbers

    def leg(self, leg: LegId, peer: str, engine: Media, emit: Emit) -> Placed:
        """Beside a customer who goes step by step, and whose sound is not here yet, she goes so too."""
        if isinstance(engine, Gathering) and engine.may_host:
            return TwimlOutLeg(leg, peer, Steps(str(leg), engine), self, self._house.address, emit)
        return TwilioOutLeg(leg, peer, Gate(self._house.engine, str(leg)), self, emit)

    # --- what a leg asks ---

    def place(self, leg: PlacedLeg, target: Target, caller: CallerId) -> None:
        """See OutExchange."""
        assert isinstance(target, ToTrunk)
        assert isinstance(leg, TwilioOutLeg | TwimlOutLeg)
        now = self._house.clock.now()
        self._house.sip.watch.dials(str(leg.id), target.name, target.number, target.payer, now)
        leg.payer = target.payer
        name = secrets.token_urlsafe(12)
        self._names[name] = leg
        while len(self._names) > REMEMBERED:
            self._names.popitem(last=False)
        self._spawn(self._place(leg, name, target.number, caller.number), f"call out {leg.id}")

    async def _place(self, leg: Placed, name: str, number: str, shown: str) -> None:
        await self._rest.turn()
        if leg.is_over:
            return
        token = None if shown in self.numbers else self._register.token_of(shown)
        if token is None and shown not in self.numbers:
            shown = self.numbers[0]
        if isinstance(leg, TwilioOutLeg):
            document = twiml.connected(self._doors, self._register.admit(leg))
        else:
            document = self._doors.begin(name)
        try:
            sid = await self._rest.place(
                number, shown, document, status=self._doors.told(name), ring_s=RING_S, call_token=token,
                detection=Detection(self._doors.told(name)) if self._account.detects_machines else None,
            )  # fmt: skip
        except TwilioError as exc:
            log.warning("twilio did not place a call", extra={"leg": str(leg.id), "error": str(exc)})
            leg.refused(NOT_PLACED, str(exc))
            return
        self._figures.placed += 1
        self._is_named(leg, sid)

    def _is_named(self, leg: Placed, sid: str) -> None:
        if leg.sid or not sid:
            return
        leg.sid = sid
        self._bills.carries(sid, leg.id, payer=leg.payer)
        if leg.is_over:
            self._register.over(leg, by_us=True)  # given up while Twilio was being asked
        else:
            self._register.name(leg, sid)

    def is_answered(self, leg: PlacedLeg) -> None:
        """See OutExchange."""
        policy = self._house.sip.watch.policy
        if policy is not None:
            policy.answered(str(leg.id), self._house.clock.now())

    def push(self, leg: TwimlLeg) -> None:
        """See telephony.legs.twiml.Exchange."""
        self._register.push(leg)

    def look(self, leg: TwimlLeg) -> None:
        """See Exchange."""
        self._register.look(leg)

    def tape(self, leg: TwimlLeg, command: ToTape) -> None:
        """See Exchange."""
        self._register.tape(leg, command)

    def over(self, leg: TwilioLeg | TwimlLeg, *, by_us: bool) -> None:
        """See telephony.legs.twilio.Exchange. The name stays good for what is still told of it until it is settled."""
        policy = self._house.sip.watch.policy
        if policy is not None:
            policy.over(str(leg.id), self._house.clock.now())
        self._register.over(leg, by_us=by_us)

    # --- what Twilio tells ---

    def asks(self, name: str, sid: str) -> None:
        """Twilio asks for the first document of the call of that name."""
        leg = self._names.get(name)
        if leg is not None:
            self._is_named(leg, sid)

    def told(self, name: str, form: Mapping[str, str]) -> None:
        """A callback of the call of that name."""
        sid, status = form.get("CallSid", ""), form.get("CallStatus", "")
        leg = self._names.get(name)
        if leg is not None:
            self._is_named(leg, sid)
            leg.told(status, form.get("SipResponseCode", ""))
            if RANK.get(status) == RANK["completed"]:
                del self._names[name]
        self._bills.told(sid, form)
