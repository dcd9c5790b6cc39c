"""Calls by Twilio's webhooks, idempotent by CallSid: each becomes a leg and a call like any other.

Source: https://www.twilio.com/docs/voice/twiml (requests), .../voice/api/call-resource#statuscallbackevent.
"""

import asyncio
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from ivr_flows.model import Flow
from ivr_flows.nodes.collect import Collect
from ivr_flows.nodes.record import RecordStep
from ivr_flows.nodes.voicemail import Voicemail
from telephony.controller import Arriving, Controller
from telephony.flow_book import Answering
from telephony.legs.base import Media
from telephony.legs.twilio import AWAY_S, TwilioLeg
from telephony.legs.twiml import TwimlLeg
from telephony.line import House
from telephony.twilio import twiml
from telephony.twilio.account import Doors, TwilioAccount
from telephony.twilio.bills import Bills
from telephony.twilio.by_twiml import ByTwiml
from telephony.twilio.errors import Replayed, TwilioError
from telephony.twilio.figures import Figures
from telephony.twilio.frames import FrameUnreadable, Start, read_frame
from telephony.twilio.gate import Gate
from telephony.twilio.gathering import Gathering
from telephony.twilio.placing import WAY, Placing
from telephony.twilio.rest import TwilioRest
from telephony.twilio.steps import Steps, ToTape
from telephony.twilio.store import CarriedStore
from telephony.twilio.stream import Socket
from telephony.twilio.vouching import vouched
from threadline.kernel.ids import LegId, uuid7
from threadline.kernel.phone import to_e164

log = logging.getLogger(__name__)

CALL: Final = re.compile("CA[0-9a-f]{32}")
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
JOINED: Final = "participant-join"
BETWEEN_KEYS_S: Final = 3
MESSAGE_S: Final = 20.0  # for a message's recording to be fetched when she is gone
DECIDE_S: Final = 8.0  # what a flow may take to answer or refuse; Twilio waits 15 s
START_S: Final = 5.0  # from the socket to its first word
LONGEST_NAME: Final = 100
REMEMBERED: Final = 10_000  # calls that are over, whose callbacks may still come


AnyLeg: TypeAlias = TwilioLeg | TwimlLeg


class TwilioCalls:
    """One account's calls. `run` until cancelled; the rest is called by the web's doors, their signatures checked."""

    def __init__(
        self, account: TwilioAccount, doors: Doors, rest: TwilioRest, house: House, controller: Controller,
        store: CarriedStore,
    ) -> None:  # fmt: skip
        self.account = account
        self.public_url = doors.public_url
        self.figures = Figures()
        self._doors = doors
        self._rest = rest
        self._house = house
        self._controller = controller
        self._legs: dict[str, AnyLeg] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self._tokens: dict[str, TwilioLeg] = {}
        self._arriving: dict[str, asyncio.Lock] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self.steps = ByTwiml(doors, rest, self._spawn)
        controller.meets = self.steps.meets
        policy = house.sip.watch.policy
        self.bills = Bills(store, rest, house.clock, self.figures, _free if policy is None else policy.charge)
        self.placing = Placing(account, doors, rest, house, self, self.bills, self.figures, self._spawn)
        if account.numbers:
            house.ways.open(WAY, self.placing)

    @property
    def active(self) -> list[AnyLeg]:
        return list(self._legs.values())

    async def run(self) -> None:
        """Until cancelled; owns what outlives the requests."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await self.bills.run()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(work, name=name)

    async def _end(self, sid: str) -> None:
        """Ends at Twilio what ended here."""
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

    async def again(self, form: Mapping[str, str], placed: str = "") -> str:
        """What now? `placed` names a call of ours that was answered. The stream is over: hang up if we did it, else go on where the call was.

        A call that this process never knew (it was started anew meanwhile) begins again with its flow.
        """
        sid = form.get("CallSid", "")
        if placed:
            self.placing.asks(placed, sid)
        leg = self._legs.get(sid)
        is_lost = leg is None and sid not in self._over and form.get("Direction") != "outbound-api"
        if is_lost and CALL.fullmatch(sid) and await self._is_under_way(sid):
            leg = self._legs.get(sid) or self._begin(sid, form)
        if isinstance(leg, TwimlLeg) and leg.verdict.done():
            return await self.steps.again(leg, form)
        return twiml.ended() if leg is None else await self._document(leg)

    async def keys(self, form: Mapping[str, str], document: str) -> str:
        """Keys pressed on a document of a call that works step by step."""
        leg = self._legs.get(form.get("CallSid", ""))
        return await self.steps.keys(leg, form, document) if isinstance(leg, TwimlLeg) else twiml.ended()

    async def recorded(self, form: Mapping[str, str]) -> str:
        """A message was taken on such a call."""
        leg = self._legs.get(form.get("CallSid", ""))
        return await self.steps.recorded(leg, form) if isinstance(leg, TwimlLeg) else twiml.ended()

    async def _is_under_way(self, sid: str) -> bool:
        try:
            return (await self._rest.call(sid)).get("status") == "in-progress"
        except TwilioError:
            return False

    async def status(self, form: Mapping[str, str], placed: str = "") -> str:
        """A status callback of a call or a conference, in any order and number. `placed`: our name of a call we had placed."""
        if placed:
            self.placing.told(placed, form)
            return twiml.nothing()
        leg = self._legs.get(form.get("CallSid", ""))
        if "ConferenceSid" in form:
            if isinstance(leg, TwimlLeg) and form.get("StatusCallbackEvent") == JOINED:
                leg.is_in(form.get("FriendlyName", ""), form["ConferenceSid"])
            return twiml.nothing()
        self.bills.told(form.get("CallSid", ""), form)
        if leg is not None and form.get("CallStatus") in OVER:
            if isinstance(leg, TwimlLeg) and leg.message is not None:
                self._spawn(_gone_with_message(leg), f"message {leg.sid}")
            else:
                leg.gone("bye")
        return twiml.nothing()

    def _begin(self, sid: str, form: Mapping[str, str]) -> AnyLeg | None:
        """None: nobody answers that number."""
        house, dialled, caller = self._house, form.get("To", ""), form.get("From", "")
        flows = house.flows
        answering = flows.answering(dialled, caller) or flows.answering(dialled.removeprefix("+"), caller)
        if answering is None:
            log.info("call to a number nobody answers", extra={"source": "twilio"})
            return None
        self.figures.calls += 1
        leg_id = LegId(uuid7(house.clock.now()))
        leg, engine = self._leg(leg_id, sid, dialled, answering)
        self._legs[sid] = leg
        leg.token = form.get("CallToken")
        self.bills.carries(sid, leg_id, form.get("StirVerstat"))
        raw = "".join(char for char in form.get("From", "") if char.isprintable())[:LONGEST_NAME]
        number = to_e164(raw, answering.route.region) if raw.startswith("+") else None
        self._controller.begin(
            Arriving(
                leg, answering, replace(house, engine=engine), number, raw, form.get("CallerName") or None,
                _source(sid), leg.holds_back, leg.emit_to, vouched(form.get("StirVerstat")),
            )
        )  # fmt: skip
        return leg

    def _leg(self, leg: LegId, sid: str, dialled: str, answering: Answering) -> tuple[AnyLeg, Media]:
        """The leg, by a stream or step by step as the number is set, and the engine as its call sees it."""
        house = self._house
        if dialled not in self.account.by_twiml:
            gate = Gate(house.engine, str(leg))
            return TwilioLeg(leg, sid, gate, self), gate
        gathering = Gathering(house.engine)

        def asking() -> twiml.Asking:
            return asked_by(answering.flow, self._controller.step_of(leg))

        by_steps = TwimlLeg(leg, sid, Steps(str(leg), gathering), self, house.address, asking)
        self.steps.began(by_steps)
        return by_steps, gathering

    def push(self, leg: TwimlLeg) -> None:
        """Implements telephony.legs.twiml.Exchange."""
        self.steps.push(leg)

    def look(self, leg: TwimlLeg) -> None:
        """Implements telephony.legs.twiml.Exchange."""
        self._spawn(self._look(leg), f"look {leg.sid}")

    def tape(self, leg: TwimlLeg, command: ToTape) -> None:
        """Implements telephony.legs.twiml.Exchange."""
        self.steps.tape(leg, command)

    async def _look(self, leg: TwimlLeg) -> None:
        try:
            told = await self._rest.call(leg.sid)
        except TwilioError as exc:
            log.warning("twilio does not say how a call is", extra={"call": leg.sid, "error": str(exc)})
            return
        if told.get("status") in OVER:
            leg.gone("bye")

    async def _document(self, leg: AnyLeg) -> str:
        try:
            async with asyncio.timeout(DECIDE_S):
                verdict = await asyncio.shield(leg.verdict)
        except TimeoutError:
            verdict = 0  # nothing can be heard before the answer, and Twilio waits no longer
        if verdict:
            return twiml.rejected(verdict)
        if leg.is_over:
            return twiml.ended()
        if isinstance(leg, TwimlLeg):
            return await self.steps.first(leg)
        leg.wait(AWAY_S)
        return twiml.connected(self._doors, self.admit(leg))

    # --- what the calls we place are known by ---

    def admit(self, leg: TwilioLeg) -> str:
        """See telephony.twilio.placing.Register."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = leg
        leg.tokens.add(token)
        return token

    def name(self, leg: AnyLeg, sid: str) -> None:
        """See Register."""
        self._legs[sid] = leg
        if isinstance(leg, TwimlLeg):
            self.steps.began(leg)

    def token_of(self, number: str) -> str | None:
        """See Register."""
        return next((one.token for one in self._legs.values() if one.token and one.peer == number), None)

    # --- the stream ---

    async def carry(self, socket: Socket) -> None:
        """A media stream, from its first word to its end. One whose token is not good for a call is left."""
        try:
            async with asyncio.timeout(START_S):
                start = await _started(socket)
        except (TimeoutError, FrameUnreadable):
            start = None
        leg = None if start is None else self._tokens.pop(start.parameters.get("token", ""), None)
        if (
            start is None
            or leg is None
            or start.call != (leg.sid or start.call)
            or start.account != self.account.sid
        ):
            self.figures.refused_streams += 1
            log.warning("media stream refused")
            return
        self._forget_tokens(leg)
        self.figures.streams += 1
        await leg.carry(start, socket)

    def _forget_tokens(self, leg: TwilioLeg) -> None:
        while leg.tokens:
            self._tokens.pop(leg.tokens.pop(), None)

    def over(self, leg: AnyLeg, *, by_us: bool) -> None:
        """Implements Exchange of both kinds of leg."""
        self._legs.pop(leg.sid, None)
        if isinstance(leg, TwilioLeg):
            self._forget_tokens(leg)
        else:
            self.steps.over(leg)
        if leg.sid:
            self._over[leg.sid] = None
            self.bills.over(leg.sid)
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        if by_us and leg.sid and leg.verdict.done() and leg.verdict.result() == 0:
            self._spawn(self._end(leg.sid), f"end {leg.sid}")


def asked_by(flow: Flow, step: str | None) -> twiml.Asking:
    """What a step of the flow waits for, in a Gather's words."""
    found = None if step is None else flow.steps.get(step)
    if not isinstance(found, Collect):
        return twiml.Asking(is_message=isinstance(found, RecordStep | Voicemail))
    return twiml.Asking(found.digits.max, found.end_key or "", BETWEEN_KEYS_S)


async def _gone_with_message(leg: TwimlLeg) -> None:
    """She hung up while she spoke: her message is fetched first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(MESSAGE_S):
            while leg.message is not None:
                await leg.next_scene(1.0)
    leg.gone("bye")


def _free(costs: Mapping[str, Decimal], now: datetime) -> None:
    """Nobody counts."""


def _source(sid: str) -> str:
    """How the call's row names its way in."""
    return f"twilio:{sid}"


async def _started(socket: Socket) -> Start | None:
    while (text := await socket.receive()) is not None:
        frame = read_frame(text)
        if isinstance(frame, Start):
            return frame
    return None
