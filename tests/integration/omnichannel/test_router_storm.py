"""Thousands of things at once: never two agents on a call nor one agent on two, and no call lost."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from omnichannel.people import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.errors import Refused
from threadline.kernel.events import AgentState, Bus, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId
from threadline.kernel.queueing import Place, QueueRequest

pytestmark = pytest.mark.integration

AGENTS = 8
CUSTOMERS = 24
CALLS_EACH = 25

OVERLAPS = """
select count(*) from reservation a join reservation b
    on a.id < b.id and (a.agent_id = b.agent_id or a.call_id = b.call_id)
   and tstzrange(a.offered_at, coalesce(a.ended_at, 'infinity')) && tstzrange(b.offered_at, coalesce(b.ended_at, 'infinity'))
   and a.state <> 'withdrawn' and b.state <> 'withdrawn'
"""
GAPS = """
select count(*) from (
    select to_at, lead(from_at) over (partition by agent_id order by id) as next_at from agent_state
) s where next_at is distinct from to_at
"""
STUCK = """
select count(*) from agent_state s where s.to_at is null and s.state in ('offered', 'talking')
   and not exists (select from reservation r where r.agent_id = s.agent_id and r.state in ('offered', 'connected'))
"""
DOUBLE_CONNECTS = """
select count(*) from (select call_id from reservation where connected_at is not null group by call_id having count(*) > 1) twice
"""


class Storm:
    """Customers, agents and a telephony side that does everything in a random order, some of it twice."""

    def __init__(self, router: Router, bus: Bus, thread: ThreadId, seed: int) -> None:
        self.router = router
        self.thread = thread
        self.random = random.Random(seed)
        self.done: dict[CallId, asyncio.Event] = {}
        self.ends: Counter[str] = Counter()
        self.talking: dict[AgentId, CallId] = {}
        self.offers: asyncio.Queue[OfferMade] = asyncio.Queue()
        self.closed: set[ReservationId] = set()
        bus.subscribe(OfferMade, self.offers.put_nowait)
        bus.subscribe(OfferClosed, lambda event: self.closed.add(event.reservation))

    async def customer(self) -> None:
        for _ in range(CALLS_EACH):
            call = new_call()
            over = self.done[call] = asyncio.Event()
            request = QueueRequest(call, "support", self.thread, self.random.choice([2, 5, 5]), [], None, {})
            joins = await asyncio.gather(
                *(self.router.join(request) for _ in range(self.random.choice([1, 1, 2])))
            )
            assert all(isinstance(place, Place) for place in joins), joins
            if self.random.random() < 0.25:
                await self.yield_some()
                await self.router.leave(call, "abandoned")
                if await self.connected_or_gone(call):
                    self.ends["abandoned"] += 1
                    continue
            await over.wait()
            self.ends["served"] += 1

    async def connected_or_gone(self, call: CallId) -> bool:
        """True once the call has left; a call whose agent was quicker goes on to be served."""
        state = await self.router._pool.fetchval("select state from waiting where call_id = $1", call)
        return bool(state == "left")

    async def telephony(self) -> None:
        while True:
            offer = await self.offers.get()
            await self.yield_some()
            chance = self.random.random()
            if chance < 0.15:
                await self.router.missed(
                    offer.reservation, self.random.choice(["missed", "declined", "unreachable"])
                )
            elif chance < 0.2:
                await asyncio.gather(self.router.missed(offer.reservation, "missed"), self.talk(offer))
            else:
                await self.talk(offer)

    async def talk(self, offer: OfferMade) -> None:
        answers = await asyncio.gather(
            *(self.router.answered(offer.reservation) for _ in range(self.random.choice([1, 2])))
        )
        assert len(set(answers)) == 1
        if not answers[0]:
            return
        assert offer.agent not in self.talking, "an agent on two calls"
        assert offer.call not in self.talking.values(), "two agents on a call"
        self.talking[offer.agent] = offer.call
        await self.yield_some()
        del self.talking[offer.agent]
        await asyncio.gather(
            *(self.router.talk_over(offer.reservation, "hung_up") for _ in range(self.random.choice([1, 2])))
        )
        self.done[offer.call].set()

    async def floor(self, agents: list[AgentId]) -> None:
        """Agents come back from a miss, take breaks, and try what they may not."""
        while True:
            agent = self.random.choice(agents)
            wish = self.random.choice([AgentState.READY, AgentState.READY, AgentState.READY, AgentState.AWAY])
            try:
                await self.router.set_state(agent, wish)
            except Refused:
                self.ends["refused"] += 1
            await self.yield_some()

    async def yield_some(self) -> None:
        for _ in range(self.random.randrange(12)):
            await asyncio.sleep(0)


@pytest.mark.parametrize(("seed", "nodes"), [(1, 1), (2, 1), (3, 2)])
async def test_a_storm_connects_nobody_twice_and_loses_nobody(
    pool: Pool,
    bus: Bus,
    people: People,
    threads: Threads,
    seed: int,
    nodes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("omnichannel.routing.change.EXCLUDE_S", 0.05)
    agents = [
        await people.add(f"a{n}", None, role="agent", display_name=f"A{n}", wrap_up_s=0)
        for n in range(AGENTS)
    ]
    caller = await threads.call_arrived(new_call(), "+84912345678", "x", "1900", "VN", NOON, "Lan")
    async with AsyncExitStack() as floor:
        routers = [Router(pool, SystemClock(), bus, people, threads) for _ in range(nodes)]
        for router in routers:
            await floor.enter_async_context(router)
        await router.define_queue("support", "Support")
        for agent in agents:
            await router.set_state(agent, AgentState.READY)
        storm = Storm(router, bus, caller.thread, seed)
        async with asyncio.timeout(120), asyncio.TaskGroup() as background:
            busy = [background.create_task(storm.telephony(), name=f"telephony {n}") for n in range(AGENTS)]
            busy.append(background.create_task(storm.floor(agents), name="floor"))
            async with asyncio.TaskGroup() as customers:
                for number in range(CUSTOMERS):
                    customers.create_task(storm.customer(), name=f"customer {number}")
            for task in busy:
                task.cancel()
    assert storm.ends["served"] + storm.ends["abandoned"] == CUSTOMERS * CALLS_EACH
    assert storm.ends["abandoned"] > 0
    assert await pool.fetchval("select count(*) from waiting where state in ('waiting', 'offered')") == 0
    for what in (OVERLAPS, GAPS, STUCK, DOUBLE_CONNECTS):
        assert await pool.fetchval(what) == 0, what
