"""Everything that happens to a queue, in random order and much of it at once, on two servers and one real store.

Operations of a batch run at once; what the database makes of their order is the interleaving. A crash cancels a server
in the midst of its operations, as a kill does, and another of its name recovers.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from omnichannel.people import People
from omnichannel.routing.change import EXCLUDE_S
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import somebody
from tests.integration.omnichannel.support import new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import AgentState, Bus, OfferMade
from threadline.kernel.ids import AgentId, CallId, ReservationId
from threadline.kernel.queueing import Place as InLine
from threadline.kernel.queueing import QueueRequest

AGENTS, MOST_WAITING, AT_ONCE, LOOK_EVERY = 6, 12, 6, 40
QUEUES: Final = ("support", "sales")
RING_ALL: Final = "sales"
KEPT: Final = timedelta(
    minutes=40
)  # what was over before is looked at by nobody: five minutes are for who redials

WRONG: Final = {
    "an agent on two calls, or two agents on one": """
        select count(*) from reservation a join reservation b on a.id <> b.id
        and a.state in ('offered', 'connected') and b.state in ('offered', 'connected')
        and (a.agent_id = b.agent_id or a.call_id = b.call_id and a.state = 'connected')""",
    "a call connected twice": """
        select count(*) from (select call_id from reservation where connected_at is not null
        group by call_id having count(*) > 1) twice""",
    "conversations of one agent that overlap": """
        select count(*) from (select connected_at, lag(ended_at) over (partition by agent_id order by connected_at, ended_at) as before
        from reservation where connected_at is not null) s where before > connected_at""",
    "an agent in a state nothing accounts for": """
        select count(*) from agent_state s where s.to_at is null and (s.state = 'offered') <> exists
        (select from reservation r where r.agent_id = s.agent_id and r.state = 'offered')
        or s.to_at is null and (s.state = 'talking') <> (exists
        (select from reservation r where r.agent_id = s.agent_id and r.state = 'connected') or exists
        (select from talk_by_hand t where t.agent_id = s.agent_id and t.ended_at is null))""",
    "an agent who has two customers, by an offer and by hand": """
        select count(*) from talk_by_hand t join reservation r on r.agent_id = t.agent_id
        where t.ended_at is null and r.state in ('offered', 'connected')""",
    "talks by hand of one agent that overlap, or that overlap what an offer gave him": """
        select count(*) from talk_by_hand t where exists (select from talk_by_hand o where o.agent_id = t.agent_id and o.id < t.id
        and coalesce(o.ended_at, 'infinity') > t.began_at) or exists (select from reservation r where r.agent_id = t.agent_id
        and r.connected_at < coalesce(t.ended_at, 'infinity') and coalesce(r.ended_at, 'infinity') > t.began_at)""",
    "an offered place without an offer, or the reverse": """
        select count(*) from waiting w where (w.state = 'offered') <> exists
        (select from reservation r where r.call_id = w.call_id and r.state = 'offered')""",
    "gaps between states": """
        select count(*) from (select to_at, lead(from_at) over (partition by agent_id order by id) as next_at
        from agent_state) s where next_at is distinct from to_at""",
    "places the ledger does not account for": """
        select count(*) from waiting w join lateral (select count(*) filter (where kind = 'entered') as came,
        count(*) filter (where kind in ('answered', 'left', 'moved')) as went from queue_event e where e.call_id = w.call_id) l on true
        where l.came - l.went <> (w.state in ('waiting', 'offered'))::int or l.came = 0""",
}


PUT_AWAY: Final = """
    with over as (
        delete from waiting w where w.left_at < $1 and w.state in ('left', 'connected') and not exists
        (select from reservation r where r.call_id = w.call_id and r.state in ('offered', 'connected')) returning call_id
    ), offers as (delete from reservation where call_id in (select call_id from over)),
    by_hand as (delete from talk_by_hand where ended_at < $1),
    told as (delete from routing_decision where call_id in (select call_id from over)),
    states as (delete from agent_state where to_at < $1),
    ledger as (delete from queue_event where call_id in (select call_id from over) returning kind)
    select kind, count(*) as n from ledger group by kind"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens."""

    pool: Pool
    bus: Bus
    clock: VirtualClock
    people: People
    threads: Threads

    def server(self, name: str) -> Router:
        return Router(self.pool, self.clock, self.bus, self.people, self.threads, name)


class Chaos:
    """Two servers, and what the telephony of each knows to be true."""

    def __init__(self, place: Place, agents: list[AgentId], seed: int) -> None:
        self.pool = place.pool
        self.make = place.server
        self.clock = place.clock
        self.agents = agents
        self.dice = random.Random(seed)
        self.ledger: Counter[str] = Counter()  # of calls that were put away
        self.nodes = {name: self.make(name) for name in ("a", "b")}
        self.alive: dict[CallId, str] = {}  # calls whose customers are on a line, and on which server
        self.offers: dict[ReservationId, OfferMade] = {}
        self.talks: dict[ReservationId, OfferMade] = {}
        self.by_hand: dict[
            AgentId, dict[CallId, str]
        ] = {}  # what may have been handed to each, and on which server
        self.answered: set[CallId] = set()
        self.joined: set[CallId] = set()
        self.count: Counter[str] = Counter()
        self.unsure: Counter[CallId] = Counter()  # how much is done to them that has not come back
        self.every_offer: dict[ReservationId, OfferMade] = {}
        place.bus.subscribe(OfferMade, self.hear)

    def hear(self, event: OfferMade) -> None:
        self.offers[event.reservation] = self.every_offer[event.reservation] = event

    def pick(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        """(the server that does it, what)"""
        node = self.dice.choice(sorted(self.nodes))
        chances: list[tuple[int, Callable[[str], Callable[[], Awaitable[None]] | None]]] = [
            (5, self.arrival), (5, self.ready), (1, self.leaving), (6, self.answer), (2, self.miss), (2, self.hang_up),
            (5, self.talk_over), (2, self.hand_over), (3, self.end_by_hand), (5, self.tick),
        ]  # fmt: skip
        kind = self.dice.choices([one for _, one in chances], [weight for weight, _ in chances])[0]
        return node, kind(node) or self.tick(node)

    def arrival(self, node: str) -> Callable[[], Awaitable[None]] | None:
        if len(self.alive) >= MOST_WAITING:
            return None
        call, queue = new_call(), self.dice.choice(QUEUES)
        request = QueueRequest(call, queue, somebody(), self.dice.choice([3, 5]), [], None, {})

        async def join() -> None:
            self.alive[call] = node
            if isinstance(await self.nodes[node].join(request), InLine):
                self.joined.add(call)
            else:
                self.alive.pop(call, None)

        return join

    def ready(self, node: str) -> Callable[[], Awaitable[None]]:
        return self.state(node, AgentState.READY)

    def leaving(self, node: str) -> Callable[[], Awaitable[None]]:
        return self.state(node, self.dice.choice([AgentState.AWAY, AgentState.LOGGED_OUT]))

    def state(self, node: str, state: AgentState) -> Callable[[], Awaitable[None]]:
        agent = self.dice.choice(self.agents)

        async def change() -> None:
            try:
                await self.nodes[node].set_state(agent, state)
            except ThreadlineError:
                self.count["refused"] += 1

        return change

    def answer(self, node: str) -> Callable[[], Awaitable[None]] | None:
        offer = self.an_offer()

        async def pick_up() -> None:
            assert offer is not None
            self.unsure[offer.call] += 1
            if await self.nodes[node].answered(offer.reservation):
                busy = {talk.agent for talk in self.talks.values()} - {offer.agent}
                assert offer.call not in self.answered or offer.reservation in self.talks
                assert len(busy) == len([one for one in self.talks.values() if one.agent != offer.agent])
                self.answered.add(offer.call)
                self.talks[offer.reservation] = offer
            self.offers.pop(offer.reservation, None)
            self.unsure[offer.call] -= 1

        return None if offer is None else pick_up

    def miss(self, node: str) -> Callable[[], Awaitable[None]] | None:
        offer = self.an_offer()

        async def no_answer() -> None:
            assert offer is not None
            await self.nodes[node].missed(offer.reservation, "missed")
            self.offers.pop(offer.reservation, None)

        return None if offer is None else no_answer

    def an_offer(self) -> OfferMade | None:
        return self.dice.choice([*self.offers.values()]) if self.offers else None

    def hang_up(self, node: str) -> Callable[[], Awaitable[None]] | None:
        talking = {talk.call for talk in self.talks.values()}
        waiting = [call for call in self.alive if call not in talking]
        if not waiting:
            return None
        call = self.dice.choice(waiting)

        async def leave() -> None:
            self.unsure[call] += 1
            await self.nodes[node].leave(call, "customer_hung_up")
            if self.unsure[call] > 1:
                return  # somebody answers her this moment: whose came first is found out
            if call not in self.answered:
                self.alive.pop(call, None)
            self.unsure[call] -= 1

        return leave

    def talk_over(self, node: str) -> Callable[[], Awaitable[None]] | None:
        if not self.talks:
            return None
        talk = self.dice.choice([*self.talks.values()])

        async def over() -> None:
            self.unsure[talk.call] += 1
            await self.nodes[node].talk_over(talk.reservation, "customer_hung_up")
            self.talks.pop(talk.reservation, None)
            self.alive.pop(talk.call, None)
            self.unsure[talk.call] -= 1

        return over

    def hand_over(self, node: str) -> Callable[[], Awaitable[None]]:
        """Somebody has a customer whom no offer gave him, whatever he was doing."""
        agent, call, queue = self.dice.choice(self.agents), new_call(), self.dice.choice([*QUEUES, None])

        async def take() -> None:
            self.by_hand.setdefault(agent, {})[call] = node
            await self.nodes[node].by_hand.begin(call, agent, queue)

        return take

    def end_by_hand(self, node: str) -> Callable[[], Awaitable[None]] | None:
        agent = self.dice.choice(self.agents)
        calls = dict(self.by_hand.get(agent, {}))

        async def over() -> None:
            for call, where in calls.items():
                await self.nodes[where].by_hand.end(call, agent, "talk_over")
                self.by_hand[agent].pop(call, None)

        return over if calls else None

    def tick(self, node: str) -> Callable[[], Awaitable[None]]:
        async def round_() -> None:
            await self.nodes[node].tick()

        return round_

    async def batch(self) -> None:
        """Several things at once; now and then one server is killed amid them."""
        todo = [self.pick() for _ in range(self.dice.randint(1, AT_ONCE))]
        victim = self.dice.choice(["a", "b"]) if self.dice.random() < 0.03 else None
        doomed = []
        async with asyncio.TaskGroup() as tasks:
            for number, (node, what) in enumerate(todo):
                task = tasks.create_task(_as_coroutine(what), name=f"operation {number}")
                if node == victim:
                    doomed.append(task)
            for _ in range(self.dice.randrange(40) if victim else 0):
                await asyncio.sleep(0)
            for task in doomed:
                task.cancel()
        self.count["operations"] += len(todo)
        self.clock.advance(self.dice.choice([0.0, 0.1, 1.0, 5.0, 30.0]))
        if victim is not None:
            await self.restart(victim)
        for call in [call for call, count in self.unsure.items() if count]:
            await self.find_out(call)
        self.unsure.clear()

    async def restart(self, node: str) -> None:
        """Its calls ended with it; it comes back under its name."""
        self.count["crashes"] += 1
        self.nodes[node] = self.make(node)
        await self.nodes[node].recover()
        gone = {call for call, where in self.alive.items() if where == node}
        self.alive = {call: where for call, where in self.alive.items() if call not in gone}
        self.talks = {key: talk for key, talk in self.talks.items() if talk.call not in gone}
        self.offers = {key: offer for key, offer in self.offers.items() if offer.call not in gone}

    async def find_out(self, call: CallId) -> None:
        """What became of a call while the answer was on its way to a server that is gone, or two things crossed."""
        row = await self.pool.fetchrow(
            """select w.state, r.id, exists (select from reservation c where c.call_id = w.call_id and c.connected_at is not null)
               as was_answered from waiting w left join reservation r on r.call_id = w.call_id and r.state = 'connected'
               where w.call_id = $1""",
            call,
        )  # fmt: skip
        assert row is not None
        if row["was_answered"]:
            self.answered.add(call)
        for key in [key for key, talk in self.talks.items() if talk.call == call]:
            del self.talks[key]
        if row["id"] is not None and call in self.alive:
            self.talks[row["id"]] = self.every_offer[row["id"]]
        elif row["state"] not in ("waiting", "offered"):
            self.alive.pop(call, None)

    async def look(self) -> None:
        """Whether all is as it must be."""
        for what, question in WRONG.items():
            assert await self.pool.fetchval(question) == 0, what
        for row in await self.pool.fetch("select agent_id, call_id from talk_by_hand where ended_at is null"):
            assert row["call_id"] in self.by_hand[AgentId(row["agent_id"])], (
                "he has a customer nobody gave him"
            )
        waiting = {
            CallId(row["call_id"])
            for row in await self.pool.fetch(
                "select call_id from waiting where state in ('waiting', 'offered') or state = 'connected' and exists"
                " (select from reservation r where r.call_id = waiting.call_id and r.state = 'connected')"
            )
        }
        assert waiting == set(self.alive), "who is on a line has a place or an agent, and nobody else"

    async def put_away(self) -> None:
        """What is long over and was right, so that the millionth operation is as quick as the first."""
        for row in await self.pool.fetch(PUT_AWAY, self.clock.now() - KEPT):
            self.ledger[row["kind"]] += row["n"]
        self.every_offer = {key: one for key, one in self.every_offer.items() if one.call in self.alive}

    async def counts(self) -> Counter[str]:
        """The whole ledger by kind."""
        rows = await self.pool.fetch("select kind, count(*) as n from queue_event group by kind")
        return self.ledger + Counter({row["kind"]: row["n"] for row in rows})

    async def settle(self) -> None:
        """Everybody is ready and answers: whoever waits is served in the end."""
        router = self.nodes["a"]
        for agent, calls in self.by_hand.items():
            for call in calls:
                await router.by_hand.end(call, agent, "talk_over")
        for _ in range(400):
            for agent in self.agents:
                try:
                    await router.set_state(agent, AgentState.READY)
                except ThreadlineError:
                    self.count["refused"] += 1
            await router.tick()
            for offer in [*self.offers.values()]:
                if await router.answered(offer.reservation):
                    self.talks[offer.reservation] = offer
                    self.answered.add(offer.call)
            self.offers.clear()
            for talk in [*self.talks.values()]:
                await router.talk_over(talk.reservation, "customer_hung_up")
                self.alive.pop(talk.call, None)
            self.talks.clear()
            self.clock.advance(EXCLUDE_S)
            if not self.alive:
                return
        raise AssertionError(f"{len(self.alive)} calls are never served")


async def _as_coroutine(what: Callable[[], Awaitable[None]]) -> None:
    await what()


async def rage(place: Place, operations: int, seed: int) -> Counter[str]:
    """So many operations; {operations, crashes, refused, and the ledger's kinds}. Raises AssertionError."""
    router = place.server("a")
    for queue in QUEUES:
        await router.define_queue(queue, queue.title(), need={queue: 1}, ring_timeout_s=20,
                                  strategy="ring_all" if queue == RING_ALL else "least_occupied",
                                  ring_at_most=3)  # fmt: skip
    agents = [
        await place.people.add(f"a{number}", None, role="agent", display_name=f"A{number}", wrap_up_s=number % 3,
                               skills={QUEUES[0]: 3, QUEUES[1]: 3} if number % 2 else {QUEUES[number % 4 // 2]: 3})
        for number in range(AGENTS)
    ]  # fmt: skip
    chaos = Chaos(place, agents, seed)
    for agent in agents:
        await router.set_state(agent, AgentState.READY)
    batches = 0
    while chaos.count["operations"] < operations:
        await chaos.batch()
        batches += 1
        if batches % LOOK_EVERY == 0:
            await chaos.look()
            await chaos.put_away()
    await chaos.look()
    await chaos.settle()
    await chaos.look()
    assert await chaos.pool.fetchval("select count(*) from talk_by_hand where ended_at is null") == 0
    counted = await chaos.counts()
    assert counted["answered"] == len(chaos.answered), (counted["answered"], len(chaos.answered))
    assert counted["entered"] == counted["answered"] + counted["left"] + counted["moved"]
    assert len(chaos.joined) <= counted["entered"]
    return chaos.count + counted
