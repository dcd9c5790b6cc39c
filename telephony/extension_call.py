"""One phone of ours calls another: no flow, no queue, no customer's thread; a row and a ledger as every call has.

Both are accounts that have proved who they are, so nobody calls anonymously. The one that called is the line's
`customer`, the leg a recording hangs on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from telephony.call_end import last_words, quietly, refuse_the_rest
from telephony.call_run import ended_row
from telephony.callee import Callee, dial, inside, is_free, leg_to
from telephony.colleagues import Colleagues
from telephony.dial_policy import DialRefused
from telephony.engaged import Engaged
from telephony.errors import TelephonyError
from telephony.extension_endings import REFUSED, outcome_of, reason_of
from telephony.extension_page import ExtensionPage
from telephony.flow_book import Answering
from telephony.legs.base import (
    Answered,
    AskedToYield,
    CameBack,
    HeldByPeer,
    HungUp,
    Party,
    Refused,
    Ringing,
    SentOn,
    WentAway,
)
from telephony.legs.browser import BrowserLeg
from telephony.legs.sip import SipLeg
from telephony.line import Due, Happening, House, Line, Phone, Wish, Yielded
from telephony.media import messages as media
from telephony.on_calls import Present
from telephony.redirection import Redirection
from telephony.sip.sdp import SdpRefused
from telephony.sound import play_music
from telephony.store import CallRow
from telephony.tape import Tape
from threadline.kernel.events import CallEventKind, OfferMade
from threadline.kernel.ids import AgentId, CallId, LegId
from threadline.kernel.outcome import Outcome

log = logging.getLogger(__name__)

RING_S: Final = 30.0
LOOKUP_S: Final = 5.0

PutThrough: TypeAlias = Callable[[SipLeg, Answering], Awaitable[bool]]
"""Has a phone that talks answered by a number of ours, in a call of its own. False: that one is gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Dialling:
    """Who calls whom. `account`: the caller's user name; `dialled` as it was typed."""

    account: str
    display: str | None
    dialled: str


class ExtensionCall:
    """A call between two phones of ours. `run` returns when its story is complete."""

    def __init__(
        self, call: CallId, caller: SipLeg, house: House, dialling: Dialling, claim: Callable[[LegId], None],
        put_through: PutThrough,
    ) -> None:  # fmt: skip
        self.line = Line(call, caller, house, claim)
        self.customer: Party = caller
        self.tape = Tape(self.line, allowed=house.record_internal)
        self.party: Phone | None = None  # who talks with the line's customer, or is rung
        self.is_talking = False
        self.offer: OfferMade | None = None  # of an agent who was joined to this call
        self.ending: tuple[str, str] | None = None  # by whom, and why
        self.put_through = put_through
        self._dialling = dialling
        self._redirection = Redirection(self)
        self._page = ExtensionPage(self)
        self._engaged = Engaged(self.line)
        self._who = Colleagues(house)
        self._holding: set[LegId] = set()  # phones that have put the other on hold
        self._away: set[LegId] = set()  # pages that are gone for a moment, and hold for that
        self._given: Party | None = None  # somebody else's now

    async def run(self) -> None:
        try:
            await self._guarded(self._begin())
            self.line.house.sip.watch.setups.over(self.line.call)
            while self.ending is None:
                await self._guarded(self._handle(await self.line.next()))
                await self._guarded(self._engaged.settle(self._busy()))
        finally:
            await self._finish()

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        try:
            await step
        except Exception:  # the supervisor of this call: logged once, turned into an outcome
            log.exception("call failed", extra={"call": str(self.line.call)})
            self.ending = ("system", "internal_error")

    def _busy(self) -> set[AgentId]:
        """Agents who have the call on their pages."""
        return {leg.agent for leg in self.both() if isinstance(leg, BrowserLeg) and not leg.is_over}

    def present(self) -> list[Present]:
        """The agents in it (telephony.on_calls), at whatever phone."""
        return self._who.present(self.both(), are_on=self.is_talking)

    def media_lost(self) -> None:
        """An engine that carried this call is gone."""
        self.customer.on_media_lost()

    # --- ringing ------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        line, dialling, store = self.line, self._dialling, self.line.house.store
        started_at = line.house.clock.now()
        async with asyncio.timeout(LOOKUP_S):
            number = await store.account_number(dialling.account)
            called = await store.account_dialled(dialling.dialled, line.house.region)
            caller = await self._who.learn(self.customer.id, dialling.account, claimed=dialling.display)
        if called is None:
            self._nobody_there()
            return
        line.house.ledger.open_call(
            CallRow(
                id=line.call, direction="internal", from_number=number, from_raw=dialling.account,
                to_number=dialling.dialled, source=f"account:{dialling.account}", flow_id=None, flow_revision=None,
                thread_id=None, contact_id=None, started_at=started_at,
            )
        )  # fmt: skip
        line.note(
            CallEventKind.STARTED, direction="internal", **{"from": dialling.account}, to=dialling.dialled,
            entry=called, flow=None, revision=None, language=line.language,
        )  # fmt: skip
        line.leg_began(self.customer, "outside", caller.agent)
        callee = await inside(line.house, called)
        reason = await self._why_not(called, callee) or await self._agree_on_media()
        if reason is not None or callee is None:
            self._refuse(reason or "unreachable")
        else:
            await self.ring(callee)

    def _nobody_there(self) -> None:
        house, account = self.line.house, self._dialling.account
        log.info("call to a number nobody answers", extra={"source": account})
        house.sip.watch.nobody_there(account, house.sip.agent.timers.now)
        self.customer.reject(404, "Not Found")
        self.ending = ("system", "nobody_there")

    async def _why_not(self, called: str, callee: Callee | None) -> str | None:
        """Caps first: they also hold for calls that come to nothing."""
        house, dialling = self.line.house, self._dialling
        try:
            house.sip.watch.rings_inside(
                str(self.line.call), dialling.account, dialling.dialled, house.clock.now()
            )
        except DialRefused:
            return "dial_refused"
        is_own = called == dialling.account and (callee is None or callee.agent is None)
        if is_own or (callee is not None and not await is_free(house, callee)):
            return "busy"
        return None if callee is not None else "unreachable"

    async def _agree_on_media(self) -> str | None:
        customer = self.customer
        try:
            if not customer.is_over:
                await customer.prepare()
        except SdpRefused:
            return "no_common_codec"
        except (TelephonyError, OSError) as exc:
            log.warning(
                "call without media", extra={"call": str(self.line.call), "error": type(exc).__name__}
            )
            return "no_media"
        if customer.is_over:
            self.ending = ("customer", "customer_hung_up")
        return None

    def _refuse(self, reason: str) -> None:
        self.customer.reject(*REFUSED[reason])
        self.ending = ("system", reason)

    async def ring(self, callee: Callee) -> None:
        """Rings somebody of ours; Ringing, Answered or Refused follow."""
        if self.ending is not None:
            return
        line, caller = self.line, self._who.at(self.customer)
        self.party = leg_to(line, callee)
        called = await self._who.learn(self.party.id, callee.name, callee.agent)
        if isinstance(self.customer, SipLeg) and called.name is not None:
            self.customer.tell_who(called.name)
        line.deadlines["ring"] = line.house.clock.now() + timedelta(seconds=RING_S)
        await dial(line, self.party, callee, caller.number, display=caller.name)

    # --- what happens ---------------------------------------------------------------------------------

    async def _handle(self, event: Happening) -> None:
        match event:
            case Ringing() | Answered() | Refused():
                await self._rung(event)
            case HungUp():
                await self._hung_up(event)
            case HeldByPeer() if (leg := self.leg(event.leg)) is not None:
                await self.hold(leg, held=event.held, by="phone")
            case WentAway() | CameBack():
                await self._page_went(event)
            case SentOn():
                await self._redirection.sent_on(event)
            case Yielded():
                await self._redirection.joined(event)
            case AskedToYield():
                await self._yield(event)
            case Due():
                await self._due(event.what)
            case Wish():
                await self._page.grant(event)
            case _:
                await self._handle_media(event)

    async def _rung(self, event: Ringing | Answered | Refused) -> None:
        """The phone that rings has something to say."""
        if self.party is None or event.leg != self.party.id:
            return
        if isinstance(event, Answered):
            await self._answered(self.party)
        elif isinstance(event, Refused):
            await self.refused(event)
        elif not self._redirection.is_open:
            self.customer.ring(early_media=False)

    async def _handle_media(self, event: Happening) -> None:
        match event:
            case media.Closed():
                self.line.leg_closed(event)
            case media.RecordingClosed():
                await self._tape_closed(event)
            case media.AudioHealth() if event.silent_s:
                log.warning("no inbound audio", extra={"leg": event.leg, "silent_s": event.silent_s})
            case _:
                pass

    async def _tape_closed(self, event: media.RecordingClosed) -> None:
        """A file ends with the leg it hangs on; whoever talks on after a transfer has one of his own."""
        await self.tape.closed(event)
        if self.is_talking and self.ending is None and not self.tape.is_running:
            await self.tape.start(None)
            await self.tape.agent_talks(self._agent())

    async def _answered(self, party: Phone) -> None:
        self.line.deadlines.pop("ring", None)
        if self._redirection.is_open:
            await self._redirection.answered()
            return
        self.customer.answer()
        self.line.leg_answered(self.customer.id)
        self.line.note(CallEventKind.ANSWERED)
        await self.tape.start(None)
        await self.talk(party)

    def stays(self, leg: Party) -> None:
        """Of two who talked, this one goes on: with him in the place of the first, whoever comes is the other."""
        self.customer = self.line.customer = leg

    async def talk(self, party: Phone, offer: OfferMade | None = None) -> None:
        """The line's customer and `party` hear each other from now on."""
        line = self.line
        self.party, self.is_talking, self.offer = party, True, offer
        self._holding.clear()
        line.leg_answered(party.id)
        agent = self._agent()
        line.note(CallEventKind.CONNECTED, agent=None if agent is None else str(agent))
        self._bridge(media.Bridge)
        await self.tape.agent_talks(agent)

    def _agent(self) -> AgentId | None:
        """Who talks as an agent: one a queue had given the other, or at his page."""
        pages = [leg.agent for leg in self.both() if isinstance(leg, BrowserLeg)]
        return self.offer.agent if self.offer is not None else next(iter(pages), None)

    async def resume(self) -> None:
        """They hear each other again."""
        assert self.party is not None
        self.is_talking = True
        if self.party.id in self._holding:
            await self.music(self.customer)
        else:
            self._bridge(media.Bridge)
        await self.tape.agent_talks(self._agent())

    async def silence(self) -> None:
        """They hear each other no more."""
        if self.party is not None and self.is_talking:
            self.is_talking = False
            self._bridge(media.Unbridge)
            await self.tape.agent_silent()

    async def music(self, leg: Party) -> None:
        """For whoever waits."""
        await play_music(self.line, leg.id)

    async def refused(self, event: Refused) -> None:
        """Who was rung does not come."""
        self.line.deadlines.pop("ring", None)
        self.line.leg_ended(event.leg, event.reason)
        if self._redirection.is_open:
            await self._redirection.refused(event)
        else:
            self._refuse(reason_of(event.code))

    async def _due(self, what: str) -> None:
        if what == "shutdown":
            self.ending = ("system", "shutdown")
        elif what == "ring" and self.party is not None and not self.is_talking:
            self.party.hang_up("no_answer")
            await self.refused(Refused(self.party.id, 408, "no answer"))

    # --- talking ------------------------------------------------------------------------------------

    def both(self) -> list[Party]:
        """The two who talk, or are to."""
        return [self.customer] if self.party is None else [self.customer, self.party]

    def leg(self, which: LegId) -> Party | None:
        """One of the two."""
        return next((leg for leg in self.both() if leg.id == which), None)

    def other(self, leg: Party) -> Party | None:
        """Whom that one talks with."""
        if not self.is_talking:
            return None
        return self.party if leg is self.customer else self.customer

    async def _hung_up(self, event: HungUp) -> None:
        if event.reason == "media_engine_lost":
            self.ending = ("system", "media_engine_lost")
        elif await self._redirection.left(event.leg):
            return
        elif event.leg == self.customer.id:
            self.ending = ("customer", "customer_hung_up")
        elif self.party is not None and event.leg == self.party.id:
            self.ending = ("agent", "agent_hung_up")

    async def hold(self, leg: Party, *, held: bool, by: str) -> None:
        """Whoever talks with `leg` hears music, or is taken back. `by`: page, phone or away; pages are told."""
        was_held = bool(self._holding)
        (self._holding.add if held else self._holding.discard)(leg.id)
        other, is_held = self.other(leg), bool(self._holding)
        if other is None or is_held == was_held:
            return
        if is_held:
            self._bridge(media.Unbridge)
            await self.music(other)
        else:
            self._bridge(media.Bridge)
        if by != "phone":
            self.line.note(CallEventKind.HELD if is_held else CallEventKind.RESUMED, by=by)

    async def _page_went(self, event: WentAway | CameBack) -> None:
        """A page is gone for a moment: the other hears music until it is back. A hold of its own stays."""
        leg = self.leg(event.leg)
        if leg is None:
            return
        if isinstance(event, WentAway) and leg.id not in self._holding:
            self._away.add(leg.id)
            await self.hold(leg, held=True, by="away")
        elif isinstance(event, CameBack) and leg.id in self._away:
            self._away.discard(leg.id)
            await self.hold(leg, held=False, by="away")

    def _bridge(self, command: type[media.Bridge | media.Unbridge]) -> None:
        if self.party is not None:
            self.line.house.engine.send(command(str(self.customer.id), str(self.party.id)))

    async def _yield(self, event: AskedToYield) -> None:
        """The phone joins whom it talks with here to its other call; this one is over."""
        leg = self.leg(event.leg)
        other = None if leg is None or self._redirection.is_open else self.other(leg)
        if other is None:
            event.reply(Yielded(self._dialling.dialled))
            return
        agent, offer, self.offer = self._agent(), self.offer, None
        await self.silence()
        if offer is not None:
            await self.line.house.dispatcher.talk_goes_on(offer.reservation, event.to)
        self.line.leg_ended(other.id, "joined")
        if other is self.party:
            self.party = None
        page = other if isinstance(other, BrowserLeg) else None
        phone = other if isinstance(other, SipLeg) else None
        event.reply(Yielded(self._dialling.dialled, phone, agent, offer, page=page))
        self.ending = ("customer", "joined")
        self._given = other

    # --- the end --------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        line = self.line
        by, reason = self.ending or ("system", "internal_error")
        line.house.sip.watch.rang_inside(str(line.call), line.house.clock.now())
        self._redirection.over()
        await quietly(line.call, self._let_go())
        await self._engaged.settle(set())
        for leg in (self.customer, self.party):
            if leg is not None and leg is not self._given:
                leg.hang_up(reason)
                line.leg_ended(leg.id, reason)
        await quietly(line.call, last_words(line, self.tape, self._handle_media, self._dialling.dialled))
        if line.view.started_at is not None:
            await self._close(outcome_of(line.view, by, reason), by)
        await refuse_the_rest(line, self._dialling.dialled)

    async def _close(self, outcome: Outcome, by: str) -> None:
        line = self.line
        line.note(CallEventKind.ENDED, result=outcome.result.value, reason=outcome.reason, by=by)
        line.house.ledger.end_call(ended_row(line))
        await quietly(line.call, line.house.ledger.settle())
        line.house.ledger.close_call(line.call, line.house.clock.now())

    async def _let_go(self) -> None:
        if self.offer is not None:
            await self.line.house.dispatcher.talk_over(self.offer.reservation, "customer_hung_up")
