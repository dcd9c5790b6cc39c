"""Consulting, conferences and supervisors: what the agent who has a call, or a supervisor, does with others in it."""

from typing import Final
from uuid import UUID

from telephony.agent_side import AgentSide
from telephony.callee import Callee, agents_phone, page_of
from telephony.company import RING, Companion
from telephony.errors import ControlRefused
from telephony.extension_endings import reason_of
from telephony.legs.base import (
    Answered,
    AskedToYield,
    CameBack,
    HeldByPeer,
    HungUp,
    KeyPressed,
    LegEvent,
    Refused,
    SentOn,
    WentAway,
)
from telephony.line import Line, Yielded
from telephony.room import Mode
from threadline.kernel.ids import AgentId, LegId

BY: Final = "consult"  # who holds the customer meanwhile


class Conference:
    """Works on the company of one call's agent side. What can't be done raises ControlRefused."""

    def __init__(self, line: Line, side: AgentSide) -> None:
        self._line = line
        self._side = side
        self._company = side.company

    # --- the agent's ----------------------------------------------------------------------------------

    async def consult(self, callee: Callee) -> None:
        """The customer hears music while the agent talks with somebody else; in a conference the others go on."""
        owner = self._side.talking()
        if self._company.consulted is not None or self._side.aside is not None:
            raise ControlRefused("busy", "Somebody is being asked already.")
        self._check_is_new(callee.agent)
        await self._company.invite(callee, "consulted", Mode.CONSULT, owner.agent)
        if not self._company.talkers:
            await self._side.hold(BY)

    async def complete(self) -> None:
        """The customer is the other's now; one who still rings is rung on for her."""
        self._consulted()
        await self._side.gone("agent", tell_flow=True)

    async def take_back(self) -> None:
        """The other is let go, the agent talks with her again."""
        await self._lose(self._consulted(), "dropped")

    async def join(self) -> None:
        """All three talk."""
        one = self._consulted()
        self._side.talking()
        if not one.is_joined:
            raise ControlRefused("no_consult", "Nobody has answered yet.")
        self._company.change(one, Mode.TALK, "guest")
        self._side.arrange()
        await self._side.resume(BY)

    async def add(self, callee: Callee) -> None:
        """Rings somebody into the talk, which goes on meanwhile."""
        owner = self._side.talking()
        if self._side.aside is not None:
            raise ControlRefused("busy", "The call is being transferred.")
        self._check_is_new(callee.agent)
        await self._company.invite(callee, "guest", Mode.TALK, owner.agent)

    async def drop(self, party: LegId) -> None:
        """One of them is out."""
        one = self._company.at(party)
        if one is None:
            raise ControlRefused("no_such_party", "He is not in this call.")
        await self._lose(one, "dropped")

    def _consulted(self) -> Companion:
        self._side.talking()
        one = self._company.consulted
        if one is None:
            raise ControlRefused("no_consult", "Nobody is being asked.")
        return one

    def _check_is_new(self, agent: AgentId | None) -> None:
        party = self._side.party
        is_owner = party is not None and party.agent == agent
        if agent is not None and (is_owner or self._company.of(agent) is not None):
            raise ControlRefused("on_the_call", "He is in this call already.")

    # --- anybody's in it ------------------------------------------------------------------------------

    async def leave(self, agent: AgentId) -> None:
        """His own part is over, whatever it is; the others go on."""
        party, one = self._side.party, self._company.of(agent)
        if party is not None and party.agent == agent and party.is_talking:
            await self._side.gone("agent", tell_flow=True)
        elif one is not None:
            await self._lose(one, "left" if one.is_joined else "declined")
        else:
            raise ControlRefused("not_talking", "You are not in this call.")

    async def decline(self, agent: AgentId) -> bool:
        """He does not come. False: he was not rung to."""
        one = self._company.of(agent)
        if one is None or one.is_joined:
            return False
        await self._lose(one, "declined")
        return True

    # --- a supervisor's -------------------------------------------------------------------------------

    async def monitor(self, supervisor: AgentId, mode: Mode) -> None:
        """Rings his phone; for one who is there already the mode changes."""
        self._side.talking()
        one = self._company.of(supervisor)
        if one is None:
            self._check_is_new(supervisor)
            house, queue = self._line.house, self._line.view.queue
            callee = await agents_phone(house, supervisor, queue) or page_of(house, supervisor)
            if callee is None:
                raise ControlRefused("unreachable", "Your phone is not there.")
            await self._company.invite(callee, "supervisor", mode, supervisor)
        elif one.role != "supervisor":
            raise ControlRefused("on_the_call", "You are in this call already.")
        elif one.is_joined and mode is Mode.TAKE_OVER:
            await self._take_over(one)
        else:
            self._company.change(one, mode, "supervisor")
            self._side.arrange()

    async def _take_over(self, one: Companion) -> None:
        """The agent is out; whoever he was asking too."""
        consulted = self._company.consulted
        if consulted is not None:
            self._company.lose(consulted, "dropped")
        await self._side.hand_to(one, "supervisor")

    # --- what their phones tell -----------------------------------------------------------------------

    async def hear(self, one: Companion, event: LegEvent) -> None:
        """An event of one of the company's legs."""
        match event:
            case Answered():
                await self._answered(one)
            case Refused():
                await self._lose(one, reason_of(event.code))
            case HungUp():
                await self._lose(one, "left" if one.is_joined else "no_answer")
            case KeyPressed():
                await self.pressed(one, event.digit)
            case HeldByPeer() | WentAway() | CameBack():
                one.is_away = isinstance(event, WentAway) or (isinstance(event, HeldByPeer) and event.held)
                self._side.arrange()
            case SentOn():
                event.referral.progress(603)  # the customer is not his to send on
            case AskedToYield():
                event.reply(Yielded(one.name))
            case _:
                pass

    async def pressed(self, one: Companion, digit: str) -> None:
        """A key, which means something to what screens him only."""
        if one.screening is not None and one.screening.press(digit):
            await self._answered(one)

    async def _answered(self, one: Companion) -> None:
        if one.screening is not None and not one.screening.is_passed:
            one.screening.begin(one.leg)
            return
        self._company.join(one)
        if one.mode is Mode.TAKE_OVER:
            await self._take_over(one)
        else:
            self._side.arrange()

    async def ring_over(self, leg: LegId) -> None:
        """Rung long enough."""
        one = self._company.at(leg)
        if one is not None and not one.is_joined:
            await self._lose(one, "no_answer")

    async def _lose(self, one: Companion, reason: str) -> None:
        """Without him; the agent who had asked him talks with the customer again."""
        was_asked = one.mode is Mode.CONSULT
        self._company.lose(one, reason)
        self._side.arrange()
        if was_asked and self._side.party is not None:
            await self._side.resume(BY)


def is_ring(what: str) -> LegId | None:
    """Whose ringing a deadline ends, if it is one of those."""
    return LegId(UUID(what.removeprefix(RING))) if what.startswith(RING) else None
