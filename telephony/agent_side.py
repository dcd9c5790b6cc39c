"""The other party's part in a call: the offer that rings, the conversation, hold, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from ivr_flows import effects, inputs
from telephony.errors import TelephonyError
from telephony.flow_side import FlowSide
from telephony.legs.base import HungUp, Refused, Ringing
from telephony.legs.browser import BrowserLeg
from telephony.line import Line, Phone, Yielded
from telephony.media import messages as media
from telephony.phones import BrowserPhones
from telephony.screening import Screening, mobile_of, screening
from telephony.sip.server import CallerId, Target, ToAccount, ToTrunk
from telephony.tape import Tape
from threadline.kernel.errors import Refused as NotAllowed
from threadline.kernel.events import CallEventKind, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, LegId

HOLD_PLAY: Final = -2
HOLD_MUSIC: Final = "moh_soft"
SENT_ON_RING_S: Final = 30.0
MISSED_BY_CODE: Final = {
    486: "declined",
    600: "declined",
    603: "declined",
    404: "unreachable",
    480: "unreachable",
}
TRANSFER_BY_CODE: Final[dict[int, Literal["busy", "no_answer"]]] = {
    486: "busy",
    600: "busy",
    603: "busy",
    408: "no_answer",
    480: "no_answer",
}


@dataclass(slots=True)
class Party:
    """Whoever talks with the customer, or is being rung to. `offer` None: a transfer of the flow's."""

    leg: Phone
    agent: AgentId | None
    offer: OfferMade | None
    transfer: effects.Transfer | None = None
    sent_to: str | None = None  # by an agent's phone
    is_talking: bool = False
    is_held: bool = field(default=False)
    is_away: bool = False  # his page is; the hold is ours, not his
    declined: str | None = None  # why he does not take it
    screening: Screening | None = None  # of a phone that anybody may answer


class AgentSide:
    """At most one party at a time."""

    def __init__(self, line: Line, tape: Tape) -> None:
        self._line = line
        self._tape = tape
        self.flow: FlowSide | None = None  # set once, when the call has its flow
        self.party: Party | None = None
        self.aside: Party | None = None  # sent the customer on and waits to hear how that goes
        self.on_sent: Callable[[int], None] = lambda code: None  # how a party's being sent on went

    def owns(self, leg: LegId) -> bool:
        return self.party is not None and self.party.leg.id == leg

    # --- ringing ------------------------------------------------------------------------------------

    async def ring(self, offer: OfferMade) -> None:
        """An offer was made: rings the agent's phone for as long as the offer allows."""
        line = self._line
        if self.flow is None or self.flow.queue is None or self.party is not None:
            return  # the customer left in the meantime; the router knows from `leave`
        line.note(
            CallEventKind.OFFERED,
            reservation=str(offer.reservation),
            agent=str(offer.agent),
            queue=offer.queue,
        )
        kind = await line.house.desks.phone_of(offer.agent)
        if line.house.phones is not None and kind == "browser":
            await self._ring_page(line.house.phones, offer)
            return
        if kind == "mobile":
            await self._ring_mobile(offer)
            return
        extension = await line.house.desks.extension_of(offer.agent)
        if extension is None or not line.house.sip.is_registered(extension):
            await self._missed(offer, "unreachable")
            return
        self.party = Party(line.new_leg(extension, "agent", offer.agent), offer.agent, offer)
        await self._dial(ToAccount(extension), offer.ring_timeout_s, line.customer.peer)

    async def _ring_page(self, phones: BrowserPhones, offer: OfferMade) -> None:
        """The agent's phone is his browser."""
        line = self._line
        if not phones.is_there(offer.agent):
            await self._missed(offer, "unreachable")
            return
        leg = line.browser_leg(offer.agent)
        self.party = Party(leg, offer.agent, offer)
        line.deadlines["ring"] = line.house.clock.now() + timedelta(seconds=offer.ring_timeout_s)
        try:
            if not await leg.ring_page(line.customer.peer):
                await self.refused(Refused(leg.id, 480, "no page to ring"))
        except TelephonyError as exc:
            await self.refused(Refused(leg.id, 503, str(exc)))

    async def _ring_mobile(self, offer: OfferMade) -> None:
        """He takes the call by a key: whoever answers a mobile phone need not be him."""
        line = self._line
        mobile = await mobile_of(line.house, offer.agent, offer.queue)
        if mobile is None:
            await self._missed(offer, "unreachable")
            return
        asked = await screening(line.house, "offer", offer.queue)
        self.party = Party(mobile.leg(line), offer.agent, offer, screening=asked)
        await self._dial(mobile.target, offer.ring_timeout_s, mobile.way.shown)

    async def transfer(self, effect: effects.Transfer) -> None:
        """A flow's transfer step: an extension of ours, or a number through a trunk (`trunk:NAME/NUMBER`)."""
        line = self._line
        line.note(CallEventKind.TRANSFER, to=effect.to, mode=effect.mode, result=None)
        payer = "no flow" if self.flow is None else f"flow {self.flow.name}"
        target = _target(effect.to, payer)
        if isinstance(target, ToAccount) and not line.house.sip.is_registered(target.username):
            await self._transfer_over("failed", effect)
            return
        way = target.name if isinstance(target, ToTrunk) else None
        self.party = Party(line.leg_out(way, effect.to, "outside", None), None, None, effect)
        if self.flow is not None:
            await self.flow.music(HOLD_PLAY, HOLD_MUSIC)
        shown = line.customer.peer if effect.caller_id == "keep" else effect.caller_id
        await self._dial(target, effect.ring_s, shown)

    async def _dial(self, target: Target, ring_s: float, shown: str) -> None:
        line, party = self._line, self.party
        assert party is not None
        assert not isinstance(party.leg, BrowserLeg)
        line.deadlines["ring"] = line.house.clock.now() + timedelta(seconds=ring_s)
        try:
            await party.leg.dial(line.house.sip, target, CallerId(shown, None, withheld=False))
        except TelephonyError as exc:
            await self.refused(Refused(party.leg.id, 503, str(exc)))
        else:
            if party.leg.sip_call:
                line.house.sip.watch.ring.belongs(party.leg.sip_call, str(line.call))

    async def send_on(self, extension: str) -> None:
        """Rings another phone of ours for a customer whose agent sends her on; he has her back if nobody takes her."""
        line = self._line
        self.aside = self._talking()
        await self._silence(self.aside, "agent")
        self.party = Party(line.new_leg(extension, "outside", None), None, None, sent_to=extension)
        if self.flow is not None:
            await self.flow.music(HOLD_PLAY, HOLD_MUSIC)
        await self._dial(ToAccount(extension), SENT_ON_RING_S, line.customer.peer)

    def ringing(self, event: Ringing) -> None:
        """Where a transfer goes, the customer hears what the other side plays before it answers (RFC 3960)."""
        party = self.party
        if party is None or party.is_talking or party.transfer is None or not event.early_media:
            return
        self._line.house.engine.send(media.Bridge(str(self._line.customer.id), str(party.leg.id)))

    async def answered(self) -> None:
        """The party picked up."""
        line, party = self._line, self.party
        assert party is not None
        if party.screening is not None and not party.screening.is_passed:
            party.screening.begin(party.leg)  # he still has to take it while it would ring
            return
        line.deadlines.pop("ring", None)
        if party.offer is not None and not await line.house.dispatcher.answered(party.offer.reservation):
            self._drop(party, "offer_over")
            self._note_missed(party.offer, "expired")
            return
        party.is_talking = True
        line.leg_answered(party.leg.id)
        if party.transfer is not None:
            line.note(CallEventKind.TRANSFER, to=party.transfer.to, mode=party.transfer.mode, result="done")
        if party.sent_to is not None:
            line.note(CallEventKind.TRANSFER, to=party.sent_to, mode="blind", result="done")
            await self.aside_gone("sent_on")
            self.on_sent(200)
        line.note(CallEventKind.CONNECTED, agent=str(party.agent) if party.agent else None)
        await self._connect(party)
        if self.flow is not None and party.offer is not None:
            self.flow.joined()
            await self.flow.feed(inputs.AgentJoined(str(party.agent)))

    async def pressed(self, digit: str) -> None:
        """A key of the party's, which means something to what screens him only."""
        party = self.party
        if party is not None and party.screening is not None and party.screening.press(digit):
            await self.answered()

    async def hung_up(self, event: HungUp) -> None:
        """The party did; whoever had not taken the call yet has missed it."""
        if self.party is not None and not self.party.is_talking:
            await self.refused(Refused(event.leg, 408, event.reason))
        else:
            await self.gone("agent", tell_flow=True)

    def _drop(self, party: Party, reason: str) -> None:
        self.party = None
        party.leg.hang_up(reason)
        self._line.leg_ended(party.leg.id, reason)

    async def _connect(self, party: Party) -> None:
        self._line.house.engine.send(media.Bridge(str(self._line.customer.id), str(party.leg.id)))
        await self._tape.agent_talks(party.agent)

    async def refused(self, event: Refused) -> None:
        """The party's phone said no, or nothing at all."""
        party = self.party
        if party is None or party.is_talking:
            return
        self._line.deadlines.pop("ring", None)
        self._drop(party, event.reason)
        if party.offer is not None:
            await self._missed(party.offer, MISSED_BY_CODE.get(event.code, "missed"), party.declined)
        elif party.transfer is not None:
            await self._transfer_over(TRANSFER_BY_CODE.get(event.code, "failed"), party.transfer)
        elif party.sent_to is not None:
            result = TRANSFER_BY_CODE.get(event.code, "failed")
            self._line.note(CallEventKind.TRANSFER, to=party.sent_to, mode="blind", result=result)
            await self._not_sent(486 if result == "busy" else event.code)

    async def _not_sent(self, code: int) -> None:
        """Nobody took her over: the agent who sent her on goes on with her, or the flow where he hung up."""
        aside, self.aside = self.aside, None
        if aside is not None:
            self.party = aside
            self._line.note(CallEventKind.CONNECTED, agent=str(aside.agent) if aside.agent else None)
            if aside.is_held:  # by his phone, before it sent her on
                aside.is_held = False
                await self.hold("phone")
            else:
                await self._connect(aside)
        self.on_sent(code)
        if aside is None and self.flow is not None:
            await self.flow.feed(inputs.AgentLeft())

    async def aside_gone(self, reason: str) -> None:
        """Whoever sent her on is done with her."""
        aside, self.aside = self.aside, None
        if aside is not None:
            self._line.leg_ended(aside.leg.id, reason)
            if aside.offer is not None:
                await self._line.house.dispatcher.talk_over(aside.offer.reservation, "agent_hung_up")

    async def ring_over(self) -> None:
        """Rung long enough."""
        party = self.party
        if party is None or party.is_talking:
            return
        party.leg.hang_up("no_answer")
        await self.refused(Refused(party.leg.id, 408, "no answer"))

    def _note_missed(self, offer: OfferMade | OfferClosed, reason: str, why: str | None = None) -> None:
        """A call that has left the queue meanwhile has nothing to go back to."""
        if self.flow is not None and self.flow.queue is not None:
            self._line.note(
                CallEventKind.OFFER_MISSED,
                reservation=str(offer.reservation),
                agent=str(offer.agent),
                reason=reason,
                **({"why": why} if why else {}),
            )

    async def _missed(self, offer: OfferMade, reason: str, why: str | None = None) -> None:
        self._note_missed(offer, reason, why)
        await self._line.house.dispatcher.missed(offer.reservation, reason)

    async def _transfer_over(
        self, result: Literal["busy", "no_answer", "failed", "done"], effect: effects.Transfer
    ) -> None:
        if result != "done":
            self._line.note(CallEventKind.TRANSFER, to=effect.to, mode=effect.mode, result=result)
        if self.flow is not None:
            await self.flow.feed(inputs.TransferOver(result))

    async def offer_closed(self, event: OfferClosed) -> None:
        """The router took the offer back while the phone still rang."""
        party = self.party
        if (
            party is None
            or party.is_talking
            or party.offer is None
            or party.offer.reservation != event.reservation
        ):
            return
        self._line.deadlines.pop("ring", None)
        self._drop(party, event.reason)
        self._note_missed(event, event.reason)

    # --- talking ------------------------------------------------------------------------------------

    async def hold(self, by: str) -> None:
        """The customer hears music; the recording goes on. Raises NotAllowed when nobody talks."""
        party = self._talking()
        if party.is_held:
            return
        party.is_held = True
        self._line.house.engine.send(media.Unbridge(str(self._line.customer.id), str(party.leg.id)))
        await self._tape.agent_silent()
        await self._music()
        self._line.note(CallEventKind.HELD, by=by)

    async def _music(self) -> None:
        music = await self._line.house.prompts.music(HOLD_MUSIC)
        customer = str(self._line.customer.id)
        self._line.house.engine.send(media.Play(customer, HOLD_PLAY, (music,), loop=True))

    async def resume(self, by: str) -> None:
        """Both hear each other again."""
        party = self._talking()
        if not party.is_held:
            return
        party.is_held = False
        await self._connect(party)
        self._line.note(CallEventKind.RESUMED, by=by)

    async def away(self) -> None:
        """The agent's page is gone for a moment: the customer hears music until it is back."""
        party = self.party
        if party is not None and party.is_talking and not party.is_held:
            await self.hold("away")
            party.is_away = True

    async def back(self) -> None:
        """The page is there again; a hold of the agent's own stays."""
        party = self.party
        if party is not None and party.is_away:
            party.is_away = False
            await self.resume("away")

    async def decline(self, why: str) -> None:
        """The agent does not take the call that rings, by whatever phone. Raises NotAllowed when none does."""
        party = self.party
        if party is None or party.is_talking or party.offer is None:
            raise NotAllowed("no call is ringing")
        party.declined = why
        await self.refused(Refused(party.leg.id, 603, "declined"))

    def mute(self, muted: bool) -> None:
        """Whether the customer and the recording hear silence instead of the agent. Raises NotAllowed."""
        party, line = self._talking(), self._line
        line.is_muted = muted
        line.house.engine.send(media.Mute(str(party.leg.id), muted))
        if line.house.phones is not None and party.agent is not None:
            line.house.phones.say_muted(party.agent, line.call, muted=muted)

    def press(self, keys: str) -> None:
        """Keys for whoever the customer's phone is: a menu, an answering machine. Raises NotAllowed."""
        self._talking()
        self._line.house.engine.send(media.SendDigits(str(self._line.customer.id), keys))

    def _talking(self) -> Party:
        if self.party is None or not self.party.is_talking:
            raise NotAllowed("nobody is talking on this call")
        return self.party

    async def gone(self, by: str, *, tell_flow: bool) -> None:
        """The conversation is over, or the ringing is: `by` agent, customer or system."""
        party = self.party
        if party is None:
            return
        self._line.deadlines.pop("ring", None)
        self._drop(party, f"{by}_hung_up")
        if party.sent_to is not None and not party.is_talking:
            await self.aside_gone(f"{by}_hung_up")
            self.on_sent(487)
        if not party.is_talking:
            return
        await self._talk_over(party, by)
        if tell_flow and self.flow is not None and self._line.view.ended_at is None:
            is_transfer = party.offer is None and party.sent_to is None
            await self.flow.feed(inputs.TransferOver("done") if is_transfer else inputs.AgentLeft())

    async def release(self, party: Party) -> None:
        """The agent is done with this customer; what his phone still waits for is somebody else's."""
        self.party = None
        self._line.leg_ended(party.leg.id, "sent_on")
        await self._talk_over(party, "agent")

    async def yield_party(self) -> Party | None:
        """Gives up the person on the line to another call, where the talk goes on."""
        party = self.party
        if party is None or not party.is_talking:
            return None
        self.party = None
        self._line.leg_ended(party.leg.id, "joined")
        await self._silence(party, "system")
        return party

    async def adopt(self, leg: Phone, given: Yielded) -> None:
        """Somebody from another call is on the line now."""
        self.party = Party(leg, given.agent, given.offer, sent_to=given.to, is_talking=True)
        self._line.leg_answered(leg.id)
        self._line.note(CallEventKind.CONNECTED, agent=str(given.agent) if given.agent else None)
        await self._connect(self.party)

    async def _talk_over(self, party: Party, by: str) -> None:
        await self._silence(party, by)
        if party.offer is not None:
            await self._line.house.dispatcher.talk_over(party.offer.reservation, f"{by}_hung_up")

    async def _silence(self, party: Party, by: str) -> None:
        customer = str(self._line.customer.id)
        self._line.house.engine.send(media.Unbridge(customer, str(party.leg.id)))
        self._line.is_muted = False
        await self._tape.agent_silent()
        self._line.note(CallEventKind.AGENT_LEFT, agent=str(party.agent) if party.agent else None, by=by)


def _target(to: str, payer: str) -> Target:
    """`trunk:NAME/NUMBER` goes out; anything else is an account of ours, with or without `agent:` or `sip:`."""
    kind, _, rest = to.partition(":")
    if kind == "trunk":
        name, _, number = rest.partition("/")
        return ToTrunk(name, number, payer)
    account = rest if kind in ("agent", "sip") and rest else to
    return ToAccount(account.partition("@")[0])
