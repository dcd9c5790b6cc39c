"""An agent calls a customer: his own phone first, then her number through a trunk; in her thread as every call is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from telephony.call_end import last_words, quietly, refuse_the_rest
from telephony.call_run import ended_row, summary_of
from telephony.callee import agents_phone, dial, leg_to
from telephony.dial_policy import DialRefused
from telephony.errors import ControlRefused, TelephonyError
from telephony.extension_endings import outcome_of, reason_of
from telephony.legs.base import (
    Answered,
    AskedToYield,
    CameBack,
    HeldByPeer,
    HungUp,
    KeyPressed,
    LegEvent,
    Refused,
    Ringing,
    SentOn,
    WentAway,
)
from telephony.line import Due, Happening, House, Line, Phone, Wish, Yielded
from telephony.media import messages as media
from telephony.on_calls import Present
from telephony.screening import Screening, screening
from telephony.sip.server import CallerId, ToTrunk
from telephony.store import CallRow
from telephony.talk import Talk
from telephony.tape import Tape
from telephony.ways_out import OutLeg
from threadline.kernel.events import CallEventKind
from threadline.kernel.ids import AgentId, CallId, LegId

log = logging.getLogger(__name__)

AGENT_RING_S: Final = 30.0
CUSTOMER_RING_S: Final = 60.0
ARRIVE_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Calling:
    """Who calls whom. `number` and `shown` (what she sees) in E.164; `payer` as the dial policy counts."""

    agent: AgentId
    payer: str
    number: str
    trunk: str
    shown: str
    queue: str | None = None


class OutboundCall:
    """A call of an agent's to a customer. `run` returns when its story is complete, `over` included."""

    def __init__(
        self, call: CallId, customer: OutLeg, house: House, calling: Calling, claim: Callable[[LegId], None],
        over: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        """`over` is awaited once the agent is done with it, whatever the end was."""
        self.line = Line(call, customer, house, claim)
        self.agent = calling.agent
        self._customer = customer
        self._calling = calling
        self._over = over
        self._is_let_go = False
        answering = house.flows.answering(calling.shown)
        self._tape = Tape(self.line, allowed=answering is not None and answering.route.record)
        self.line.dialled = calling.shown
        self.talk = Talk(self.line, self._tape, None)
        self._phone: Phone | None = None  # the agent's, until she has answered too
        self._screening: Screening | None = None  # where that is his mobile phone
        self._ending: tuple[str, str] | None = None  # by whom, and why

    async def run(self) -> None:
        try:
            await self._guarded(self._begin())
            self.line.house.sip.watch.setups.over(self.line.call)
            while self._ending is None:
                await self._guarded(self._handle(await self.line.next()))
                await self._guarded(self.talk.settle())
                await self._see_talk()
        finally:
            await self._finish()

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        try:
            await step
        except Exception:  # the supervisor of this call: logged once, turned into an outcome
            log.exception("call failed", extra={"call": str(self.line.call)})
            self._ending = ("system", "internal_error")

    async def _see_talk(self) -> None:
        """It is over once nobody talks with her, is rung for her or may pick her up; for the agent once he has left."""
        side = self.talk.side
        if self._phone is None and not self.talk.has(self.agent):
            await quietly(self.line.call, self._let_agent_go())
        is_somebodys = self._phone or side.party or side.aside or self.talk.handover.slot
        if not is_somebodys:
            self._ending = self._ending or ("agent", "agent_hung_up")

    async def _let_agent_go(self) -> None:
        if not self._is_let_go:
            self._is_let_go = True
            await self._over()

    def present(self) -> list[Present]:
        """The agents in it (telephony.on_calls); him too while she does not talk with him yet."""
        placing = [] if self._phone is None else [Present(self.agent, "agent", self._phone.id, is_on=False)]
        return [*placing, *self.talk.present()]

    def media_lost(self) -> None:
        """An engine that carried this call is gone."""
        self._ending = self._ending or ("system", "media_engine_lost")
        self.line.inbox.put_nowait(Due("media"))

    # --- the two phones -------------------------------------------------------------------------------

    async def _begin(self) -> None:
        line, house, calling = self.line, self.line.house, self._calling
        started_at = house.clock.now()
        async with asyncio.timeout(ARRIVE_TIMEOUT_S):
            line.caller = await house.threads.call_arrived(
                line.call, calling.number, calling.number, calling.shown, house.region, started_at, None, is_outbound=True
            )  # fmt: skip
        house.ledger.open_call(
            CallRow(
                id=line.call, direction="outbound", from_number=calling.shown, from_raw=calling.shown,
                to_number=calling.number, source=f"agent:{calling.agent}", flow_id=None, flow_revision=None,
                thread_id=line.caller.thread, contact_id=line.caller.contact, started_at=started_at,
            )
        )  # fmt: skip
        line.note(
            CallEventKind.STARTED, direction="outbound", **{"from": calling.shown}, to=calling.number,
            entry=calling.shown, flow=None, revision=None, language=line.language, agent=str(calling.agent),
        )  # fmt: skip
        line.leg_began(self._customer, "customer", None)
        line.deadlines["ring"] = house.clock.now() + timedelta(seconds=AGENT_RING_S)
        try:
            rings = await self._ring_agent()
        except TelephonyError:
            rings = False
        if not rings:
            self._ending = ("system", "agent_unreachable")

    async def _ring_agent(self) -> bool:
        line, calling = self.line, self._calling
        callee = await agents_phone(line.house, calling.agent, calling.queue)
        if callee is None:
            return False
        if callee.is_screened:
            self._screening = await screening(line.house, "own")
        self._phone = leg_to(line, callee)
        await dial(line, self._phone, callee, calling.number, takes_itself=True)
        return True

    async def _key(self, phone: Phone, digit: str) -> None:
        """Of the agent's phone: whoever answered his mobile phone is himself."""
        if self._screening is not None and self._screening.press(digit):
            await self._dial_customer(phone)

    async def _dial_customer(self, phone: Phone) -> None:
        """The agent is on the line: now hers rings; where the network plays something, he hears it."""
        line, house, calling = self.line, self.line.house, self._calling
        line.leg_answered(phone.id)
        line.deadlines["ring"] = house.clock.now() + timedelta(seconds=CUSTOMER_RING_S)
        self._customer.beside(phone.id)
        target = ToTrunk(calling.trunk, calling.number, calling.payer)
        try:
            await self._customer.dial(house.sip, target, CallerId(calling.shown))
        except DialRefused:
            self._ending = ("system", "dial_refused")
        except TelephonyError:
            self._ending = ("system", "failed")

    async def _connect(self, phone: Phone) -> None:
        self.line.deadlines.pop("ring", None)
        self.line.leg_answered(self._customer.id)
        self.line.note(CallEventKind.ANSWERED)
        await self._tape.start(None)
        self._phone = None
        await self.talk.side.adopt(phone, Yielded(self._calling.number, agent=self._calling.agent))

    # --- what happens ---------------------------------------------------------------------------------

    async def _handle(self, event: Happening) -> None:
        match event:
            case Due():
                await self._due(event.what)
            case Wish():
                await self._wish(event)
            case Yielded():
                await self.talk.handover.joined(event)
            case SentOn() if self._phone is not None:
                event.referral.progress(603)
            case AskedToYield():
                event.reply(Yielded(self._calling.number))
            case (
                Answered()
                | Refused()
                | HungUp()
                | Ringing()
                | HeldByPeer()
                | KeyPressed()
                | WentAway()
                | CameBack()
                | SentOn()
            ):
                await self._handle_leg(event)
            case _:
                await self._handle_media(event)

    async def _handle_media(self, event: Happening) -> None:
        match event:
            case media.Digit() if self._phone is not None and event.leg == str(self._phone.id):
                await self._key(self._phone, event.digit)
            case media.Digit():
                await self.talk.key(LegId(UUID(event.leg)), event.digit)
            case media.RecordingClosed():
                await self._tape.closed(event)
            case media.Closed():
                self.line.leg_closed(event)
            case _:
                pass

    async def _due(self, what: str) -> None:
        if what == "shutdown":
            self._ending = ("system", "shutdown")
        elif self._phone is None:
            await self.talk.due(what)
        elif what == "ring":
            self._ending = ("system", "no_answer" if self._customer.has_media else "agent_unreachable")

    async def _handle_leg(self, event: LegEvent) -> None:
        phone = self._phone
        if event.leg == self._customer.id:
            await self._handle_customer(phone, event)
        elif phone is not None and event.leg == phone.id:
            await self._handle_agent(phone, event)
        else:
            await self.talk.hear(event)

    async def _handle_agent(self, phone: Phone, event: LegEvent) -> None:
        match event:
            case Answered() if self._screening is not None:
                self._screening.begin(phone)
            case Answered():
                await self._dial_customer(phone)
            case KeyPressed():
                await self._key(phone, event.digit)
            case Refused():
                self._ending = ("system", "agent_unreachable")
            case HungUp():
                self._ending = ("agent", "agent_hung_up")

    async def _handle_customer(self, phone: Phone | None, event: LegEvent) -> None:
        match event:
            case Ringing(early_media=True) if phone is not None:
                self.line.house.engine.send(media.Bridge(str(self._customer.id), str(phone.id)))
            case Answered() if phone is not None:
                await self._connect(phone)
            case Refused():
                self._ending = ("system", reason_of(event.code))
            case HungUp():
                self._ending = ("customer", "customer_hung_up")

    async def _wish(self, wish: Wish) -> None:
        if self._phone is None:
            await self.talk.grant(wish)
        elif wish.done.done():
            return
        elif wish.verb == "hang_up" and wish.agent in (None, self._calling.agent):
            self._ending = ("agent", "agent_hung_up")
            wish.done.set_result(None)
        else:
            wish.done.set_exception(ControlRefused("not_talking", "Nobody is talking on this call."))

    # --- the end --------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        line = self.line
        by, reason = self._ending or ("system", "internal_error")
        await quietly(line.call, self.talk.end(by))
        for leg in (self._customer, self._phone):
            if leg is not None and not leg.is_over:
                leg.hang_up(reason)
                line.leg_ended(leg.id, reason)
        await quietly(line.call, last_words(line, self._tape, self._handle_media, self._calling.number))
        if line.caller is not None and line.view.started_at is not None:
            await quietly(line.call, self._close(by, reason))
        await refuse_the_rest(line, self._calling.number)
        await quietly(line.call, self._let_agent_go())

    async def _close(self, by: str, reason: str) -> None:
        line, house = self.line, self.line.house
        outcome = outcome_of(line.view, "customer" if by == "agent" else by, reason)
        line.note(CallEventKind.ENDED, result=outcome.result.value, reason=reason, by=by)
        house.ledger.end_call(
            replace(ended_row(line), agent_id=self._calling.agent, queue=self._calling.queue)
        )
        await house.ledger.settle()
        summary = replace(
            summary_of(line, self._calling.shown), direction="outbound", agent=self._calling.agent
        )
        await house.threads.call_ended(summary)
        house.ledger.close_call(line.call, house.clock.now())
