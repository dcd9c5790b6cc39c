"""An agent sends the customer elsewhere, from his phone (REFER) or his page: she is rung through, joined, or parked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from telephony.agent_side import AgentSide
from telephony.callee import Callee, agents_phone, at_extension
from telephony.errors import ControlRefused
from telephony.flow_book import Answering
from telephony.legs.base import SentOn
from telephony.legs.sip import SipLeg
from telephony.line import Line, Phone, Yielded
from telephony.party import Party
from telephony.sip.calls import SipCall
from telephony.sip.referrals import Referral
from threadline.kernel.events import CallEventKind
from threadline.kernel.ids import AgentId

PARKED_S: Final = 180.0  # then whoever parked her is rung, again and again


class Handover:
    """Transfers blind and attended, and parking. From a phone, numbers of ours and registered extensions are all that is
    reached: a phone that was taken over sends nobody abroad at our cost."""

    def __init__(
        self, line: Line, agent: AgentSide, reroute: Callable[[Answering], Awaitable[None]] | None
    ) -> None:
        """`reroute` puts the customer into another flow; None where this call has none."""
        self._line = line
        self._agent = agent
        self._reroute = reroute
        self._leaving: tuple[Phone, Referral | None] | None = None
        self.slot: int | None = None  # where the customer is parked
        self._parked_by: AgentId | None = None
        agent.on_sent = self._over

    # --- by a phone -----------------------------------------------------------------------------------

    async def sent_on(self, event: SentOn) -> None:
        """The phone hears the outcome as NOTIFY; then its leg is hung up."""
        party, line, target = self._agent.party, self._line, event.target
        if party is None or not self._may_leave(party):
            event.referral.progress(603)
            return
        if event.referral.replaces is not None:
            self._ask_to_join(party.leg, event.referral, event.referral.replaces)
            return
        answering = None if self._reroute is None else line.house.flows.answering(target)
        callee = None if target == party.leg.peer else await at_extension(line.house, target)
        if answering is None and callee is None:
            line.note(CallEventKind.TRANSFER, to=target, mode="blind", result="failed")
            event.referral.progress(404)
            return
        self._leaving = (party.leg, event.referral)
        await self._send(party, target, answering, callee)

    def _may_leave(self, party: Party) -> bool:
        return (
            party.is_talking
            and self._leaving is None
            and self._agent.aside is None
            and self._agent.company.is_only_supervisors
        )

    async def _send(self, party: Party, to: str, answering: Answering | None, callee: Callee | None) -> None:
        line = self._line
        line.note(CallEventKind.TRANSFER, to=to, mode="blind", result=None)
        if answering is not None and self._reroute is not None:
            await self._agent.release(party)
            line.note(CallEventKind.TRANSFER, to=to, mode="blind", result="done")
            self._over(200)
            await self._reroute(answering)
        elif callee is not None:
            await self._agent.send_on(callee)

    def _ask_to_join(self, leg: Phone, referral: Referral, other: SipCall) -> None:
        """The phone's other call is asked for whom it has on the line; `joined` follows."""
        theirs = other.handler
        if not isinstance(theirs, SipLeg) or theirs.is_over:
            referral.progress(481)
            return
        self._leaving = (leg, referral)
        theirs.ask_to_yield(self._line.call, self._line.inbox.put_nowait)

    async def joined(self, given: Yielded) -> None:
        """The other call gave up its party, or the number that still answered there."""
        party, line = self._agent.party, self._line
        is_here = party is not None and party.is_talking and self._leaving is not None
        is_given = given.leg is not None or given.page is not None
        leg = await line.take_over(given) if is_given and is_here else None
        answering = None if self._reroute is None else given.answering
        if party is None or not is_here or (leg is None and answering is None):
            self._over(481)
            await let_go(line, given)
            return
        await self._agent.release(party)
        line.note(CallEventKind.TRANSFER, to=given.to, mode="attended", result="done")
        self._over(200)
        if leg is not None:
            await self._agent.adopt(leg, given)
        elif answering is not None and self._reroute is not None:
            await self._reroute(answering)

    def _over(self, code: int) -> None:
        """Tells the phone that sent her on how it went, and lets it go unless it talks with her again."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leg, referral = leaving
            if referral is not None:
                referral.progress(code)
            if not self._agent.owns(leg.id):
                leg.hang_up("sent on")

    # --- by the page ----------------------------------------------------------------------------------

    async def transfer(self, to: str, answering: Answering | None, callee: Callee | None) -> None:
        """Blind: the agent has her back if nobody takes her. Raises ControlRefused."""
        party = self._leaver()
        if answering is not None and self._reroute is None:
            raise ControlRefused("not_possible", "A call that an agent placed goes to people only.")
        if callee is not None and callee.agent is not None and callee.agent == party.agent:
            raise ControlRefused("on_the_call", "He has this call.")
        self._leaving = (party.leg, None)
        await self._send(party, to, answering, callee)

    def _leaver(self) -> Party:
        party = self._agent.talking()
        if not self._may_leave(party):
            raise ControlRefused("busy", "Somebody else is in this call, or being rung for it.")
        return party

    async def park(self) -> int:
        """She waits at a slot, where any agent picks her up. Raises ControlRefused."""
        party, line = self._leaver(), self._line
        parked = line.house.parking.park(line.call, party.agent, line.house.clock.now())
        if parked is None:
            raise ControlRefused("full", "Every slot is taken.")
        self.slot, self._parked_by = parked.slot, party.agent
        await self._agent.release(party)
        party.leg.hang_up("parked")
        by = None if party.agent is None else str(party.agent)
        line.note(CallEventKind.PARKED, slot=parked.slot, by=by)
        await self._agent.sound.music()
        self._remind()
        return parked.slot

    async def pick_up(self, agent: AgentId, *, takes_itself: bool = True) -> None:
        """Rings this agent for her. Raises ControlRefused."""
        if self.slot is None:
            raise ControlRefused("not_parked", "Nobody is parked there.")
        if self._agent.party is not None:
            raise ControlRefused("busy", "Somebody is picking her up.")
        callee = await agents_phone(self._line.house, agent, self._line.view.queue)
        if callee is None:
            raise ControlRefused("unreachable", "Your phone is not there.")
        await self._agent.pick_up(callee, self.slot, takes_itself=takes_itself)

    async def still_parked(self) -> None:
        """She has waited long: whoever parked her is rung."""
        if self.slot is None:
            return
        self._remind()
        if self._parked_by is not None and self._agent.party is None:
            callee = await agents_phone(self._line.house, self._parked_by, self._line.view.queue)
            if callee is not None:
                await self._agent.pick_up(callee, self.slot, takes_itself=False)

    def _remind(self) -> None:
        self._line.deadlines["park"] = self._line.house.clock.now() + timedelta(seconds=PARKED_S)

    def look_at_slot(self) -> None:
        """After every event: who talks with somebody is parked no more."""
        if self.slot is not None and self._agent.party is not None and self._agent.party.is_talking:
            self.leave_slot()

    def leave_slot(self) -> None:
        """It is free again."""
        if self.slot is not None:
            self._line.house.parking.free(self.slot)
            self._line.deadlines.pop("park", None)
        self.slot = self._parked_by = None


async def let_go(line: Line, given: Yielded) -> None:
    """Nobody is here any more for whom another call gave up."""
    for leg in (given.leg, given.page):
        if leg is not None:
            leg.hang_up("nobody to join")
    if given.offer is not None:
        await line.house.dispatcher.talk_over(given.offer.reservation, "customer_hung_up")


def send_back(referral: Referral) -> None:
    """A caller's phone refers: it joins us to its other call, where it is the agent's; nothing else."""
    other = None if referral.replaces is None else referral.replaces.handler
    if not isinstance(other, SipLeg) or referral.replaces is referral.call:  # it came back: a caller in both
        referral.progress(603)  # a caller may leave, not send us on
        return
    referral.replaces = referral.call
    other.send_on(referral)
