"""The people's part of one call: what its agents' phones tell, what pages wish, and who is kept from other work by it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from telephony.agent_side import AgentSide
from telephony.company import described
from telephony.conference import Conference, is_ring
from telephony.destinations import Destinations
from telephony.engaged import Engaged
from telephony.errors import ControlRefused
from telephony.flow_book import Answering
from telephony.handover import Handover
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
from telephony.line import Line, Wish, Yielded
from telephony.offers import is_offer
from telephony.on_calls import Present
from telephony.party import Party
from telephony.room import Mode
from telephony.tape import Tape
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, LegId

PAUSE_S: Final = 120.0
Verb: TypeAlias = Callable[[Wish], Awaitable[Json | None]]
ANYBODYS: Final = frozenset({"decline", "leave", "monitor", "pick_up"})
"""Verbs that are not for the agent whose call it is alone; they look at who asks themselves."""


class Talk:
    """Made once for a call. Whoever runs it hands on the events of legs that are not the customer's."""

    def __init__(
        self, line: Line, tape: Tape, reroute: Callable[[Answering], Awaitable[None]] | None
    ) -> None:
        """`reroute` puts the customer into another flow; None where the call has none."""
        self._line = line
        self._tape = tape
        self.side = AgentSide(line, tape)
        self.handover = Handover(line, self.side, reroute)
        self.conference = Conference(line, self.side)
        self._destinations = Destinations(line)
        self._engaged = Engaged(line)
        self._verbs: Mapping[str, Verb] = {
            "hold": self._hold, "resume": self._resume, "hang_up": self._hang_up, "decline": self._decline,
            "mute": self._mute, "unmute": self._mute, "keys": self._keys, "transfer": self._transfer,
            "consult": self._consult, "consult-complete": self._complete, "consult-back": self._back,
            "consult-join": self._join, "add": self._add, "drop": self._drop, "leave": self._leave,
            "park": self._park, "pick_up": self._pick_up, "recording-pause": self._pause,
            "recording-resume": self._unpause, "monitor": self._monitor,
        }  # fmt: skip

    # --- what phones tell -----------------------------------------------------------------------------

    async def hear(self, event: LegEvent) -> None:
        """An event of any leg but the customer's."""
        side, one, offered = self.side, self.side.company.at(event.leg), self.side.offers.at(event.leg)
        if side.owns(event.leg):
            await self._hear_party(event)
        elif offered is not None:
            await self._hear_offered(offered, event)
        elif one is not None:
            await self.conference.hear(one, event)
        elif side.aside is not None and event.leg == side.aside.leg.id:
            await self._hear_aside(side.aside, event)
        elif isinstance(event, SentOn):
            event.referral.progress(603)  # he talks with nobody he could send on
        elif isinstance(event, AskedToYield):
            event.reply(Yielded(self._line.customer.peer))
        self.handover.look_at_slot()

    async def _hear_party(self, event: LegEvent) -> None:
        side = self.side
        match event:
            case Answered():
                await side.answered()
            case Refused():
                await side.refused(event)
            case HungUp():
                await side.hung_up(event)
            case KeyPressed():
                await side.pressed(event.digit)
            case HeldByPeer():
                await side.phone_holds(event.held)
            case Ringing():
                side.ringing(event)
            case SentOn():
                await self.handover.sent_on(event)
            case WentAway():
                await side.away()
            case CameBack():
                await side.back()
            case _:
                pass

    async def _hear_offered(self, party: Party, event: LegEvent) -> None:
        """The phone of an agent who has not taken the call yet."""
        match event:
            case Answered():
                await self.side.offer_answered(party)
            case Refused():
                await self.side.offers.refused(event)
            case HungUp():
                await self.side.offers.refused(Refused(event.leg, 408, event.reason))
            case KeyPressed() if party.is_taken_by(event.digit):
                await self.side.offer_answered(party)
            case SentOn():
                event.referral.progress(603)
            case _:
                pass

    async def _hear_aside(self, aside: Party, event: LegEvent) -> None:
        """The phone of whoever sent the customer on and waits to hear how that goes."""
        if isinstance(event, HungUp):
            await self.side.aside_gone("agent_hung_up")
        elif isinstance(event, HeldByPeer):
            aside.is_held = event.held
        elif isinstance(event, SentOn):
            event.referral.progress(603)

    async def key(self, leg: LegId, digit: str) -> bool:
        """A key of a leg's sound. False: it is none of ours."""
        one, offered = self.side.company.at(leg), self.side.offers.at(leg)
        if self.side.owns(leg):
            await self.side.pressed(digit)
        elif offered is not None:
            await self._hear_offered(offered, KeyPressed(leg, digit))
        elif one is not None:
            await self.conference.pressed(one, digit)
        else:
            return False
        self.handover.look_at_slot()
        return True

    async def due(self, what: str) -> None:
        """A deadline that is ours."""
        ringing, offered = is_ring(what), is_offer(what)
        if ringing is not None:
            await self.conference.ring_over(ringing)
        elif offered is not None:
            await self.side.offers.ring_over(offered)
        elif what == "ring":
            await self.side.ring_over()
        elif what == "park":
            await self.handover.still_parked()
        elif what == "unmask":
            self._tape.unpause("time")

    async def settle(self, *, is_over: bool = False) -> None:
        """After whatever happened: who is busy with this call gets no offers, who no longer is does again, and whoever has
        its customer talks."""
        if is_over:
            await self._engaged.settle(set())
        else:
            await self._engaged.settle(self._busy(), self._serving())

    def _by_hand(self) -> list[Party]:
        """Whose the customer is or may be without an offer of a queue's."""
        return [one for one in (self.side.party, self.side.aside) if one is not None and one.offer is None]

    def _busy(self) -> set[AgentId]:
        """Agents here whom no queue sent."""
        found = {one.agent for one in self._by_hand()} | {one.agent for one in self.side.company}
        return {agent for agent in found if agent is not None}

    def _serving(self) -> frozenset[AgentId]:
        """Those of them whose the customer is."""
        return frozenset(one.agent for one in self._by_hand() if one.is_talking and one.agent is not None)

    def present(self) -> list[Present]:
        """Agents here by whatever way, those whose phones ring among them."""
        side = self.side
        owners = [one for one in (side.party, side.aside, *side.offers) if one is not None]
        return [
            *(Present(one.agent, "agent", one.leg.id, one.is_talking) for one in owners if one.agent is not None),
            *(Present(one.agent, one.role, one.leg.id, one.is_joined) for one in side.company if one.agent is not None),
        ]  # fmt: skip

    def has(self, agent: AgentId) -> bool:
        """He is in the call by any part but a queue's offer."""
        return agent in self._busy()

    async def end(self, by: str) -> None:
        """The call is over."""
        await self.side.gone(by, tell_flow=False)
        self.handover.leave_slot()
        await self.settle(is_over=True)

    # --- what pages wish ------------------------------------------------------------------------------

    async def grant(self, wish: Wish) -> None:
        """Does it, or says why not."""
        done: Json | None = None
        try:
            if wish.verb not in ANYBODYS:
                self._check_owner(wish.agent)
            done = await self._verbs[wish.verb](wish)
        except ThreadlineError as exc:
            if not wish.done.done():
                wish.done.set_exception(exc)
        else:
            if not wish.done.done():
                wish.done.set_result(done)

    def _check_owner(self, agent: AgentId | None) -> None:
        party = self.side.talking()
        if agent is not None and party.agent != agent:
            raise ControlRefused("not_yours", "This call is somebody else's.")

    async def _hold(self, wish: Wish) -> None:
        await self.side.hold("page")

    async def _resume(self, wish: Wish) -> None:
        if self.side.company.consulted is not None:
            await self.conference.take_back()
        else:
            await self.side.resume("page")

    async def _hang_up(self, wish: Wish) -> None:
        await self.side.gone("agent", tell_flow=True)

    async def _decline(self, wish: Wish) -> None:
        assert wish.agent is not None
        if not await self.conference.decline(wish.agent):
            await self.side.decline(wish.agent, wish.detail)

    async def _mute(self, wish: Wish) -> None:
        self.side.mute(wish.verb == "mute")

    async def _keys(self, wish: Wish) -> None:
        self.side.press(wish.detail)

    async def _transfer(self, wish: Wish) -> None:
        answering = await self._destinations.answering(wish.facts)
        callee = None if answering is not None else await self._destinations.callee(wish.facts, wish.agent)
        await self.handover.transfer(str(wish.facts["id"]), answering, callee)

    async def _consult(self, wish: Wish) -> None:
        await self.conference.consult(await self._destinations.callee(wish.facts, wish.agent))

    async def _complete(self, wish: Wish) -> None:
        await self.conference.complete()

    async def _back(self, wish: Wish) -> None:
        await self.conference.take_back()

    async def _join(self, wish: Wish) -> None:
        await self.conference.join()

    async def _add(self, wish: Wish) -> None:
        await self.conference.add(await self._destinations.callee(wish.facts, wish.agent))

    async def _drop(self, wish: Wish) -> None:
        await self.conference.drop(LegId(UUID(str(wish.facts["party"]))))

    async def _leave(self, wish: Wish) -> None:
        assert wish.agent is not None
        await self.conference.leave(wish.agent)

    async def _park(self, wish: Wish) -> Json:
        return {"slot": await self.handover.park()}

    async def _pick_up(self, wish: Wish) -> None:
        assert wish.agent is not None
        await self.handover.pick_up(wish.agent)

    async def _pause(self, wish: Wish) -> None:
        seconds = wish.facts.get("seconds")
        limit_s = float(seconds) if isinstance(seconds, int | float) else PAUSE_S
        until = self._line.house.clock.now() + timedelta(seconds=limit_s)
        self._tape.pause("page", until)
        self._line.deadlines["unmask"] = until

    async def _unpause(self, wish: Wish) -> None:
        self._tape.unpause("page")

    async def _monitor(self, wish: Wish) -> None:
        assert wish.agent is not None
        await self.conference.monitor(wish.agent, Mode(str(wish.facts["mode"])))

    def described(self) -> Json:
        """As `GET /api/calls/{id}/parties`, but for the call's id."""
        party, talks = self.side.party, [described(one) for one in self.side.company]
        owners = [_owner(one) for one in (party, *self.side.offers) if one is not None]
        state = "waiting"
        if self.handover.slot is not None:
            state = "parked"
        elif party is not None and party.is_talking:
            state = "held" if party.is_held else "talking"
        return {
            "customer": state,
            "slot": self.handover.slot,
            "agent": str(party.agent) if party is not None and party.is_talking and party.agent else None,
            "recording": self._tape.described(),
            "parties": [*owners, *talks],
        }


def _owner(party: Party) -> Json:
    return {
        "party": str(party.leg.id),
        "agent": None if party.agent is None else str(party.agent),
        "name": party.sent_to or party.leg.peer,
        "role": "agent",
        "state": "talking" if party.is_talking else "ringing",
        "mode": None,
        "by": None,
    }
