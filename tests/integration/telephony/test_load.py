"""The server as a process of its own under load by SIPp: nobody is refused, nothing is sent twice, all is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.telephony.stage import MENU, an_office, know_trunk, until
from tests.support import scenarios
from tests.support.audio import Sound, find
from tests.support.databases import fresh_database
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from tests.support.rtp import RtpPeer
from tests.support.scenarios import Sdp, Who
from tests.support.server import ThreadlineServer
from tests.support.sipp import Load, Sipp, run_sipp
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.pool import Pool, open_pool

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

SERVICE = "service"  # what SIPp dials when nobody tells it otherwise
PER_SECOND, SECONDS = 50, 10
LISTENERS, OTHERS = 4, 96
WAIT_MS = "16000"  # each caller's stay: all have come after 2.4 s, and the listeners soon after
USUAL_PORTS = (10000, 19999)  # a port rests after a call, so a few hundred are not enough


@dataclass(frozen=True)
class Place:
    """A server with a small menu behind two numbers, to which SIPp is a trunk known by its address."""

    server: ThreadlineServer
    dsn: str
    prompt: Sound


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    async with fresh_database(postgres) as dsn:
        await know_trunk(dsn, LOOPBACK)
        async with an_office(folder, dsn) as office:
            await office.open(MENU)
            await office.publish(MENU, number=SERVICE)
            prompt = await office.prompt("For support, press 3. To hear how we are, press 4.")
        made = ThreadlineServer(folder / "data", environment={"THREADLINE_DATABASE_URL": dsn})
        made.rtp_ports = USUAL_PORTS
        async with made as server:
            yield Place(server, dsn, prompt)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(place: Place) -> AsyncIterator[Pool]:
    """On the server's database, where the calls of the test before are closed."""
    opened = await open_pool(place.dsn, max_size=2)
    yield opened
    await opened.close()


async def all_are_closed(pool: Pool, count: int) -> None:
    async def is_so() -> bool:
        closed: int = await pool.fetchval("select count(*) from call where closed_at is not null")
        return closed == count

    await until(is_so, "every call is closed")


async def test_fifty_calls_a_second(place: Place, tmp_path: Path, pool: Pool) -> None:
    load = Load(calls=PER_SECOND * SECONDS, per_second=PER_SECOND)
    calls = load.calls + await pool.fetchval("select count(*) from call")
    done = await run_sipp(tmp_path, "uac", place.server.sip_address, load, service=SERVICE, timeout_s=180)
    assert (done.successful, done.failed, done.retransmissions) == (load.calls, 0, 0), done.errors[:2000]
    assert done.is_clean
    await all_are_closed(pool, calls)
    ends = await pool.fetch("select result, reason, count(*) as n from call group by result, reason")
    assert [tuple(row) for row in ends] == [("left_in_menu", "customer_hung_up", calls)]
    told = await pool.fetchval("select count(*) from call_event where kind = 'call.ended'")
    assert told == calls
    threads = await pool.fetchval("select count(*) from session where outcome = 'left_in_menu'")
    assert threads == calls


async def test_a_hundred_callers_in_the_menu_and_each_sample_hears_the_prompt_whole(
    place: Place, tmp_path: Path, pool: Pool
) -> None:
    target = place.server.sip_address
    waiting = Sipp(tmp_path, "uac", target, Load(OTHERS, 40), SERVICE, timeout_s=120, options=("-d", WAIT_MS))
    before: int = await pool.fetchval("select count(*) from call")

    async def up(count: int) -> bool:
        found: int = await pool.fetchval("select count(*) from call_event where kind = 'call.answered'")
        return found == before + count

    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(waiting)
        await until(lambda: up(OTHERS), "the menu is full")
        listeners = [await stack.enter_async_context(RtpPeer()) for _ in range(LISTENERS)]
        async with asyncio.TaskGroup() as calls:
            for number, ear in enumerate(listeners):
                calls.create_task(listen(tmp_path, place, ear, number), name=f"listener {number}")
            await until(lambda: up(OTHERS + LISTENERS), "a hundred are in the menu")
            over = await pool.fetchval("select count(*) from call_event where kind = 'call.ended'")
            assert over == before, "all hundred are there at once"
        done = await crowd.outcome()
    assert (done.successful, done.failed, done.retransmissions) == (OTHERS, 0, 0), done.errors[:2000]
    await all_are_closed(pool, before + OTHERS + LISTENERS)


async def listen(folder: Path, place: Place, ear: RtpPeer, number: int) -> None:
    """A call whose sound goes to `ear`, which must hear the prompt from its first sample to its last."""
    who = Who(f"+8490123450{number}")
    xml = scenarios.caller(who, [scenarios.pause(9000)], sdp=Sdp(port=str(ear.port)))
    done = await run_sipp(folder, xml, place.server.sip_address, service=HOTLINE, timeout_s=90)
    assert done.is_clean, done.errors
    assert find(place.prompt, ear.heard()).score > 0.99, f"listener {number} missed something of the prompt"
