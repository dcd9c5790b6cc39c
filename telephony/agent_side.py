"""The agent's part in a call: who is rung, the conversation, hold, and how it ends.

One agent at a time has the call (`party`); who else is in it is his `company`. While the customer waits in a queue the
phones of one or several `offers` ring for her.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, Literal

from ivr_flows import effects, inputs
from telephony.callee import Callee, dial, leg_to, transfers_to
from telephony.company import RING, Companion, Company
from telephony.errors import ControlRefused
from telephony.flow_side import FlowSide
from telephony.legs.base import HungUp, Refused, Ringing
from telephony.line import Line, Phone, Yielded
from telephony.media import messages as media
from telephony.offers import Offers
from telephony.party import TRANSFER_BY_CODE, Party
from telephony.room import seated
from telephony.screening import screening
from telephony.sound import Sound
from telephony.tape import Tape
from threadline.kernel.events import CallEventKind, OfferMade
from threadline.kernel.ids import AgentId, LegId

SENT_ON_RING_S: Final = 30.0


class AgentSide:
    """At most one agent has the call; `company` are the others, `offers` those who may have it if they answer."""

    def __init__(self, line: Line, tape: Tape) -> None:
        self._line = line
        self._tape = tape
        self.sound = Sound(line)
        self.company = Company(line)
        self.offers = Offers(line, self._is_waiting)
        self.flow: FlowSide | None = None  # set once, when the call has its flow
        self.party: Party | None = None
        self.aside: Party | None = None  # sent the customer on and waits to hear how that goes
        self.on_sent: Callable[[int], None] = lambda code: None  # how a party's being sent on went

    def owns(self, leg: LegId) -> bool:
        return self.party is not None and self.party.leg.id == leg

    def arrange(self) -> None:
        """Who hears whom follows from who is here."""
        party = self.party
        if party is None or not (party.is_talking or party.is_heard):
            self.sound.arrange({})
            return
        others = self.company.seated()
        self.sound.arrange(seated(self._line.customer.id, party.leg.id, others, is_held=party.is_held))

    # --- ringing ------------------------------------------------------------------------------------

    def _is_waiting(self) -> bool:
        return self.flow is not None and self.flow.queue is not None

    async def ring(self, offer: OfferMade) -> None:
        """An offer was made; one for a customer who left or has somebody by now is none of the router's any more."""
        if self._is_waiting() and self.party is None:
            await self.offers.ring(offer)

    async def offer_answered(self, party: Party) -> None:
        """One of the agents whose phones ring for her picked up."""
        if await self.offers.taken_by(party):
            self.party = party
            await self._begins(party)

    async def transfer(self, effect: effects.Transfer) -> None:
        """A flow's transfer step: a phone of ours, or a number by a way out (`trunk:NAME/NUMBER`)."""
        line = self._line
        line.note(CallEventKind.TRANSFER, to=effect.to, mode=effect.mode, result=None)
        payer = "no flow" if self.flow is None else f"flow {self.flow.name}"
        shown = line.customer.peer if effect.caller_id == "keep" else effect.caller_id
        callee = await transfers_to(line.house, effect.to, payer, shown)
        if callee is None:
            await self._transfer_over("failed", effect)
            return
        is_screened = callee.is_screened or effect.mode == "consult"
        asked = await screening(line.house, "consult") if is_screened else None
        party = Party(leg_to(line, callee), callee.agent, None, effect, screening=asked)
        await self.sound.music()
        await self._dial(party, callee, effect.ring_s, shown)

    async def _dial(
        self, party: Party, callee: Callee, ring_s: float, shown: str, *, takes_itself: bool = False
    ) -> None:
        self.party = party
        line = self._line
        line.deadlines["ring"] = line.house.clock.now() + timedelta(seconds=ring_s)
        await dial(line, party.leg, callee, shown, takes_itself=takes_itself)

    async def send_on(self, callee: Callee) -> None:
        """Rings somebody for a customer whose agent sends her on; he has her back if nobody takes her."""
        line = self._line
        self.aside = self.talking()
        await self._silence(self.aside, "agent")
        asked = await screening(line.house, "consult") if callee.is_screened else None
        party = Party(leg_to(line, callee), callee.agent, None, sent_to=callee.name, screening=asked)
        self.party = None
        self.arrange()
        await self.sound.music()
        await self._dial(party, callee, SENT_ON_RING_S, line.customer.peer)

    async def pick_up(self, callee: Callee, slot: int, *, takes_itself: bool) -> None:
        """Rings an agent for a parked customer, who waits on if he does not come."""
        party = Party(leg_to(self._line, callee), callee.agent, None, sent_to=callee.name, slot=slot)
        if callee.is_screened:
            party.screening = await screening(self._line.house, "own")
        shown = self._line.customer.peer
        await self._dial(party, callee, SENT_ON_RING_S, shown, takes_itself=takes_itself)

    def ringing(self, event: Ringing) -> None:
        """Where a transfer goes, the customer hears what the other side plays before it answers (RFC 3960)."""
        party = self.party
        if party is not None and not party.is_talking and party.transfer is not None and event.early_media:
            party.is_heard = True
            self.arrange()

    async def answered(self) -> None:
        """The party picked up."""
        party = self.party
        assert party is not None
        if party.screening is not None and not party.screening.is_passed:
            party.screening.begin(party.leg)  # he still has to take it while it would ring
            return
        self._line.deadlines.pop("ring", None)
        await self._begins(party)

    async def _begins(self, party: Party) -> None:
        """He and the customer talk from now on."""
        line = self._line
        party.is_talking = True
        line.leg_answered(party.leg.id)
        await self._arrived(party)
        line.note(CallEventKind.CONNECTED, agent=str(party.agent) if party.agent else None)
        await self._connect(party)
        if self.flow is not None and party.offer is not None:
            self.flow.joined()
            await self.flow.feed(inputs.AgentJoined(str(party.agent)))

    async def _arrived(self, party: Party) -> None:
        """What had brought him here is done."""
        if party.transfer is not None:
            to, mode = party.transfer.to, party.transfer.mode
            self._line.note(CallEventKind.TRANSFER, to=to, mode=mode, result="done")
        elif party.slot is not None:
            self._line.note(
                CallEventKind.PICKED_UP, slot=party.slot, agent=str(party.agent) if party.agent else None
            )
        elif party.sent_to is not None:
            self._line.note(CallEventKind.TRANSFER, to=party.sent_to, mode="blind", result="done")
            await self.aside_gone("sent_on")
            self.on_sent(200)

    async def pressed(self, digit: str) -> None:
        """A key of the party's, which means something to what screens him only."""
        if self.party is not None and self.party.is_taken_by(digit):
            await self.answered()

    async def hung_up(self, event: HungUp) -> None:
        """The party did; whoever had not taken the call yet has missed it."""
        if self.party is not None and not self.party.is_talking:
            await self.refused(Refused(event.leg, 408, event.reason))
        else:
            await self.gone("agent", tell_flow=True)

    def _drop(self, party: Party, reason: str) -> None:
        self.party = None
        self.arrange()
        party.leg.hang_up(reason)
        self._line.leg_ended(party.leg.id, reason)

    async def _connect(self, party: Party) -> None:
        self.arrange()
        await self._tape.agent_talks(party.agent)

    async def refused(self, event: Refused) -> None:
        """The party's phone said no, or nothing at all."""
        party = self.party
        if party is None or party.is_talking:
            return
        self._line.deadlines.pop("ring", None)
        self._drop(party, event.reason)
        if party.transfer is not None:
            await self._transfer_over(TRANSFER_BY_CODE.get(event.code, "failed"), party.transfer)
        elif party.slot is None and party.sent_to is not None:
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
        if aside is None:
            self.company.lose_all("call_left")
            if self.flow is not None:
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

    async def _transfer_over(
        self, result: Literal["busy", "no_answer", "failed", "done"], effect: effects.Transfer
    ) -> None:
        if result != "done":
            self._line.note(CallEventKind.TRANSFER, to=effect.to, mode=effect.mode, result=result)
        if self.flow is not None:
            await self.flow.feed(inputs.TransferOver(result))

    # --- talking ------------------------------------------------------------------------------------

    async def hold(self, by: str) -> None:
        """The customer hears music; the recording goes on. Raises ControlRefused when nobody talks."""
        party = self.talking()
        if party.is_held:
            return
        party.is_held = True
        self.arrange()
        await self._tape.agent_silent()
        await self.sound.music()
        self._line.note(CallEventKind.HELD, by=by)

    async def resume(self, by: str) -> None:
        """Both hear each other again."""
        party = self.talking()
        if not party.is_held:
            return
        party.is_held = False
        await self._connect(party)
        self._line.note(CallEventKind.RESUMED, by=by)

    async def phone_holds(self, held: bool) -> None:
        """The party's phone did it. Who is asked aside, or talks with her too, goes on."""
        if self.company.consulted is None and not self.company.talkers:
            await (self.hold("phone") if held else self.resume("phone"))

    async def away(self) -> None:
        """The agent's page is gone for a moment: the customer hears music until it is back."""
        party = self.party
        if party is not None and party.is_talking and not party.is_held and not self.company.talkers:
            await self.hold("away")
            party.is_away = True

    async def back(self) -> None:
        """The page is there again; a hold of the agent's own stays."""
        party = self.party
        if party is not None and party.is_away:
            party.is_away = False
            await self.resume("away")

    async def decline(self, agent: AgentId, why: str) -> None:
        """The agent does not take the call that rings, by whatever phone. Raises ControlRefused when none does."""
        party = self.party
        if party is None:
            await self.offers.decline(agent, why)
        elif party.agent != agent:
            raise ControlRefused("not_yours", "This call is somebody else's.")
        elif party.is_talking:
            raise ControlRefused("not_ringing", "No call is ringing.")
        else:
            await self.refused(Refused(party.leg.id, 603, "declined"))

    def mute(self, muted: bool) -> None:
        """Whether everybody and the recording hear silence instead of the agent. Raises ControlRefused."""
        party, line = self.talking(), self._line
        line.is_muted = muted
        line.house.engine.send(media.Mute(str(party.leg.id), muted))
        if line.house.phones is not None and party.agent is not None:
            line.house.phones.say_muted(party.agent, line.call, muted=muted)

    def press(self, keys: str) -> None:
        """Keys for whoever the customer's phone is: a menu, an answering machine. Raises ControlRefused."""
        self.talking()
        self._line.house.engine.send(media.SendDigits(str(self._line.customer.id), keys))

    def talking(self) -> Party:
        """Who has the call. Raises ControlRefused."""
        if self.party is None or not self.party.is_talking:
            raise ControlRefused("not_talking", "Nobody is talking on this call.")
        return self.party

    # --- the end of his part ------------------------------------------------------------------------

    async def gone(self, by: str, *, tell_flow: bool) -> None:
        """The conversation is over, or the ringing is: `by` agent, customer or system.

        While the call goes on (`tell_flow`) she is left to whom he asked aside, or who talks with her too.
        """
        party = self.party
        if tell_flow and party is not None and party.is_talking and await self._leaves_to_others():
            return
        self.company.lose_all(f"{by}_hung_up")
        self.offers.stop_all(f"{by}_hung_up")
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

    async def _leaves_to_others(self) -> bool:
        """Hands her to whoever is there; somebody who is still rung aside is rung on for her."""
        consulted = self.company.consulted
        if consulted is not None and not consulted.is_joined:
            await self.ring_on(consulted)
            return True
        heirs = [*([] if consulted is None else [consulted]), *self.company.talkers]
        if not heirs:
            return False
        if heirs[0] is consulted:
            self._line.note(CallEventKind.TRANSFER, to=consulted.name, mode="attended", result="done")
        await self.hand_to(heirs[0], "agent")
        return True

    async def hand_to(self, heir: Companion, by: str) -> None:
        """The call is his from now on; who had it is out."""
        before = self.talking()
        self.company.promote(heir)
        await self._silence(before, by)
        self.party = Party(heir.leg, heir.agent, None, sent_to=heir.name, is_talking=True)
        self._line.note(CallEventKind.CONNECTED, agent=str(heir.agent) if heir.agent else None)
        await self._connect(self.party)
        await self._let_go(before, by)

    async def ring_on(self, callee: Companion) -> None:
        """Who was rung to be asked is rung to have her; who wanted to ask is out."""
        before, line = self.talking(), self._line
        ring_until = line.deadlines[RING + str(callee.leg.id)]
        self.company.promote(callee)
        line.note(CallEventKind.TRANSFER, to=callee.name, mode="blind", result=None)
        await self._silence(before, "agent")
        self.party = Party(callee.leg, callee.agent, None, sent_to=callee.name, screening=callee.screening)
        line.deadlines["ring"] = ring_until
        self.arrange()
        await self._let_go(before, "agent")

    async def _let_go(self, before: Party, by: str) -> None:
        before.leg.hang_up("handed over")
        self._line.leg_ended(before.leg.id, "handed_over")
        if before.offer is not None:
            await self._line.house.dispatcher.talk_over(before.offer.reservation, f"{by}_hung_up")

    async def release(self, party: Party) -> None:
        """The agent is done with this customer; what his phone still waits for is somebody else's."""
        self.company.lose_all("call_left")
        self.party = None
        self.arrange()
        self._line.leg_ended(party.leg.id, "sent_on")
        await self._talk_over(party, "agent")

    async def yield_party(self) -> Party | None:
        """Gives up the person on the line to another call, where the talk goes on."""
        party = self.party
        if party is None or not party.is_talking:
            return None
        self.company.lose_all("call_left")
        self.party = None
        self.arrange()
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
        self._line.is_muted = False
        await self._tape.agent_silent()
        self._tape.unpause("agent_left")  # whoever paused it is gone
        self._line.note(CallEventKind.AGENT_LEFT, agent=str(party.agent) if party.agent else None, by=by)
