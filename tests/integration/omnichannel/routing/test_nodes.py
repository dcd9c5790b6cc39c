"""Several servers on one database, and one that is killed: real processes, real SIGKILL."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from omnichannel.people import CHEAP, People
from omnichannel.routing.callbacks.service import Wish
from omnichannel.routing.service import Router
from omnichannel.routing.store import RoutingStore
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import somebody
from tests.integration.omnichannel.support import News, new_call
from tests.support.program import PYTHON, Program
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState, AgentStateChanged, Bus, OfferMade
from threadline.kernel.ids import AgentId, CallId
from threadline.kernel.queueing import QueueRequest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[4]
KILLS = int(os.environ.get("THREADLINE_KILLS", "4"))
HANGS_AFTER_S = 240.0 + 10 * KILLS
PATIENCE_S = 60.0


def node(dsn: str, name: str, calls: int, phones: str = "answered") -> Program:
    module = "tests.integration.omnichannel.routing.node_process"
    return Program(PYTHON, "-m", module, dsn, name, str(calls), phones, cwd=ROOT, name=name)


class Here:
    """The server in the test's own process."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.clock, self.bus = pool, SystemClock(), Bus()
        self.news = News(self.bus)
        self.people = People(pool, self.clock, cost=CHEAP)
        self.router = Router(
            pool, self.clock, self.bus, self.people, Threads(pool, self.clock, self.bus), "here"
        )

    async def hire(self, login: str, state: AgentState) -> AgentId:
        agent = await self.people.add(
            login, None, role="agent", display_name=login, skills={"support": 3}, wrap_up_s=0
        )
        await self.router.set_state(agent, state)
        return agent

    async def join(self) -> CallId:
        call = new_call()
        await self.router.join(QueueRequest(call, "support", somebody(), 5, [], None, {}))
        return call

    async def state(self, agent: AgentId) -> str:
        return next(str(one["state"]) for one in await self.router.states() if one["agent"] == str(agent))

    async def order(self) -> list[CallId]:
        """Who waits and is not of the server that is killed, in the order of the queue."""
        rows = await self.pool.fetch(
            """select call_id from waiting where state in ('waiting', 'offered') and node is distinct from 'there'
               order by turn(entered_at, priority), call_id"""
        )
        return [CallId(row["call_id"]) for row in rows]


async def until(fact: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await fact():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


async def test_a_killed_servers_agents_are_taken_over_and_serve_the_others_callers(
    pool: Pool, dsn: str
) -> None:
    here = Here(pool)
    await here.router.define_queue("support", "Support", need={"support": 1})
    agent = await here.hire("an", AgentState.AWAY)
    async with here.router, node(dsn, "there", 1, "mute") as there:
        await there.line("ready", timeout_s=PATIENCE_S)

        async def waits_there() -> bool:
            return bool(
                await pool.fetchval("select count(*) from waiting where node = 'there' and state = 'waiting'")
            )

        await until(waits_there, "a customer waits at the other server")
        await here.router.set_state(agent, AgentState.READY)

        async def is_offered() -> bool:
            return await here.state(agent) == "offered"

        await until(is_offered, "the server here matches for the other's caller")
        mine = await here.join()
        there.send(signal.SIGKILL)
        killed_at = here.clock.now()
        await until(lambda: _offered(here, mine), "the caller here is offered to the agent the other had")
        print(f"taken over after {(here.clock.now() - killed_at).total_seconds():.2f} s")  # noqa: T201
        assert (
            await pool.fetchval("select left_reason from waiting where node = 'there'") == "server_restarted"
        )
        assert await pool.fetch("select id from routing_node where id = 'there'") == []


async def _offered(here: Here, call: CallId) -> bool:
    return any(offer.call == call for offer in here.news.of(OfferMade))


async def test_a_server_that_hangs_amid_matching_keeps_nobody_else_from_it(pool: Pool) -> None:
    here = Here(pool)
    await here.router.define_queue("support", "Support", need={"support": 1})
    await here.hire("an", AgentState.READY)
    async with pool.acquire() as link:
        transaction = link.transaction()
        await transaction.start()
        await RoutingStore(link).lock_matcher()  # and then nothing more
        mine = await here.join()
        await here.router.tick()
        assert here.news.of(OfferMade)[-1].call == mine


async def test_what_one_server_does_the_pages_of_another_hear(pool: Pool, dsn: str) -> None:
    here = Here(pool)
    await here.router.define_queue("support", "Support", need={"support": 1})
    agent = await here.hire("an", AgentState.AWAY)
    async with here.router, node(dsn, "there", 1) as there:
        await there.line("ready", timeout_s=PATIENCE_S)
        await here.router.set_state(agent, AgentState.READY)
        await there.line(f"talking {agent}", timeout_s=PATIENCE_S)

        async def is_told() -> bool:
            states = [one.state.value for one in here.news.of(AgentStateChanged)]
            return "talking" in states and bool(here.news.of(OfferMade))

        await until(is_told, "the offer and the conversation are told here, too")


async def test_kill_at_any_moment_leaves_the_order_of_the_queue_as_it_was(pool: Pool, dsn: str) -> None:
    """Callers of the other server, callbacks and tickets yet to come; the killed server's own calls end, each once."""
    here = Here(pool)
    await here.router.define_queue("support", "Support", need={"support": 1})
    await here.hire("an", AgentState.AWAY)
    for number in range(6):
        call = await here.join()
        if number % 2:
            wish = Wish(call, None, f"+8490123456{number}", None, "1900", True, None, 3, 300, 3600)
            await here.router.callbacks.add(wish)
    later = (here.clock.now() + timedelta(hours=1), here.clock.now() + timedelta(hours=2))
    await here.router.callbacks.add(
        Wish(new_call(), "support", "+84901234599", None, "1900", False, later, 3, 300, 9000)
    )
    before = await here.order()
    assert len(before) == 6
    for _ in range(KILLS):
        async with node(dsn, "there", 8) as there:
            await there.line("ready", timeout_s=PATIENCE_S)
            await asyncio.sleep(random.random() / 2)  # the moment of the kill is what varies
            there.send(signal.SIGKILL)
            await there.ended(timeout_s=PATIENCE_S)
        assert await here.order() == before
    await here.router.recover()
    again = Router(pool, here.clock, here.bus, here.people, Threads(pool, here.clock, here.bus), "there")
    await again.recover()
    lost = await pool.fetch(
        "select state, left_reason, count(*) from waiting where node = 'there' group by 1, 2"
    )
    assert {(row["state"], row["left_reason"]) for row in lost} <= {("left", "server_restarted")}
    assert len(await here.router.callbacks.open_tickets()) == 4
    assert await pool.fetchval("select count(*) from callback_ticket where state = 'scheduled'") == 1


async def test_a_name_is_one_servers_only(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    first, second = Here(pool), Here(pool)
    async with first.router:
        await until(lambda: _lives(pool), "the first holds the name")
        async with second.router:

            async def is_refused() -> bool:
                return "another server has this name" in caplog.text

            await until(is_refused, "the second is told")


async def _lives(pool: Pool) -> bool:
    return bool(await pool.fetchval("select exists (select from routing_node)"))


async def test_after_a_long_absence_nobody_counts_as_ready(pool: Pool) -> None:
    here = Here(pool)
    agent = await here.hire("an", AgentState.READY)
    await pool.execute(
        "insert into routing_node values ('here', 1, now() - interval '1 hour', now() - interval '200 s')"
    )
    await here.router.recover()
    assert await here.state(agent) == "ready"
    await pool.execute("update routing_node set seen_at = now() - interval '400 s'")
    await here.router.recover()
    assert await here.state(agent) == "away"
