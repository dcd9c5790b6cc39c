"""The router: gives waiting calls to agents and keeps everybody's state (telephony.ports.Dispatcher).

The truth is in the database; every change is one transaction and is told after its commit. One task matches
and sweeps: it wakes when something changed, when the next lease, wrap-up or relaxation step ends, and at a
steady beat in case another node changed something.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Literal, Self
from uuid import UUID

from omnichannel.errors import NoSuchAgent, NoSuchQueue, QueueUnreadable
from omnichannel.people import People
from omnichannel.routing import admission, matcher, presence, relay, shown
from omnichannel.routing.by_hand.service import TalksByHand
from omnichannel.routing.callbacks.service import Tickets
from omnichannel.routing.change import RESTARTED, Change
from omnichannel.routing.digital.service import Digital
from omnichannel.routing.matching import Explained, Round, run_pass
from omnichannel.routing.model import RING_AT_MOST, LostPlace, Prefer, Reservation, Strategy
from omnichannel.routing.nodes.service import Nodes
from omnichannel.routing.outlook import Outlook
from omnichannel.routing.presence import Cause
from omnichannel.routing.rules import QueueRules
from omnichannel.routing.store import MadeOffer, RoutingStore
from omnichannel.routing.waits import AT_WORK, Waits
from omnichannel.threads import Threads
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import (
    AgentState,
    Bus,
    CallEvent,
    CallEventKind,
    Event,
    Json,
    OfferClosed,
    OfferMade,
    ThreadDelta,
)
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId
from threadline.kernel.queueing import Place, QueueRequest

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 2.0
RETRY_S: Final = 1.0
POP_TIMEOUT_S: Final = 2.0  # a phone rings without its pop rather than not at all
PREFER_S: Final = 15.0
LONG_AWAY_S: Final = 300.0  # a server that was down for so long knows nothing of who is at his desk


class Router:
    """`async with Router(...)` matches and sweeps until left; without it, `tick` does one round."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        people: People,
        threads: Threads,
        node: str = "main",
    ) -> None:
        """`node` is this server's name among those on one database: the same after a restart, nobody else's.

        Where a queue rings several phones one call has several offers; when one of them is answered the others are
        closed as `taken`.
        """
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._people = people
        self._threads = threads
        self._store = RoutingStore(pool)
        self._nodes = Nodes(pool, node, self._hear, self.wake)
        self._waits = Waits(self._store, clock)
        self._outlook = Outlook()
        self.digital: Digital | None = None  # set once, where there are cases to be given to agents
        self.callbacks = Tickets(pool, clock, self.change)
        self.by_hand = TalksByHand(pool, self.change, node)
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._explained = Explained()
        self._untold: set[ReservationId] = set()
        self._offered: set[CallId] = set()
        self._over: set[CallId] = set()
        bus.subscribe(CallEvent, self._see)
        bus.subscribe(ThreadDelta, self._see_entry)
        self._tasks: asyncio.TaskGroup | None = None
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._loop = self._tasks.create_task(self.run(), name="router")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        assert self._loop is not None
        self._loop.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def node(self) -> str:
        return self._nodes.name

    async def run(self) -> None:
        """Matches and sweeps for ever; a database that is away for a while is waited for."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._nodes.run(), name="routing node")
            tasks.create_task(self._match_for_ever(), name="matcher")

    async def _match_for_ever(self) -> None:
        while True:
            self._wake.clear()
            try:
                deadline = await self.tick()
            except DATABASE_TROUBLE:
                heed()
                log.exception("routing pass failed")
                deadline = self._clock.now() + timedelta(seconds=RETRY_S)
            await self._rest(deadline)

    def wake(self) -> None:
        """Something outside changed: skills, a queue's rules."""
        self._wake.set()

    def rules_changed(self) -> None:
        """What queues ask for or choose by is other than before."""
        self._outlook.forget()
        self.wake()

    async def tick(self) -> datetime | None:
        """One round: leases and wrap-ups that are over, then every offer possible. When the next is due."""
        async with self._turn:
            now = self._clock.now()
            await self._release_ended()
            if self._nodes.gone:
                await self._take_over()
            for reservation in await self._store.leases_over(now):
                await self._expire(reservation)
            for agent in await self._store.wrap_ups_over(now):
                async with self.change() as change:
                    await change.end_wrap_up(agent)
            for call, queue in await self._store.overflow_due(now):
                async with self.change() as change:
                    await admission.overflow(change, call, queue)
            await self.callbacks.sweep(now)
            for agent in await self._store.disabled_at_work():
                with suppress(Refused):  # he has a call: after it
                    await self.set_state(agent, AgentState.LOGGED_OUT)
            if self.digital is not None:
                await self.digital.take_back()
            done = await self._match()
            if done.stale:
                self.wake()
            due = (done.wake_at, await self._store.next_deadline(), await self.callbacks.next_moment())
            return min((at for at in due if at is not None), default=None)

    # what telephony asks

    async def join(self, request: QueueRequest) -> Place | str:
        """A place, or `full`, `no_agents`, `closed`. Idempotent by call. Raises NoSuchQueue.

        Who gave up or was cut off in that queue within five minutes has the place he had then.
        """
        prefer = await self._prefer(request)
        async with self.change() as change:
            await change.store.lock_join(request.call)
            held = await admission.held_place(change, request)
            if held is not None:
                return held
            return await admission.admit(change, request, prefer, self._nodes.name)

    async def place(self, call: CallId) -> Place | None:
        """Where the call stands; `wait_s` is (median, what may be told) and only there where both are honest."""
        return await self._waits.place(call)

    async def queue_facts(self, queue: str) -> Mapping[str, Any]:
        """As telephony.ports.QueueBook. Raises NoSuchQueue."""
        rules = await self._store.queue_rules(queue)
        if rules is None:
            raise NoSuchQueue
        now = self._clock.now()
        able = [one for one in await self._store.agents_now() if matcher.meets(one.skills, rules.need)]
        crowd = await self._store.crowd(queue)
        wait = await self._waits.ahead(queue, rules.need, crowd.waiting)
        return {
            "waiting": crowd.waiting,
            "agents_ready": sum(one.state is AgentState.READY for one in able),
            "agents_logged_in": sum(one.state in AT_WORK for one in able),
            "ewt_p50": None if wait is None else wait.p50,
            "ewt_p75": None if wait is None else wait.p75,
            "longest_wait": 0.0 if crowd.oldest is None else max(0.0, (now - crowd.oldest).total_seconds()),
            "is_open": rules.is_open(now),
        }

    async def leave(self, call: CallId, reason: str) -> None:
        """The customer no longer waits; an open offer is withdrawn. A call without a place is left alone."""
        async with self.change() as change:
            await change.leave(call, reason)

    async def answered(self, reservation: ReservationId) -> bool:
        """The agent picked up. False: the offer was over already, hang up on him."""
        async with self.change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await change.connect(offer)
                return True
            return offer is not None and offer.state == "connected"

    async def missed(self, reservation: ReservationId, reason: str) -> None:
        """No answer (missed), refused (declined) or not reachable (unreachable). Idempotent."""
        async with self.change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await change.miss(offer, "missed", reason, "declined" if reason == "declined" else "missed")

    async def talk_goes_on(self, reservation: ReservationId, call: CallId) -> None:
        """The agent was joined to another call: his conversation is that one's, its former agent wraps up.

        A call that never had a place here is nobody's; then everything stays as it is.
        """
        async with self.change() as change:
            await change.carry_over(reservation, call)
        self._offered.add(call)

    async def talk_over(self, reservation: ReservationId, reason: str) -> None:
        """The conversation is over: wrap-up. Idempotent."""
        async with self.change() as change:
            talk = await change.reservation(reservation)
            if talk is not None and talk.state == "connected":
                await change.end_talk(talk, reason)

    # what people ask

    async def set_state(self, agent: AgentId, state: AgentState, reason: str | None = None) -> None:
        """A person chooses ready, away or logged out. Raises IllegalMove (a Refused), NoSuchAgent."""
        cause = presence.wish(state)
        async with self.change() as change:
            if not await change.lock(agents=[agent]):
                raise NoSuchAgent
            now = await change.store.agent_state_now(agent)
            if (now.state, now.reason) != (state, reason):
                await change.move(agent, cause, reason)

    async def define_queue(
        self,
        queue: str,
        title: str,
        *,
        need: Mapping[str, int] | None = None,
        ring_timeout_s: float = 20.0,
        max_waiting: int | None = None,
        calendar: str | None = None,
        strategy: Strategy | str = Strategy.LEAST_OCCUPIED,
        target_s: float = 20.0,
        short_abandon_s: float = 5.0,
        overflow_queue: str | None = None,
        overflow_after_s: float | None = None,
        overflow_when_full: bool = True,
        digital: Literal["claim", "push"] = "claim",
        ring_at_most: int = RING_AT_MOST,
    ) -> None:
        """Makes a queue or replaces its rules. `need` is used where a flow names none.

        Raises NoSuchQueue for an overflow queue that does not exist, QueueUnreadable for rules nobody can follow.
        """
        if overflow_queue is not None and await self._store.queue_rules(overflow_queue) is None:
            raise NoSuchQueue
        if overflow_queue == queue:
            raise QueueUnreadable("a queue can't overflow into itself")
        if calendar is not None and not await self._store.has_calendar(calendar):
            raise QueueUnreadable(f"there is no calendar {calendar}")
        rules = QueueRules(
            queue, title, need or {}, ring_timeout_s, max_waiting, calendar, Strategy(strategy), target_s, short_abandon_s,
            overflow_queue, overflow_after_s, overflow_when_full, digital, ring_at_most,
        )  # fmt: skip
        await self._store.define_queue(rules)
        self.rules_changed()

    async def states(self) -> list[Json]:
        """[{agent, login, name, state, reason, since, until, call}] of everyone, by login."""
        return [shown.agent(row) for row in await self._store.states()]

    async def queues(self) -> list[Json]:
        """By id: [{id, title, waiting, offered, talking, ready, longest_wait_s, max_waiting, ring_timeout_s, need,
        calendar, strategy, target_s, short_abandon_s, overflow_queue, overflow_after_s, overflow_when_full, digital, ring_at_most}].

        `ready` counts the agents who could take a call of the queue this moment.
        """
        now = self._clock.now()
        ready = [one for one in await self._store.agents_now() if one.state is AgentState.READY]
        talking = await self._store.talking_by_queue()
        return [shown.queue(row, ready, talking, now) for row in await self._store.queues()]

    async def recover(self) -> list[LostPlace]:
        """After a kill, before anything else: puts right what this server left open, and says who stood where.

        Calls of other servers that live are none of its business. After LONG_AWAY_S without any server, who was
        ready is away until he says otherwise.
        """
        idle_s = await self._nodes.idle_s()
        places = await self._put_right(await self._nodes.gone_at_start())
        if idle_s is not None and idle_s > LONG_AWAY_S and not self._nodes.others:
            await self._send_home()
        return places

    # within

    async def _put_right(self, nodes: Sequence[str]) -> list[LostPlace]:
        """What servers left open that are gone: their calls have ended, their agents are told so."""
        async with self.change() as change:
            store = change.store
            await store.lock_matcher()
            places = await store.places_of_nodes(nodes)
            open_ones = await store.open_of_nodes(nodes)
            calls = {one.call for one in open_ones} | {place.call for place in places}
            await change.lock(sorted(calls), sorted({one.agent for one in open_ones}))
            for one in open_ones:
                await change.free_after_restart(one)
            for place in places:
                await store.leave_queue(place.call, change.now, RESTARTED)
                if place.ticket is not None:
                    await self.callbacks.put_back(change.link, place.ticket, change.now)
        await self.by_hand.put_right(nodes)
        if places or open_ones:
            log.info("routing recovered", extra={"places": len(places), "reservations": len(open_ones)})
        return places

    async def _take_over(self) -> None:
        gone = sorted(self._nodes.gone)
        log.warning("servers are gone", extra={"nodes": gone})
        await self._put_right(gone)
        await self._nodes.forget(gone)

    async def _send_home(self) -> None:
        for agent in await self._store.waiting_agents():
            async with self.change() as change:
                await change.lock(agents=[agent])
                state = (await change.store.agent_state_now(agent)).state
                if (state, Cause.SET_AWAY) in presence.MOVES:
                    await change.move(agent, Cause.SET_AWAY, "server_was_down")

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Change]:
        """A transaction; its events are published once it has committed."""
        async with self._pool.acquire() as link, link.transaction():
            change = Change(RoutingStore(link), link, self._clock, self._clock.now())
            yield change
            texts = [text for event in change.events if (text := relay.write(event)) is not None]
            await self._nodes.tell(link, texts + [relay.offered(one) for one in change.offered])
        for event in change.events:
            self._publish(event)
        if change.wakes:
            self.wake()

    def _publish(self, event: Event) -> None:
        """An offer that is over before it was told is never told at all."""
        if isinstance(event, OfferClosed) and event.reservation in self._untold:
            self._untold.discard(event.reservation)
        else:
            self._bus.publish(event)

    async def _prefer(self, request: QueueRequest) -> Prefer | None:
        """`last_agent` becomes the person it means."""
        if request.prefer is None:
            return None
        for_s = request.prefer.get("for_s")
        named: object = request.prefer.get("agent")
        if named == "last_agent":
            named = await self._threads.last_agent(request.thread)
        wished = [_agent(one) for one in (named if isinstance(named, list) else [named])]
        agents = [one for one in wished if one is not None]
        seconds = float(for_s) if isinstance(for_s, int | float) else PREFER_S
        return Prefer(agents[0], seconds, tuple(agents[1:])) if agents else None

    def _see(self, event: CallEvent) -> None:
        """A call that ended leaves no agent behind, even if nobody says `talk_over`."""
        is_ours = event.call in self._offered or self.by_hand.has(event.call)
        if event.kind is CallEventKind.ENDED and is_ours:
            self._over.add(event.call)
            self.wake()

    def _see_entry(self, event: ThreadDelta) -> None:
        """A customer wrote, or a case was done: somebody may have something to do, or room."""
        if self.digital is not None:
            self.wake()

    async def _release_ended(self) -> None:
        for call in tuple(self._over):
            async with self.change() as change:
                await change.release(call)
            await self.by_hand.release(call)
            self._over.discard(call)
            self._offered.discard(call)

    async def _expire(self, reservation: ReservationId) -> None:
        async with self.change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await self._lapse(change, offer)
        log.warning("offer expired", extra={"reservation": str(reservation)})

    async def _lapse(self, change: Change, offer: Reservation) -> None:
        """Who was never rung, because nobody dialled the customer for him, missed nothing."""
        place = await change.store.waiting_state(offer.call)
        if place is not None and place.kind == "callback" and place.node is None:
            await change.withdraw(offer, "lease_expired")
        else:
            await change.miss(offer, "expired", "lease_expired", "expired")

    async def claim(self, place: CallId) -> bool:
        """Whether this server is to dial for a callback's offer; true for one server only."""
        return await self._store.claim_place(place, self._nodes.name)

    async def _match(self) -> Round:
        tell: set[ReservationId] = self._untold
        try:
            async with self.change() as change:
                done = await run_pass(change, self._explained, tell, self._outlook, self.digital)
                self._offered.update(offer.call for offer in done.made)
            if self.digital is not None and await self.digital.give(done.cases):
                self.wake()  # an agent gets one contact a pass
            async with asyncio.TaskGroup() as pops:
                for offer in done.made:
                    pops.create_task(self._tell(offer, done.ring_timeout_s[offer.id]), name=f"pop {offer.id}")
        finally:
            self._untold.clear()
        return done

    async def _tell(self, offer: MadeOffer, ring_timeout_s: float) -> None:
        told = await self._news_of(offer, ring_timeout_s)
        if offer.id in self._untold:
            self._untold.discard(offer.id)
            self._bus.publish(told)

    async def _news_of(self, offer: MadeOffer, ring_timeout_s: float) -> OfferMade:
        waited = (self._clock.now() - offer.entered_at).total_seconds()
        facts: Json = {"id": str(offer.call), "queue": offer.queue, **offer.caller, "wait_s": waited}
        pop = await self._pop(offer.thread, facts)
        return OfferMade(
            offer.id, offer.call, offer.agent, offer.queue, offer.lease_until, ring_timeout_s, pop
        )

    async def _hear(self, text: str) -> None:
        """What another server told: the same news for this one's pages and phones."""
        told = relay.read(text)
        if not isinstance(told, UUID):
            self._bus.publish(told)
            return
        found = await self._store.made_offer(told)
        if found is not None:
            self._bus.publish(await self._news_of(*found))

    async def _pop(self, thread: ThreadId | None, facts: Json) -> Json:
        """What the page shows; of a thread that can't be read, the call alone."""
        if thread is not None:
            try:
                async with asyncio.timeout(POP_TIMEOUT_S):
                    return await self._threads.pop(thread, facts)
            except NotFound:
                log.warning("offer without a thread", extra={"thread_id": str(thread)})
            except DATABASE_TROUBLE:
                log.exception("pop failed", extra={"thread_id": str(thread)})
        return {"contact": None, "identities": [], "work_items": [], "timeline": [], "call": facts}

    async def _rest(self, deadline: datetime | None) -> None:
        wait_s = HEARTBEAT_S
        if deadline is not None:
            wait_s = min(wait_s, max(0.0, (deadline - self._clock.now()).total_seconds()))
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return


def _agent(named: object) -> AgentId | None:
    try:
        return AgentId(UUID(str(named)))
    except ValueError:
        return None
