"""A server in a process of its own for tests: calls come to it and its agents answer, until it is killed.

`python -m tests.integration.omnichannel.routing.node_process DSN NAME CALLS PHONES`: so many of its calls are in the
queue at a time; its phones are answered, or `mute`. It says `ready LOST` once it lives, LOST being how many places its former life left, and `talking` at each answer.
"""

import asyncio
import random
import sys

from omnichannel.people import CHEAP, People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from threadline.db.pool import Pool, open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, OfferMade
from threadline.kernel.ids import CallId, ThreadId, uuid7
from threadline.kernel.queueing import QueueRequest

TALK_S = 0.05


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201  # what the test reads


class Node:
    """Customers and phones of one server."""

    def __init__(self, pool: Pool, name: str) -> None:
        self.clock, self.bus = SystemClock(), Bus()
        people = People(pool, self.clock, cost=CHEAP)
        self.router = Router(pool, self.clock, self.bus, people, Threads(pool, self.clock, self.bus), name)
        self.mine: set[CallId] = set()
        self.offers: asyncio.Queue[OfferMade] = asyncio.Queue()
        self.bus.subscribe(OfferMade, self.offers.put_nowait)

    async def customers(self, calls: int) -> None:
        while True:
            if len(self.mine) < calls:
                call, thread = CallId(uuid7(self.clock.now())), ThreadId(uuid7(self.clock.now()))
                self.mine.add(call)
                await self.router.join(QueueRequest(call, "support", thread, 5, [], None, {}))
            await asyncio.sleep(random.random() / 50)

    async def phones(self) -> None:
        while True:
            offer = await self.offers.get()
            if offer.call in self.mine and await self.router.answered(offer.reservation):
                say("talking", offer.agent)
                await asyncio.sleep(TALK_S)
                await self.router.talk_over(offer.reservation, "customer_hung_up")
                self.mine.discard(offer.call)


async def main(dsn: str, name: str, calls: str, phones: str) -> None:
    pool = await open_pool(dsn, max_size=8)
    node = Node(pool, name)
    lost = await node.router.recover()
    async with node.router, asyncio.TaskGroup() as tasks:
        tasks.create_task(node.customers(int(calls)), name="customers")
        if phones == "answered":
            tasks.create_task(node.phones(), name="phones")
        while not await pool.fetchval("select exists (select from routing_node where id = $1)", name):
            await asyncio.sleep(0.02)
        say("ready", len(lost))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
