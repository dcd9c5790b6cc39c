"""When parts of the server fail under a call: what ends, what goes on, and what is told of it."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from omnichannel.errors import NoSuchQueue
from telephony import controller
from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    MENU,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    an_office,
    hears,
    kinds,
    know_trunk,
    likeness,
    of_kind,
    outcome,
    steps_of,
    until,
)
from tests.support.audio import read_wav, warble
from tests.support.house import HOTLINE, settings_for
from tests.support.ports import LOOPBACK
from tests.support.sipp import run_sipp
from threadline.compose import running
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import RecordingId

pytestmark = pytest.mark.integration


# --- the media engine ---------------------------------------------------------------------------


async def test_a_media_engine_that_is_killed_ends_its_calls_and_the_next_call_works(office: Office) -> None:
    await office.open(RECORDED_DESK, record=True)
    an = await office.hire("an", "101", wrap_up_s=0)
    await office.ready(an)
    async with office.desk("101", says=warble(1)) as desk, office.customer(says=warble(2)) as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await hears(lan, warble(1))
        await hears(desk, warble(2))
        await lan.speak(warble(3))  # two seconds more, of which the last half may be lost with the engine
        await hears(desk, warble(3))
        for pid in office.server.engine.pids:
            os.kill(pid or 0, signal.SIGKILL)
        await lan.closed(timeout_s=PATIENCE_S)
        await desk.closed(timeout_s=PATIENCE_S)
        story = await office.story()
        assert outcome(story) == ("failed", "media_engine_lost")
        entry = await office.entry(office.events[0].call)
        assert entry["status"] == "failed"
        await office.becomes(an, "ready")

        recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
        left, right = read_wav((await office.server.recordings.audio(recording)).path)
        assert likeness(warble(2), left).score >= ENOUGH, "what was heard before the end is kept"
        assert likeness(warble(1), right).score >= ENOUGH

        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED, count=2)
        await lan.hang_up()
    assert outcome(await office.story(count=2)) == ("served", "customer_hung_up")


async def test_with_two_media_engines_the_calls_of_the_other_one_go_on(tmp_path: Path, dsn: str) -> None:
    settings = replace(settings_for(tmp_path / "data", dsn), media_workers=2)
    async with running(settings) as server:
        office = Office(server, tmp_path)
        await office.open(MENU)
        async with office.customer("lan") as lan, office.customer("minh", "+84907654321") as minh:
            await office.call(lan)
            carries_lan = server.engine.loads.index(1)
            await office.call(minh)
            assert server.engine.loads == (1, 1)
            os.kill(server.engine.pids[carries_lan] or 0, signal.SIGKILL)
            await lan.closed(timeout_s=PATIENCE_S)
            assert outcome(await office.story()) == ("failed", "media_engine_lost")
            await minh.press("4")
            await hears(minh, await office.prompt("We are fine."))
            await minh.closed(timeout_s=PATIENCE_S)
        assert outcome(await office.story(count=2)) == ("self_served", "flow_ended")


# --- the database -------------------------------------------------------------------------------


@asynccontextmanager
async def no_database(dsn: str) -> AsyncIterator[None]:
    """Every connection is cut and no new one is let in, until left."""
    parts = urlsplit(dsn)
    name = parts.path.lstrip("/")
    admin = await asyncpg.connect(dsn.replace(f"/{name}", "/postgres", 1))
    try:
        await admin.execute(f"alter database {name} with allow_connections false")
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
    finally:
        await admin.execute(f"alter database {name} with allow_connections true")
        await admin.close()


async def test_a_call_in_the_menu_outlives_a_database_that_is_away_for_a_while(
    office: Office, dsn: str
) -> None:
    await office.open(MENU)
    async with office.customer() as lan:
        await office.call(lan)
        await office.event(Kind.STEP, step="main")
        async with no_database(dsn):
            await lan.press("4")
            await hears(lan, await office.prompt("We are fine."))
            await lan.closed(timeout_s=PATIENCE_S)
        story = await office.story()
    assert outcome(story) == ("self_served", "flow_ended")
    assert steps_of(story) == ["main", "fine", "end"]


async def test_a_call_that_comes_while_the_database_is_away_is_sent_elsewhere_and_the_next_is_taken(
    tmp_path: Path, dsn: str
) -> None:
    await know_trunk(dsn, LOOPBACK)
    async with an_office(tmp_path, dsn) as office:
        await office.open(MENU)
        target = f"{LOOPBACK}:{office.server.sip.port}"
        async with no_database(dsn):
            done = await run_sipp(tmp_path, "uac", target, service=HOTLINE)
            assert (done.successful, done.failed) == (0, 1)
            assert "SIP/2.0 503" in done.errors

        async def is_taken() -> bool:
            return (await run_sipp(tmp_path, "uac", target, service=HOTLINE)).successful == 1

        await until(is_taken, "a call is taken once the database is back")
        story = await office.story()
        assert outcome(story) == ("left_in_menu", "customer_hung_up")


async def test_a_server_whose_database_is_gone_hangs_up_and_ends_and_the_next_start_closes_the_call(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "CLOSE_LIMIT_S", 0.5)
    gone = no_database(dsn)
    async with AsyncExitStack() as phones:
        async with an_office(tmp_path, dsn) as office:
            await office.open(MENU)
            lan = await phones.enter_async_context(office.customer())
            await office.call(lan)
            call = (await office.event(Kind.STEP, step="main")).call
            await gone.__aenter__()
        await lan.closed(timeout_s=PATIENCE_S)
    await gone.__aexit__(None, None, None)
    async with an_office(tmp_path, dsn) as again:
        story = await again.server.calls.detail(call)
        assert outcome(story) == ("failed", "server_restarted")
        assert (await again.entry(call))["status"] == "failed"


# --- the flow -----------------------------------------------------------------------------------

WITH_APOLOGY = FRONT_DESK.replace("steps:\n", "events: {error: {next: message}}\nsteps:\n")


async def test_a_queue_that_fails_is_a_fault_and_the_flow_says_what_then(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.open(WITH_APOLOGY)

    async def no_such_queue(request: object) -> str:
        raise NoSuchQueue

    monkeypatch.setattr(office.server.router, "join", no_such_queue)
    async with office.customer() as lan:
        await office.call(lan)
        await hears(lan, await office.prompt("Your message, please."))
        await lan.hang_up()
    story = await office.story()
    assert steps_of(story) == ["to_support", "message"]
    assert kinds(story) == ["started", "answered", "queued", "unqueued", "ended"]


async def test_a_mistake_of_ours_ends_one_call_truthfully_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.open(MENU)
    async with office.customer("lan") as lan, office.customer("minh", "+84907654321") as minh:
        await office.call(minh)

        async def broken(request: object) -> str:
            raise ZeroDivisionError

        monkeypatch.setattr(office.server.router, "join", broken)
        await office.call(lan)
        await lan.press("3")
        await lan.closed(timeout_s=PATIENCE_S)
        assert outcome(await office.story()) == ("failed", "internal_error")
        await minh.press("4")
        await hears(minh, await office.prompt("We are fine."))
        await minh.closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story(count=2)) == ("self_served", "flow_ended")
