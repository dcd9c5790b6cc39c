"""A phone of a call between two phones sends the other on by REFER: to a third, or to its own other call."""

from typing import TYPE_CHECKING, Final

from telephony.callee import Callee, inside, is_free
from telephony.flow_book import Answering
from telephony.handover import let_go, send_back
from telephony.legs.base import Party, Refused, SentOn
from telephony.legs.sip import SipLeg
from telephony.line import Yielded
from telephony.sip.referrals import Referral
from threadline.kernel.events import CallEventKind
from threadline.kernel.ids import LegId

if TYPE_CHECKING:
    from telephony.extension_call import ExtensionCall

RESULTS: Final = {486: "busy", 600: "busy", 603: "busy", 408: "no_answer", 480: "no_answer"}
"""What the ledger says of a transfer that came to nothing, by the status; else: failed."""


class Redirection:
    """At most one at a time. The phone that sends waits aside until the third has answered."""

    def __init__(self, call: "ExtensionCall") -> None:
        self._call = call
        self._referral: Referral | None = None
        self._sender: SipLeg | None = None  # None while open: hung up meanwhile
        self._stayed: Party | None = None

    @property
    def is_open(self) -> bool:
        return self._referral is not None

    async def sent_on(self, event: SentOn) -> None:
        call, referral = self._call, event.referral
        sender = call.leg(event.leg)
        stayed = None if sender is None else call.other(sender)
        if not isinstance(sender, SipLeg) or stayed is None or self.is_open:
            referral.progress(603)
        elif referral.replaces is not None:
            self._join(sender, stayed, referral)
        elif (number := call.line.house.flows.answering(referral.target)) is not None:
            await self._put_through(sender, stayed, referral, number)
        else:
            await self._ring(sender, stayed, referral)

    # --- to a number of ours ---------------------------------------------------------------------------

    async def _put_through(self, sender: SipLeg, stayed: Party, referral: Referral, to: Answering) -> None:
        """Its flow answers, in a call of its own; this one is over."""
        call = self._call
        if not isinstance(stayed, SipLeg):  # an agent at his page is nobody's caller
            referral.progress(603)
            return
        await call.silence()
        is_there = await call.put_through(stayed, to)
        result = "done" if is_there else "failed"
        call.line.note(CallEventKind.TRANSFER, to=referral.target, mode="blind", result=result)
        referral.progress(200 if is_there else 480)
        if is_there:
            sender.hang_up("sent on")
            call.ending = ("agent", "sent_on")
        else:
            await call.resume()

    # --- to a third phone -----------------------------------------------------------------------------

    async def _ring(self, sender: SipLeg, stayed: Party, referral: Referral) -> None:
        call, house = self._call, self._call.line.house
        called = await house.store.account_dialled(referral.target, house.region)
        callee = None if called is None else await inside(house, called)
        code = 404 if called is None else await self._why_not(callee, (sender.peer, stayed.peer))
        call.line.note(
            CallEventKind.TRANSFER, to=referral.target, mode="blind", result=RESULTS.get(code, "failed") if code else None,
        )  # fmt: skip
        if code or callee is None:
            referral.progress(code)
            return
        self._referral, self._sender, self._stayed = referral, sender, stayed
        await call.silence()
        call.stays(stayed)
        await call.music(stayed)
        await call.ring(callee)

    async def _why_not(self, callee: Callee | None, here: tuple[str, str]) -> int:
        """The status that says so; 0: nothing is against it."""
        if callee is None:
            return 480
        return 0 if callee.name not in here and await is_free(self._call.line.house, callee) else 486

    async def answered(self) -> None:
        """The third phone was taken: the sender's part is over."""
        call, referral, third = self._call, self._referral, self._call.party
        assert referral is not None
        assert third is not None
        if self._sender is not None:
            self._note_left()
        call.line.note(CallEventKind.TRANSFER, to=referral.target, mode="blind", result="done")
        self._close(200)
        await call.talk(third)

    async def refused(self, event: Refused) -> None:
        """The third phone did not take it: the two who were talking talk again."""
        call, referral, sender = self._call, self._referral, self._sender
        assert referral is not None
        result = RESULTS.get(event.code, "failed")
        call.line.note(CallEventKind.TRANSFER, to=referral.target, mode="blind", result=result)
        call.party = sender
        if sender is None:
            call.ending = ("system", result)
        else:
            await call.resume()
        self._sender = None  # he stays
        self._close(486 if result == "busy" else event.code)

    async def left(self, leg: LegId) -> bool:
        """The sender hung up without waiting for the outcome: it rings on. False: it was not he."""
        if self._sender is None or leg != self._sender.id:
            return False
        self._call.line.leg_ended(leg, "sent_on")
        self._note_left()
        self._sender = None
        return True

    def _note_left(self) -> None:
        self._call.line.note(CallEventKind.AGENT_LEFT, agent=None, by="agent")

    # --- to the sender's other call ---------------------------------------------------------------------

    def _join(self, sender: SipLeg, stayed: Party, referral: Referral) -> None:
        """Said in this call, the other decides; passed on by the other, that one is asked for its party."""
        assert referral.replaces is not None
        if referral.call.handler is sender:
            send_back(referral)
            return
        theirs = referral.replaces.handler
        if not isinstance(theirs, SipLeg) or theirs.is_over:
            referral.progress(481)
            return
        self._referral, self._sender, self._stayed = referral, sender, stayed
        theirs.ask_to_yield(self._call.line.call, self._call.line.inbox.put_nowait)

    async def joined(self, given: Yielded) -> None:
        """The other call gave up its party."""
        call, sender = self._call, self._sender
        is_given = given.leg is not None or given.page is not None
        leg = await call.line.take_over(given) if is_given and sender is not None else None
        if leg is None or sender is None or self._stayed is None:
            self._sender = None
            self._close(481)
            await let_go(call.line, given)
            return
        await call.silence()
        self._note_left()
        call.stays(self._stayed)
        call.line.note(CallEventKind.TRANSFER, to=given.to, mode="attended", result="done")
        self._close(200)
        await call.talk(leg, given.offer)

    # --- the end --------------------------------------------------------------------------------------

    def _close(self, code: int) -> None:
        """Tells the sender how it went; whoever has done his part is let go."""
        referral, sender = self._referral, self._sender
        self._referral = self._sender = self._stayed = None
        if referral is not None:
            referral.progress(code)
        if sender is not None:
            sender.hang_up("sent on")
            self._call.line.leg_ended(sender.id, "sent_on")

    def over(self) -> None:
        """The call ends with a transfer open."""
        if self.is_open:
            self._close(487)
