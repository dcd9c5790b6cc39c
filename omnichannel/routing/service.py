"""The router: gives waiting calls to agents and keeps everybody's state (telephony.ports.Dispatcher).

The truth is in the database; every change is one transaction and is told after its commit. One task matches
and sweeps: it wakes when something changed, when the next lease, wrap-up or relaxation step ends, and at a
steady beat in case another node changed something.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from omnichannel.errors import NoSuchAgent, NoSuchQueue
from omnichannel.people import People
from omnichannel.routing import matcher, presence
from omnichannel.routing.change import RESTARTED, Change
from omnichannel.routing.matching import Explained, Round, run_pass
from omnichannel.routing.model import LostPlace, Prefer, read_steps
from omnichannel.routing.store import MadeOffer, RoutingStore
from omnichannel.threads import Threads
from omnichannel.timeline import iso
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import (
    AgentState,
    Bus,
    CallEvent,
    CallEventKind,
    Event,
    Json,
    OfferClosed,
    OfferMade,
)
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId
from threadline.kernel.queueing import Place, QueueRequest

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 5.0
RETRY_S: Final = 1.0
POP_TIMEOUT_S: Final = 2.0  # a phone rings without its pop rather than not at all
PREFER_S: Final = 15.0


class Router:
    """`async with Router(...)` matches and sweeps until left; without it, `tick` does one round."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, people: People, threads: Threads) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._people = people
        self._threads = threads
        self._store = RoutingStore(pool)
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._explained = Explained()
        self._untold: set[ReservationId] = set()
        self._offered: set[CallId] = set()
        self._over: set[CallId] = set()
        bus.subscribe(CallEvent, self._see)
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

    async def run(self) -> None:
        """Matches and sweeps for ever; a database that is away for a while is waited for."""
        while True:
            self._wake.clear()
            try:
                deadline = await self.tick()
            except DATABASE_TROUBLE:
                log.exception("routing pass failed")
                deadline = self._clock.now() + timedelta(seconds=RETRY_S)
            await self._rest(deadline)

    def wake(self) -> None:
        """Something outside changed: skills, a queue's rules."""
        self._wake.set()

    async def tick(self) -> datetime | None:
        """One round: leases and wrap-ups that are over, then every offer possible. When the next is due."""
        async with self._turn:
            now = self._clock.now()
            await self._release_ended()
            for reservation in await self._store.leases_over(now):
                await self._expire(reservation)
            for agent in await self._store.wrap_ups_over(now):
                async with self._change() as change:
                    await change.end_wrap_up(agent)
            done = await self._match()
            if done.stale:
                self.wake()
            due = [at for at in (done.wake_at, await self._store.next_deadline()) if at is not None]
            return min(due, default=None)

    # what telephony asks

    async def join(self, request: QueueRequest) -> Place | str:
        """A place, or `full`, or `no_agents`. Idempotent by call. Raises NoSuchQueue."""
        rules = await self._store.queue_rules(request.queue)
        if rules is None:
            raise NoSuchQueue
        prefer = await self._prefer(request)
        async with self._change() as change:
            store = change.store
            await store.lock_join(request.call)
            held = await self._held(change, request)
            if held is not None:
                return held
            if rules.max_waiting is not None:
                await store.lock_queue(request.queue)
                if await store.count_waiting(request.queue) >= rules.max_waiting:
                    return "full"
            steps = read_steps(request.need, rules.need)
            if not matcher.anybody_could(steps, await store.agents_now()):
                return "no_agents"
            await store.enter_queue(request, steps, prefer, change.now)
            change.wakes = True
            return Place(await store.position(request.call) or 1)

    async def place(self, call: CallId) -> Place | None:
        position = await self._store.position(call)
        return None if position is None else Place(position)

    async def leave(self, call: CallId, reason: str) -> None:
        """The customer no longer waits; an open offer is withdrawn. A call without a place is left alone."""
        async with self._change() as change:
            await change.leave(call, reason)

    async def answered(self, reservation: ReservationId) -> bool:
        """The agent picked up. False: the offer was over already, hang up on him."""
        async with self._change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await change.connect(offer)
                return True
            return offer is not None and offer.state == "connected"

    async def missed(self, reservation: ReservationId, reason: str) -> None:
        """No answer (missed), refused (declined) or not reachable (unreachable). Idempotent."""
        async with self._change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await change.miss(offer, "missed", reason, "declined" if reason == "declined" else "missed")

    async def talk_goes_on(self, reservation: ReservationId, call: CallId) -> None:
        """The agent was joined to another call: his conversation is that one's, its former agent wraps up.

        A call that never had a place here is nobody's; then everything stays as it is.
        """
        async with self._change() as change:
            await change.carry_over(reservation, call)
        self._offered.add(call)

    async def talk_over(self, reservation: ReservationId, reason: str) -> None:
        """The conversation is over: wrap-up. Idempotent."""
        async with self._change() as change:
            talk = await change.reservation(reservation)
            if talk is not None and talk.state == "connected":
                await change.end_talk(talk, reason)

    # what people ask

    async def set_state(self, agent: AgentId, state: AgentState, reason: str | None = None) -> None:
        """A person chooses ready, away or logged out. Raises IllegalMove (a Refused), NoSuchAgent."""
        cause = presence.wish(state)
        async with self._change() as change:
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
    ) -> None:
        """Makes a queue or changes its rules. `need` is used where a flow names none."""
        await self._store.define_queue(queue, title, need or {}, ring_timeout_s, max_waiting)
        self.wake()

    async def states(self) -> list[Json]:
        """[{agent, login, name, state, reason, since, until, call}] of everyone, by login."""
        return [
            {
                "agent": str(row["id"]),
                "login": row["login"],
                "name": row["display_name"],
                "state": row["state"],
                "reason": row["reason"],
                "since": None if row["from_at"] is None else iso(row["from_at"]),
                "until": None if row["until"] is None else iso(row["until"]),
                "call": None if row["call_id"] is None else str(row["call_id"]),
            }
            for row in await self._store.states()
        ]

    async def queues(self) -> list[Json]:
        """By id: [{id, title, waiting, offered, talking, ready, longest_wait_s, max_waiting, ring_timeout_s, need}].

        `ready` counts the agents who could take a call of the queue this moment.
        """
        now = self._clock.now()
        ready = [one for one in await self._store.agents_now() if one.state is AgentState.READY]
        talking = await self._store.talking_by_queue()
        return [
            {
                "id": row["id"],
                "title": row["title"],
                "waiting": row["waiting"],
                "offered": row["offered"],
                "talking": talking.get(row["id"], 0),
                "ready": sum(matcher.meets(one.skills, row["need"]) for one in ready),
                "longest_wait_s": None if row["oldest"] is None else (now - row["oldest"]).total_seconds(),
                "max_waiting": row["max_waiting"],
                "ring_timeout_s": row["ring_timeout_s"],
                "need": row["need"],
            }
            for row in await self._store.queues()
        ]

    async def recover(self) -> list[LostPlace]:
        """After a kill, before anything else: closes what was open and tells who stood where."""
        async with self._change() as change:
            store = change.store
            await store.lock_matcher()
            places = await store.places()
            open_ones = await store.open_reservations()
            calls = {one.call for one in open_ones} | {place.call for place in places}
            await change.lock(sorted(calls), sorted(one.agent for one in open_ones))
            for one in open_ones:
                await change.free_after_restart(one)
            for place in places:
                await store.leave_queue(place.call, change.now, RESTARTED)
        if places or open_ones:
            log.info("routing recovered", extra={"places": len(places), "reservations": len(open_ones)})
        return places

    # within

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[Change]:
        """A transaction; its events are published once it has committed."""
        async with self._pool.acquire() as link, link.transaction():
            change = Change(RoutingStore(link), self._clock, self._clock.now())
            yield change
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

    async def _held(self, change: Change, request: QueueRequest) -> Place | None:
        """The place a call has already; a place in another queue is given up."""
        store = change.store
        await change.lock([request.call])
        now = await store.waiting_state(request.call)
        if now is None:
            return None
        if now.state in ("waiting", "offered") and now.queue != request.queue:
            await change.leave(request.call, "moved")
            return None
        if now.state == "connected" and await store.open_reservation(request.call) is not None:
            return Place(1)
        position = await store.position(request.call)
        return None if position is None else Place(position)

    async def _prefer(self, request: QueueRequest) -> Prefer | None:
        """`last_agent` becomes the person it means."""
        if request.prefer is None:
            return None
        named, for_s = request.prefer.get("agent"), request.prefer.get("for_s")
        agent = await self._threads.last_agent(request.thread) if named == "last_agent" else _agent(named)
        return None if agent is None else Prefer(agent, for_s if isinstance(for_s, int | float) else PREFER_S)

    def _see(self, event: CallEvent) -> None:
        """A call that ended leaves no agent behind, even if nobody says `talk_over`."""
        if event.kind is CallEventKind.ENDED and event.call in self._offered:
            self._over.add(event.call)
            self.wake()

    async def _release_ended(self) -> None:
        for call in tuple(self._over):
            async with self._change() as change:
                await change.release(call)
            self._over.discard(call)
            self._offered.discard(call)

    async def _expire(self, reservation: ReservationId) -> None:
        async with self._change() as change:
            offer = await change.reservation(reservation)
            if offer is not None and offer.state == "offered":
                await change.miss(offer, "expired", "lease_expired", "expired")
        log.warning("offer expired", extra={"reservation": str(reservation)})

    async def _match(self) -> Round:
        tell: set[ReservationId] = self._untold
        try:
            async with self._change() as change:
                done = await run_pass(change, self._explained, tell)
                self._offered.update(offer.call for offer in done.made)
            async with asyncio.TaskGroup() as pops:
                for offer in done.made:
                    pops.create_task(self._tell(offer, done.ring_timeout_s[offer.id]), name=f"pop {offer.id}")
        finally:
            self._untold.clear()
        return done

    async def _tell(self, offer: MadeOffer, ring_timeout_s: float) -> None:
        waited = (self._clock.now() - offer.entered_at).total_seconds()
        facts: Json = {"id": str(offer.call), "queue": offer.queue, **offer.caller, "wait_s": waited}
        pop = await self._pop(offer.thread, facts)
        if offer.id in self._untold:
            self._untold.discard(offer.id)
            made = OfferMade(
                offer.id, offer.call, offer.agent, offer.queue, offer.lease_until, ring_timeout_s, pop
            )
            self._bus.publish(made)

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
