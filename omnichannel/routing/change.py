"""What may happen to offers, places and agents, each within one transaction.

Locks are taken in one order, calls before agents, so that no two changes wait for each other. What is to be
told gathers in `events` and is published by the owner of the transaction once it has committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from omnichannel.routing import presence
from omnichannel.routing.model import Reservation
from omnichannel.routing.presence import Cause
from omnichannel.routing.store import RoutingStore
from threadline.db.pool import Connection
from threadline.kernel.clock import Clock
from threadline.kernel.events import AgentState, AgentStateChanged, Event, OfferClosed
from threadline.kernel.ids import AgentId, CallId, ReservationId

EXCLUDE_S: Final = 60.0  # an agent who missed a call is not asked again so soon
RESTARTED: Final = "server_restarted"
TAKEN: Final = "taken"  # by another agent whose phone rang for the same call


@dataclass(slots=True)
class Change:
    """One transaction's work: `wakes` says that the matcher has something to do after it."""

    store: RoutingStore
    link: Connection
    clock: Clock
    now: datetime  # when the last lock was got: what one change ends, the next begins no earlier
    events: list[Event] = field(default_factory=list)
    offered: list[ReservationId] = field(default_factory=list)  # offers made
    wakes: bool = False

    async def lock(self, calls: Sequence[CallId] = (), agents: Sequence[AgentId] = ()) -> int:
        """Calls before agents, everywhere. How many of the agents exist."""
        if calls:
            await self.store.lock_calls(calls)
        locked = await self.store.lock_agents(agents) if agents else 0
        self.now = self.clock.now()
        return locked

    async def reservation(self, reservation: ReservationId) -> Reservation | None:
        """The offer; its call and everybody whose phone rings for it locked until the transaction ends."""
        found = await self.store.find_reservation(reservation)
        if found is None:
            return None
        await self.lock([found.call])
        beside = await self.store.open_reservations(found.call)
        await self.lock(agents=sorted({found.agent, *(one.agent for one in beside)}))
        return await self.store.find_reservation(reservation)

    async def move(
        self, agent: AgentId, cause: Cause, reason: str | None = None, until: datetime | None = None
    ) -> None:
        """The agent's next state; his lock is held. Raises IllegalMove."""
        interval = await self.store.agent_state_now(agent)
        state = presence.move(interval.state, cause)
        since = await self.store.move_agent(agent, state, self.now, reason, until)
        self.events.append(AgentStateChanged(agent, state, reason, since, until))
        self.wakes = self.wakes or state is AgentState.READY

    async def connect(self, offer: Reservation) -> None:
        await self.store.connect_reservation(offer.id, self.now)
        await self.store.connect_waiting(offer.call, self.now, offer.agent)
        self._closed(offer, "answered")
        await self.move(offer.agent, Cause.ANSWER)
        for other in await self.store.open_reservations(offer.call):
            if other.id != offer.id:
                await self._call_off(other, TAKEN, TAKEN)
                self.wakes = True

    async def miss(self, offer: Reservation, state: str, reason: str, told: str) -> None:
        """The call regains its place once no phone rings for it; the agent leaves the pool until he sets himself ready."""
        await self.store.close_reservation(offer.id, state, self.now, reason)
        await self.store.return_to_queue(offer.call, offer.agent, self.now + timedelta(seconds=EXCLUDE_S))
        self._closed(offer, told)
        await self.move(offer.agent, Cause.MISS, reason)
        self.wakes = True

    async def end_talk(self, talk: Reservation, reason: str, shown: str | None = None) -> None:
        """He wraps up; `shown` is the reason his page gives."""
        await self.store.close_reservation(talk.id, "ended", self.now, reason)
        await self.wrap_up(talk.agent, shown)

    async def wrap_up(self, agent: AgentId, shown: str | None = None) -> None:
        """After a conversation: wrap-up with its end; who has none is at once what he was before he had work."""
        wrap_up_s = await self.store.wrap_up_s(agent)
        if wrap_up_s:
            await self.move(agent, Cause.TALK_OVER, shown, self.now + timedelta(seconds=wrap_up_s))
        else:
            await self._move_back(agent, shown)

    async def _move_back(self, agent: AgentId, shown: str | None = None) -> None:
        before = await self.store.before_work(agent)
        cause = presence.back(before.state)
        await self.move(agent, cause, shown if cause is Cause.BACK_READY else before.reason)

    async def carry_over(self, reservation: ReservationId, call: CallId) -> None:
        """A conversation goes on in another call, whose own ends."""
        talk = await self.store.find_reservation(reservation)
        if talk is None or talk.call == call:
            return
        await self.lock(sorted([talk.call, call]))
        former = await self.store.open_reservations(call)
        await self.lock(agents=sorted({talk.agent, *(one.agent for one in former)}))
        talk = await self.store.find_reservation(reservation)
        if talk is None or talk.state != "connected":
            return
        await self.store.copy_place(talk.call, call)
        for one in former:
            if one.state == "connected":
                await self.end_talk(one, "joined")
        await self.store.carry_reservation(reservation, call)

    async def leave(self, call: CallId, reason: str) -> None:
        """The call gives its place up and withdraws its offers; one that has no place keeps what it has."""
        await self.lock([call])
        place = await self.store.waiting_state(call)
        if place is None or place.state not in ("waiting", "offered"):
            return
        offers = await self.store.open_reservations(call)
        if offers:
            await self.lock(agents=sorted(one.agent for one in offers))
        await self.store.leave_queue(call, self.now, reason)
        for one in offers:
            await self._call_off(one, reason, "caller_left")

    async def release(self, call: CallId) -> None:
        """The call is over, whatever else was said of it: nobody waits, rings or talks for it any more."""
        await self.leave(call, "call_ended")
        await self.lock([call])
        for talk in await self.store.open_reservations(call):
            await self.lock(agents=[talk.agent])
            await self.end_talk(talk, "call_ended")

    async def end_wrap_up(self, agent: AgentId) -> None:
        """If it is still over when the agent is locked."""
        await self.lock(agents=[agent])
        interval = await self.store.agent_state_now(agent)
        if interval.state is AgentState.WRAP_UP and interval.until is not None and interval.until <= self.now:
            await self._move_back(agent)

    async def withdraw(self, offer: Reservation, reason: str) -> None:
        """The call keeps its place, the agent is ready again: neither did anything."""
        await self._call_off(offer, reason, "withdrawn")
        await self.store.keep_place(offer.call)
        self.wakes = True

    async def free_after_restart(self, open_one: Reservation) -> None:
        """Closes what a killed server left open: who talked wraps up, whose phone rang is ready again."""
        if open_one.state == "connected":
            await self.end_talk(open_one, RESTARTED, RESTARTED)
            return
        await self.store.close_reservation(open_one.id, "expired", self.now, RESTARTED)
        self._closed(open_one, "expired")
        await self.move(open_one.agent, Cause.WITHDRAW, RESTARTED)

    async def _call_off(self, offer: Reservation, reason: str, told: str) -> None:
        """A phone that rings no more, and its agent as he was before."""
        await self.store.close_reservation(offer.id, "withdrawn", self.now, reason)
        self._closed(offer, told)
        await self.move(offer.agent, Cause.WITHDRAW)

    def _closed(self, offer: Reservation, reason: str) -> None:
        self.events.append(OfferClosed(offer.id, offer.call, offer.agent, reason))
