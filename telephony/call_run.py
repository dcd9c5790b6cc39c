"""One call from its arrival to its closed thread entry: a task with an inbox, and the only writer of its state."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias
from uuid import UUID

from ivr_flows import inputs
from telephony.call import outcome_of
from telephony.call_end import last_words, quietly, refuse_the_rest
from telephony.digits import DigitMerge, Source
from telephony.errors import TelephonyError
from telephony.flow_book import Answering
from telephony.flow_side import FlowSide
from telephony.handover import send_back
from telephony.legs.base import (
    Answered,
    AskedToYield,
    CameBack,
    HeldByPeer,
    HungUp,
    KeyPressed,
    LegEvent,
    MediaEvent,
    Party,
    Refused,
    Ringing,
    SentOn,
    WentAway,
)
from telephony.legs.browser import BrowserLeg
from telephony.legs.sip import SipLeg
from telephony.legs.twilio_out import PlacedLeg
from telephony.line import Due, Happening, House, Line, Wish, Yielded
from telephony.media import messages as media
from telephony.on_calls import Present
from telephony.ports import CallSummary
from telephony.sip.sdp import SdpRefused
from telephony.store import CallRow, EndedCall
from telephony.talk import Talk
from telephony.tape import Tape
from threadline.kernel.events import CallEventKind, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, CallId, LegId, RecordingId

log = logging.getLogger(__name__)

OfLeg: TypeAlias = LegEvent
UNAVAILABLE: Final = (503, "Service Unavailable")
ARRIVE_TIMEOUT_S: Final = 5.0


class CallRun:
    """An inbound call. Events come through `line.inbox`; `run` returns when its story is complete."""

    def __init__(
        self,
        call: CallId,
        customer: Party,
        house: House,
        answering: Answering,
        claim: Callable[[LegId], None],
    ) -> None:
        self.line = Line(call, customer, house, claim)
        self._answering = answering
        self._tape = Tape(self.line, allowed=answering.route.record)
        self.line.dialled = answering.route.number
        self.talk = Talk(self.line, self._tape, self._reroute)
        self._agent = self.talk.side
        self._flow = FlowSide(self.line, self._tape, answering, self._agent.transfer)
        self._agent.flow = self._flow
        self._digits = DigitMerge()
        self._ending: tuple[str, str] | None = None  # by whom, and why

    async def run(self, *, number: str | None, raw: str, display: str | None, source: str) -> None:
        """`number` is the caller's E.164 or None when withheld, `raw` what the signalling said."""
        try:
            await self._guarded(self._arrive(number, raw, display, source))
            self.line.house.sip.watch.setups.over(self.line.call)
            if self._ending is None:
                assert self.line.caller is not None
                await self._guarded(self._flow.begin(number, self.line.caller.facts))
                self._see_flow()
            while self._ending is None:
                await self._guarded(self._handle(await self.line.next()))
                await self._guarded(self.talk.settle())
                self._see_flow()
        finally:
            await self._finish()

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        """The supervisor: whatever goes wrong in a call ends that call, truthfully, and nothing else."""
        try:
            await step
        except Exception:  # the one place: logged once, turned into an outcome
            log.exception("call failed", extra={"call": str(self.line.call)})
            self._ending = ("system", "internal_error")

    def _see_flow(self) -> None:
        if self._ending is None and self._flow.is_over:
            served = self.line.view.agent is not None
            self._ending = (
                ("agent", "agent_hung_up") if served else ("system", self._flow.hangup_cause or "flow_ended")
            )

    # --- arrival ------------------------------------------------------------------------------------

    async def _arrive(self, number: str | None, raw: str, display: str | None, source: str) -> None:
        line, house, route = self.line, self.line.house, self._answering.route
        spoken = self._answering.flow.languages
        line.language = line.language if line.language in spoken else spoken[0]
        started_at = house.clock.now()
        async with asyncio.timeout(ARRIVE_TIMEOUT_S):
            line.caller = await house.threads.call_arrived(
                line.call, number, raw, route.number, route.region, started_at, display
            )
        house.ledger.open_call(
            CallRow(
                id=line.call, direction="inbound", from_number=number, from_raw=raw, to_number=route.number,
                source=source, flow_id=self._answering.flow.id, flow_revision=self._answering.revision,
                thread_id=line.caller.thread, contact_id=line.caller.contact, started_at=started_at,
            )
        )  # fmt: skip
        line.note(
            CallEventKind.STARTED,
            **{
                "direction": "inbound", "from": number, "to": route.number, "entry": route.title,
                "flow": self._answering.flow.id, "revision": self._answering.revision,
                "language": line.language,
            },
        )  # fmt: skip
        line.leg_began(line.customer, "customer", None)
        await self._agree_on_media()

    async def _agree_on_media(self) -> None:
        customer = self.line.customer
        if customer.is_over:  # gave up while we looked: no media for nobody
            self._ending = ("customer", "customer_hung_up")
            return
        try:
            await customer.prepare()
        except SdpRefused:
            customer.reject(488, "Not Acceptable Here")
            self._ending = ("system", "no_common_codec")
        except (TelephonyError, OSError) as exc:
            log.warning(
                "call without media", extra={"call": str(self.line.call), "error": type(exc).__name__}
            )
            customer.reject(*UNAVAILABLE)
            self._ending = ("system", "no_media")
        else:
            if customer.is_over:
                self._ending = ("customer", "customer_hung_up")

    async def _reroute(self, answering: Answering) -> None:
        """The customer was sent to another number of ours: its flow takes over, the recording goes on."""
        assert self.line.caller is not None
        self._flow = FlowSide(self.line, self._tape, answering, self._agent.transfer)
        self._agent.flow = self._flow
        await self._flow.begin(self.line.customer.peer, self.line.caller.facts)

    def present(self) -> list[Present]:
        """The agents in it (telephony.on_calls)."""
        return self.talk.present()

    def media_lost(self) -> None:
        """The engine that carried this call is gone."""
        self.line.customer.on_media_lost()

    # --- what happens ---------------------------------------------------------------------------------

    async def _handle(self, event: Happening) -> None:
        match event:
            case Due():
                await self._due(event.what)
            case (
                HungUp()
                | Answered()
                | Refused()
                | HeldByPeer()
                | KeyPressed()
                | Ringing()
                | SentOn()
                | AskedToYield()
                | WentAway()
                | CameBack()
            ):
                await self._handle_leg(event)
            case OfferMade():
                await self._agent.ring(event)
            case OfferClosed():
                self._agent.offers.closed(event)
            case Wish():
                await self.talk.grant(event)
            case Yielded():
                await self.talk.handover.joined(event)
            case _:
                await self._handle_media(event)

    async def _handle_media(self, event: MediaEvent) -> None:
        match event:
            case media.PlayDone() if event.play > 0:  # the others are ours: hold music, a beep
                await self._flow.feed(inputs.PlayDone(event.play))
            case media.Digit():
                await self._key(LegId(UUID(event.leg)), event.digit, "rtp")
            case media.RecordingClosed():
                if await self._tape.closed(event):
                    await self._flow.message_taken(event)
            case media.AudioHealth() if event.silent_s:
                log.warning("no inbound audio", extra={"leg": event.leg, "silent_s": event.silent_s})
            case media.Closed():
                self.line.leg_closed(event)
            case _:
                pass

    async def _handle_leg(self, event: OfLeg) -> None:
        if event.leg == self.line.customer.id:
            if isinstance(event, HungUp):
                lost = event.reason == "media_engine_lost"
                self._ending = ("system", "media_engine_lost") if lost else ("customer", "customer_hung_up")
            elif isinstance(event, KeyPressed):
                await self._key(event.leg, event.digit, "info")
            elif isinstance(event, SentOn):
                send_back(event.referral)
            elif isinstance(event, AskedToYield):
                await self._yield(event)
        else:
            await self.talk.hear(event)

    async def _yield(self, event: AskedToYield) -> None:
        """The caller's phone joins this call to its other one: whom we have goes there, this call is over."""
        number, talking = self._answering.route.number, self._agent.party
        if talking is not None and isinstance(talking.leg, PlacedLeg):
            event.reply(Yielded(number))  # a stream stays with its call: the phone that asks is refused
            return
        party = await self._agent.yield_party()
        if party is not None:
            if party.offer is not None:  # before this call ends, which would send him into wrap-up
                await self.line.house.dispatcher.talk_goes_on(party.offer.reservation, event.to)
            page = party.leg if isinstance(party.leg, BrowserLeg) else None
            phone = party.leg if isinstance(party.leg, SipLeg) else None
            event.reply(Yielded(number, phone, party.agent, party.offer, page=page))
        else:
            event.reply(Yielded(number, answering=self._answering))
        self._ending = ("customer", "joined")

    async def _key(self, leg: LegId, digit: str, source: Source) -> None:
        if leg != self.line.customer.id:
            await self.talk.key(leg, digit)
        elif self._digits.press(digit, source) is not None:
            await self._flow.feed(inputs.Key(digit))

    async def _due(self, what: str) -> None:
        match what:
            case "flow":
                await self._flow.feed(inputs.Tick())
            case "place":
                await self._flow.look_at_place()
            case "shutdown":
                self._ending = ("system", "shutdown")
            case _:
                await self.talk.due(what)

    # --- the end --------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        line, dialled = self.line, self._answering.route.number
        by, reason = self._ending or ("system", "internal_error")
        if line.caller is None:  # nobody knows of this call: let the caller's exchange try elsewhere
            line.customer.reject(*UNAVAILABLE)
            await refuse_the_rest(line, dialled)
            return
        outcome = outcome_of(line.view, by, reason)
        queue = self._flow.queue
        await quietly(line.call, self.talk.end(by))
        if queue is not None:
            await quietly(line.call, line.house.dispatcher.leave(line.call, reason))
        if by == "customer":
            await quietly(line.call, self._flow.feed(inputs.HungUp()))
        line.customer.hang_up(reason)
        line.leg_ended(line.customer.id, reason)
        ending = last_words(
            line, self._tape, self._handle_media, dialled, engine_lost=reason == "media_engine_lost"
        )
        await quietly(line.call, ending)
        if line.view.has_voicemail:
            outcome = outcome_of(line.view, by, reason)
        line.note(CallEventKind.ENDED, result=outcome.result.value, reason=reason, by=by)
        line.house.ledger.end_call(ended_row(line))
        await quietly(line.call, self._close())
        await refuse_the_rest(line, dialled)

    async def _close(self) -> None:
        await self.line.house.ledger.settle()
        await self.line.house.threads.call_ended(summary_of(self.line, self._answering.route.title))
        self.line.house.ledger.close_call(self.line.call, self.line.house.clock.now())


def ended_row(line: Line) -> EndedCall:
    """The sum of the ledger for the call's own row."""
    view = line.view
    assert view.outcome is not None
    assert view.ended_at is not None
    return EndedCall(
        line.call, line.language, view.queue, UUID(view.agent) if view.agent else None, view.answered_at,
        view.ended_at, view.outcome.result.value, view.outcome.reason,
    )  # fmt: skip


def summary_of(line: Line, entry: str) -> CallSummary:
    """The ended call as its thread shows it."""
    view = line.view
    assert line.caller is not None
    assert view.outcome is not None
    assert view.started_at is not None
    assert view.ended_at is not None
    return CallSummary(
        call=line.call, thread=line.caller.thread, direction="inbound", number=line.customer.peer, entry=entry,
        language=line.language, started_at=view.started_at, answered_at=view.answered_at, ended_at=view.ended_at,
        outcome=view.outcome, path=tuple(view.path), queue=view.queue, wait_s=view.wait_s,
        agent=AgentId(UUID(view.agent)) if view.agent else None, talk_s=view.talk_s,
        recordings=tuple(RecordingId(UUID(recording)) for recording in view.recordings),
    )  # fmt: skip
