"""The agents whose phones ring for a customer in a queue: one, or several at once. The first to answer has her.

Each offer stands for itself: one that is missed, declined or taken back leaves the other phones ringing.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from telephony.callee import agents_phone, dial, leg_to
from telephony.errors import ControlRefused
from telephony.legs.base import Refused
from telephony.line import Line
from telephony.party import MISSED_BY_CODE, Party
from telephony.screening import screening
from telephony.sip.branches import ELSEWHERE
from threadline.kernel.events import CallEventKind, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, LegId

RING: Final = "offer "  # a deadline's name, before the leg's
TAKEN: Final = "taken"  # the router's word for an offer that was over because another agent answered


class Offers:
    """All of one call. Whoever answers is taken out by `taken_by` and is the call's party from then on."""

    def __init__(self, line: Line, is_waiting: Callable[[], bool]) -> None:
        """`is_waiting`: whether the customer still is in the queue, so that a miss has something to go back to."""
        self._line = line
        self._is_waiting = is_waiting
        self._ringing: dict[LegId, tuple[Party, OfferMade]] = {}

    def __iter__(self) -> Iterator[Party]:
        return iter([party for party, _ in self._ringing.values()])

    def at(self, leg: LegId) -> Party | None:
        found = self._ringing.get(leg)
        return None if found is None else found[0]

    async def ring(self, offer: OfferMade) -> None:
        """Rings the agent's phone for as long as the offer allows."""
        line = self._line
        line.note(
            CallEventKind.OFFERED,
            reservation=str(offer.reservation),
            agent=str(offer.agent),
            queue=offer.queue,
        )
        callee = await agents_phone(line.house, offer.agent, offer.queue)
        if callee is None:
            await self._missed(offer, "unreachable")
            return
        asked = await screening(line.house, "offer", offer.queue) if callee.is_screened else None
        party = Party(leg_to(line, callee), offer.agent, offer, screening=asked)
        self._ringing[party.leg.id] = party, offer
        ring_until = line.house.clock.now() + timedelta(seconds=offer.ring_timeout_s)
        line.deadlines[RING + str(party.leg.id)] = ring_until
        await dial(line, party.leg, callee, line.customer.peer)

    async def taken_by(self, party: Party) -> bool:
        """He answered: whether the call is his now; then every other phone stops. One that anybody may answer asks first."""
        _, offer = self._ringing[party.leg.id]
        if party.screening is not None and not party.screening.is_passed:
            party.screening.begin(party.leg)  # he still has to take it while it would ring
            return False
        if not await self._line.house.dispatcher.answered(offer.reservation):
            self._stop(party, "offer_over")
            self._note_missed(offer, "expired")
            return False
        self._forget(party)
        for other in self:
            self._stop(other, TAKEN)
        return True

    async def refused(self, event: Refused) -> None:
        """A phone said no, or nothing at all."""
        found = self._ringing.get(event.leg)
        if found is not None:
            party, offer = found
            self._stop(party, event.reason)
            await self._missed(offer, MISSED_BY_CODE.get(event.code, "missed"), party.declined)

    async def ring_over(self, leg: LegId) -> None:
        """Rung long enough."""
        party = self.at(leg)
        if party is not None:
            party.leg.hang_up("no_answer")
            await self.refused(Refused(leg, 408, "no answer"))

    async def decline(self, agent: AgentId, why: str) -> None:
        """The agent does not take the call, by whatever phone. Raises ControlRefused when none of his rings."""
        if not self._ringing:
            raise ControlRefused("not_ringing", "No call is ringing.")
        party = next((one for one in self if one.agent == agent), None)
        if party is None:
            raise ControlRefused("not_yours", "This call is somebody else's.")
        party.declined = why
        await self.refused(Refused(party.leg.id, 603, "declined"))

    def closed(self, event: OfferClosed) -> None:
        """The router took an offer back while the phone still rang."""
        for party, offer in tuple(self._ringing.values()):
            if offer.reservation == event.reservation:
                self._stop(party, event.reason)
                self._note_missed(event, event.reason)

    def stop_all(self, reason: str) -> None:
        """Nobody has to answer any more."""
        for party in self:
            self._stop(party, reason)

    def _stop(self, party: Party, reason: str) -> None:
        self._forget(party)
        party.leg.hang_up(ELSEWHERE if reason == TAKEN else reason)
        self._line.leg_ended(party.leg.id, reason)

    def _forget(self, party: Party) -> None:
        del self._ringing[party.leg.id]
        self._line.deadlines.pop(RING + str(party.leg.id), None)

    async def _missed(self, offer: OfferMade, reason: str, why: str | None = None) -> None:
        self._note_missed(offer, reason, why)
        await self._line.house.dispatcher.missed(offer.reservation, reason)

    def _note_missed(self, offer: OfferMade | OfferClosed, reason: str, why: str | None = None) -> None:
        """A call that has left the queue meanwhile has nothing to go back to."""
        if self._is_waiting():
            self._line.note(
                CallEventKind.OFFER_MISSED,
                reservation=str(offer.reservation),
                agent=str(offer.agent),
                reason=reason,
                **({"why": why} if why else {}),
            )


def is_offer(what: str) -> LegId | None:
    """Whose ringing a deadline ends, if it is one of these."""
    return LegId(UUID(what.removeprefix(RING))) if what.startswith(RING) else None
