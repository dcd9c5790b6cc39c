"""An agent's phone sends the customer elsewhere (REFER): he is done with her, she is rung through or joined."""

from collections.abc import Awaitable, Callable

from telephony.agent_side import AgentSide
from telephony.flow_book import Answering
from telephony.legs.base import SentOn
from telephony.legs.sip import SipLeg
from telephony.line import Line, Phone, Yielded
from telephony.sip.calls import SipCall
from telephony.sip.referrals import Referral
from threadline.kernel.events import CallEventKind


class Handover:
    """Transfers from a phone, blind and attended. Numbers of ours and registered extensions are all it reaches: a phone
    that was taken over sends nobody abroad at our cost."""

    def __init__(self, line: Line, agent: AgentSide, reroute: Callable[[Answering], Awaitable[None]]) -> None:
        """`reroute` puts the customer into the flow of another number."""
        self._line = line
        self._agent = agent
        self._reroute = reroute
        self._leaving: tuple[Phone, Referral] | None = None
        agent.on_sent = self._over

    async def sent_on(self, event: SentOn) -> None:
        """The phone hears the outcome as NOTIFY; then its leg is hung up."""
        party, line, target = self._agent.party, self._line, event.target
        if party is None or not party.is_talking or self._leaving is not None:
            event.referral.progress(603)
            return
        if event.referral.replaces is not None:
            self._ask_to_join(party.leg, event.referral, event.referral.replaces)
            return
        answering = line.house.flows.answering(target)
        is_phone = target != party.leg.peer and line.house.sip.is_registered(target)
        is_possible = answering is not None or is_phone
        line.note(CallEventKind.TRANSFER, to=target, mode="blind", result=None if is_possible else "failed")
        if not is_possible:
            event.referral.progress(404)
            return
        self._leaving = (party.leg, event.referral)
        if answering is not None:
            await self._agent.release(party)
            line.note(CallEventKind.TRANSFER, to=target, mode="blind", result="done")
            self._over(200)
            await self._reroute(answering)
        else:
            await self._agent.send_on(target)

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
        if party is None or not is_here or (leg is None and given.answering is None):
            self._over(481)
            await let_go(line, given)
            return
        await self._agent.release(party)
        line.note(CallEventKind.TRANSFER, to=given.to, mode="attended", result="done")
        self._over(200)
        if leg is not None:
            await self._agent.adopt(leg, given)
        elif given.answering is not None:
            await self._reroute(given.answering)

    def _over(self, code: int) -> None:
        """Tells the phone that sent her on how it went, and lets it go unless it talks with her again."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leg, referral = leaving
            referral.progress(code)
            if not self._agent.owns(leg.id):
                leg.hang_up("sent on")


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
