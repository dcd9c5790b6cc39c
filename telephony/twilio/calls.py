"""Calls by Twilio's webhooks, idempotent by CallSid: each becomes a leg and a call like any other.

Source: https://www.twilio.com/docs/voice/twiml (requests), .../voice/api/call-resource#statuscallbackevent.
"""

import asyncio
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from telephony.controller import Arriving, Controller
from telephony.legs.twilio import AWAY_S, TwilioLeg
from telephony.line import House
from telephony.twilio import twiml
from telephony.twilio.account import Doors, TwilioAccount
from telephony.twilio.errors import Replayed, TwilioError
from telephony.twilio.frames import FrameUnreadable, Start, read_frame
from telephony.twilio.gate import Gate
from telephony.twilio.rest import TwilioRest
from telephony.twilio.stream import Socket
from threadline.kernel.ids import LegId, uuid7
from threadline.kernel.phone import to_e164

log = logging.getLogger(__name__)

CALL: Final = re.compile("CA[0-9a-f]{32}")
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
DECIDE_S: Final = 8.0  # what a flow may take to answer or refuse; Twilio waits 15 s
START_S: Final = 5.0  # from the socket to its first word
LONGEST_NAME: Final = 100
REMEMBERED: Final = 10_000  # calls that are over, whose callbacks may still come


class Figures:
    """What an operator sees. `refused_streams`: sockets without a token that is good for one."""

    def __init__(self) -> None:
        self.forged = 0
        self.calls = 0
        self.streams = 0
        self.refused_streams = 0
        self.replayed = 0
        self.unreadable = 0


class TwilioCalls:
    """One account's calls. `run` until cancelled; the rest is called by the web's doors, their signatures checked."""

    def __init__(
        self, account: TwilioAccount, doors: Doors, rest: TwilioRest, house: House, controller: Controller
    ) -> None:
        self.account = account
        self.public_url = doors.public_url
        self.figures = Figures()
        self._doors = doors
        self._rest = rest
        self._house = house
        self._controller = controller
        self._legs: dict[str, TwilioLeg] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self._tokens: dict[str, TwilioLeg] = {}
        self._arriving: dict[str, asyncio.Lock] = {}
        self._to_end: asyncio.Queue[str] = asyncio.Queue()

    @property
    def active(self) -> list[TwilioLeg]:
        return list(self._legs.values())

    async def run(self) -> None:
        """Ends at Twilio what ended here."""
        while True:
            sid = await self._to_end.get()
            try:
                await self._rest.end(sid)
            except TwilioError as exc:
                log.warning("a call could not be ended at twilio", extra={"call": sid, "error": str(exc)})

    # --- webhooks ---

    async def arrives(self, form: Mapping[str, str]) -> str:
        """A number's voice webhook: the document that says what becomes of the call. A repeat gets the same.

        Raises Replayed.
        """
        sid = form.get("CallSid", "")
        if not CALL.fullmatch(sid) or form.get("AccountSid") != self.account.sid:
            self.figures.unreadable += 1
            return twiml.rejected(404)
        async with self._arriving.setdefault(sid, asyncio.Lock()):
            leg = self._legs.get(sid)
            if leg is None:
                if sid in self._over or await self._house.store.has_call_from(_source(sid)):
                    self.figures.replayed += 1
                    raise Replayed("this call is over")
                leg = self._begin(sid, form)
        self._arriving.pop(sid, None)
        return twiml.rejected(404) if leg is None else await self._document(leg)

    async def again(self, form: Mapping[str, str]) -> str:
        """The stream is over: hang up if we did it, else go on where the call was.

        A call that this process never knew (it was started anew meanwhile) begins again with its flow.
        """
        sid = form.get("CallSid", "")
        leg = self._legs.get(sid)
        if leg is None and sid not in self._over and CALL.fullmatch(sid) and await self._is_under_way(sid):
            leg = self._legs.get(sid) or self._begin(sid, form)
        return twiml.ended() if leg is None else await self._document(leg)

    async def _is_under_way(self, sid: str) -> bool:
        try:
            return (await self._rest.call(sid)).get("status") == "in-progress"
        except TwilioError:
            return False

    async def status(self, form: Mapping[str, str]) -> str:
        """A status callback, in any order and number."""
        leg = self._legs.get(form.get("CallSid", ""))
        if leg is not None and form.get("CallStatus") in OVER:
            leg.gone("bye")
        return twiml.nothing()

    def _begin(self, sid: str, form: Mapping[str, str]) -> TwilioLeg | None:
        """None: nobody answers that number."""
        house, dialled = self._house, form.get("To", "")
        answering = house.flows.answering(dialled) or house.flows.answering(dialled.removeprefix("+"))
        if answering is None:
            log.info("call to a number nobody answers", extra={"source": "twilio"})
            return None
        self.figures.calls += 1
        leg_id = LegId(uuid7(house.clock.now()))
        gate = Gate(house.engine, str(leg_id))
        leg = self._legs[sid] = TwilioLeg(leg_id, sid, gate, self)
        raw = "".join(char for char in form.get("From", "") if char.isprintable())[:LONGEST_NAME]
        number = to_e164(raw, answering.route.region) if raw.startswith("+") else None
        self._controller.begin(
            Arriving(
                leg, answering, replace(house, engine=gate), number, raw, form.get("CallerName") or None, _source(sid),
                leg.holds_back, leg.emit_to,
            )
        )  # fmt: skip
        return leg

    async def _document(self, leg: TwilioLeg) -> str:
        try:
            async with asyncio.timeout(DECIDE_S):
                verdict = await asyncio.shield(leg.verdict)
        except TimeoutError:
            verdict = 0  # nothing can be heard before the answer, and Twilio waits no longer
        if verdict:
            return twiml.rejected(verdict)
        if leg.is_over:
            return twiml.ended()
        token = secrets.token_urlsafe(24)
        self._tokens[token] = leg
        leg.tokens.add(token)
        leg.wait(AWAY_S)
        return twiml.connected(self._doors, token)

    # --- the stream ---

    async def carry(self, socket: Socket) -> None:
        """A media stream, from its first word to its end. One whose token is not good for a call is left."""
        try:
            async with asyncio.timeout(START_S):
                start = await _started(socket)
        except (TimeoutError, FrameUnreadable):
            start = None
        leg = None if start is None else self._tokens.pop(start.parameters.get("token", ""), None)
        if start is None or leg is None or start.call != leg.sid or start.account != self.account.sid:
            self.figures.refused_streams += 1
            log.warning("media stream refused")
            return
        self._forget_tokens(leg)
        self.figures.streams += 1
        await leg.carry(start, socket)

    def _forget_tokens(self, leg: TwilioLeg) -> None:
        while leg.tokens:
            self._tokens.pop(leg.tokens.pop(), None)

    def over(self, leg: TwilioLeg, *, by_us: bool) -> None:
        """Implements telephony.legs.twilio.Exchange."""
        self._legs.pop(leg.sid, None)
        self._forget_tokens(leg)
        self._over[leg.sid] = None
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        if by_us and leg.verdict.done() and leg.verdict.result() == 0:
            self._to_end.put_nowait(leg.sid)


def _source(sid: str) -> str:
    """How the call's row names its way in."""
    return f"twilio:{sid}"


async def _started(socket: Socket) -> Start | None:
    while (text := await socket.receive()) is not None:
        frame = read_frame(text)
        if isinstance(frame, Start):
            return frame
    return None
