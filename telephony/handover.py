"""An agent's phone sends the customer elsewhere (REFER): he is done with her, she is rung through."""

from collections.abc import Awaitable, Callable

from telephony.agent_side import AgentSide
from telephony.flow_book import Answering
from telephony.legs.base import SentOn
from telephony.legs.sip import SipLeg
from telephony.line import Line
from telephony.sip.referrals import Referral
from threadline.kernel.events import CallEventKind


class Handover:
    """Blind transfers from a phone. Numbers of ours and registered extensions are all it reaches: a phone
    that was taken over sends nobody abroad at our cost."""

    def __init__(self, line: Line, agent: AgentSide, reroute: Callable[[Answering], Awaitable[None]]) -> None:
        """`reroute` puts the customer into the flow of another number."""
        self._line = line
        self._agent = agent
        self._reroute = reroute
        self._leaving: tuple[SipLeg, Referral] | None = None
        agent.on_sent = self._over

    async def sent_on(self, event: SentOn) -> None:
        """The phone hears the outcome as NOTIFY; then its leg is hung up."""
        party, line, target = self._agent.party, self._line, event.target
        if party is None or not party.is_talking:
            event.referral.progress(603)
            return
        answering = line.house.flows.answering(target)
        is_phone = target != party.leg.peer and line.house.sip.is_registered(target)
        is_possible = answering is not None or is_phone
        line.note(CallEventKind.TRANSFER, to=target, mode="blind", result=None if is_possible else "failed")
        if not is_possible:
            event.referral.progress(404)
            return
        self._leaving = (party.leg, event.referral)
        await self._agent.release(party)
        if answering is not None:
            line.note(CallEventKind.TRANSFER, to=target, mode="blind", result="done")
            self._over(200)
            await self._reroute(answering)
        else:
            await self._agent.send_on(target)

    def _over(self, code: int) -> None:
        """Tells the phone that sent her on how it went, and lets it go."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leg, referral = leaving
            referral.progress(code)
            leg.hang_up("sent on")
