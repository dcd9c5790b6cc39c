"""The server as a process of its own under load by SIPp: nobody is refused, nothing is sent twice, all is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.integration.telephony.stage import MENU, an_office, know_trunk, until
from tests.support import scenarios
from tests.support.audio import Sound, find
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from tests.support.rtp import RtpPeer
from tests.support.scenarios import Sdp, Who
from tests.support.server import ThreadlineServer
from tests.support.sipp import Load, Sipp, run_sipp
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration

SERVICE = "service"  # what SIPp dials when nobody tells it otherwise
PER_SECOND, SECONDS = 50, 30
LISTENERS, OTHERS = 4, 96


@pytest.fixture
async def prompt(tmp_path: Path, dsn: str) -> Sound:
    """A server was here and left a small menu behind two numbers, and SIPp known as a trunk by its address."""
    await know_trunk(dsn, LOOPBACK)
    async with an_office(tmp_path, dsn) as office:
        await office.open(MENU)
        await office.publish(MENU, number=SERVICE)
        return await office.prompt("For support, press 3. To hear how we are, press 4.")


@pytest.fixture
async def server(tmp_path: Path, dsn: str, prompt: Sound) -> AsyncIterator[ThreadlineServer]:
    environment = {"THREADLINE_DATABASE_URL": dsn}
    made = ThreadlineServer(tmp_path / "data", environment=environment)
    made.rtp_ports = (
        10000,
        19999,
    )  # the usual ones: a port rests after a call, so a few hundred are not enough
    async with made as running:
        yield running


async def test_fifty_calls_a_second_for_half_a_minute(
    server: ThreadlineServer, tmp_path: Path, pool: Pool
) -> None:
    load = Load(calls=PER_SECOND * SECONDS, per_second=PER_SECOND)
    done = await run_sipp(tmp_path, "uac", server.sip_address, load, service=SERVICE, timeout_s=180)
    assert (done.successful, done.failed, done.retransmissions) == (load.calls, 0, 0), done.errors[:2000]
    assert done.is_clean

    async def all_closed() -> bool:
        closed: int = await pool.fetchval("select count(*) from call where closed_at is not null")
        return closed == load.calls

    await until(all_closed, "every call is closed")
    ends = await pool.fetch("select result, reason, count(*) as n from call group by result, reason")
    assert [tuple(row) for row in ends] == [("left_in_menu", "customer_hung_up", load.calls)]
    told = await pool.fetchval("select count(*) from call_event where kind = 'call.ended'")
    assert told == load.calls
    threads = await pool.fetchval("select count(*) from session where outcome = 'left_in_menu'")
    assert threads == load.calls


async def test_a_hundred_callers_in_the_menu_and_each_sample_hears_the_prompt_whole(
    server: ThreadlineServer, tmp_path: Path, pool: Pool, prompt: Sound
) -> None:
    waiting = Sipp(
        tmp_path, "uac", server.sip_address, Load(OTHERS, 40), SERVICE, timeout_s=120, options=("-d", "25000")
    )

    async def up(count: int) -> bool:
        found: int = await pool.fetchval("select count(*) from call_event where kind = 'call.answered'")
        return found == count

    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(waiting)
        await until(lambda: up(OTHERS), "the menu is full")
        listeners = [await stack.enter_async_context(RtpPeer()) for _ in range(LISTENERS)]
        async with asyncio.TaskGroup() as calls:
            for number, ear in enumerate(listeners):
                calls.create_task(listen(tmp_path, server, ear, prompt, number), name=f"listener {number}")
            await until(lambda: up(OTHERS + LISTENERS), "a hundred are in the menu")
            over = await pool.fetchval("select count(*) from call_event where kind = 'call.ended'")
            assert over == 0, "all hundred are there at once"
        done = await crowd.outcome()
    assert (done.successful, done.failed, done.retransmissions) == (OTHERS, 0, 0), done.errors[:2000]


async def listen(folder: Path, server: ThreadlineServer, ear: RtpPeer, prompt: Sound, number: int) -> None:
    """A call whose sound goes to `ear`, which must hear the prompt from its first sample to its last."""
    who = Who(f"+8490123450{number}")
    xml = scenarios.caller(who, [scenarios.pause(9000)], sdp=Sdp(port=str(ear.port)))
    done = await run_sipp(folder, xml, server.sip_address, service=HOTLINE, timeout_s=90)
    assert done.is_clean, done.errors
    assert find(prompt, ear.heard()).score > 0.99, f"listener {number} missed something of the prompt"
