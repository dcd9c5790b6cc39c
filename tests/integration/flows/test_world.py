"""Services that misbehave, speech through a real recogniser, letters: heard on real calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web

from tests.integration.flows.sample import LOOK_UP, SPEAKING
from tests.integration.telephony.stage import LAN, Office, of_kind, steps_of
from tests.support.audio import mulaw_decode
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration


@asynccontextmanager
async def a_shop() -> AsyncIterator[tuple[str, list[str]]]:
    """(address, authorizations seen) of a service with every bad habit."""
    seen: list[str] = []
    over = asyncio.Event()

    async def good(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({"state": "packed"})

    async def hang(request: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while not over.is_set():
            await answer.write(b" ")
            await asyncio.sleep(0.01)
        return answer

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html><body>OK</body></html>", content_type="text/html")

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("/good")

    async def large(request: web.Request) -> web.Response:
        return web.json_response({"filler": "x" * 10_000})

    app = web.Application()
    for handler in (good, hang, endless, page, away, large):
        app.router.add_get(f"/{handler.__name__}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    try:
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}", seen
    finally:
        over.set()
        await runner.cleanup()


async def test_a_service_that_hangs_streams_for_ever_or_answers_a_page_leads_the_declared_way_out(
    office: Office,
) -> None:
    assert office.server.flowing is not None
    await office.server.flowing.services.set_secret("erp_token", "s3cret")
    async with a_shop() as (base, seen), office.customer() as lan:
        await office.open(LOOK_UP.replace("BASE", base))
        await office.call(lan)
        for count, key in enumerate("123456"):
            await office.event(Kind.STEP, step="choose", count=count + 1)
            await lan.press(key)
        await office.event(Kind.STEP, step="choose", count=7)
        await lan.hang_up()
    steps = [step for step in steps_of(await office.story()) if step != "choose"]
    assert steps == [
        "good", "known", "hanging", "busy", "endless", "busy", "page", "busy", "redirected", "busy",
        "large", "busy",
    ]  # fmt: skip
    assert seen == ["Bearer s3cret"]


async def test_a_spoken_word_chooses_noise_is_no_match_and_silence_no_input(office: Office) -> None:
    await office.open(SPEAKING)
    word = mulaw_decode((await office.server.voice.prompt("상담원", "ko-KR")).read_bytes())
    noise = np.random.default_rng(5).normal(0, 0.2, 12_000).clip(-0.9, 0.9)
    async with office.customer(number=LAN) as lan:
        await office.call(lan, HOTLINE)
        await office.event(Kind.STEP, step="main")
        await asyncio.sleep(1.0)
        await lan.speak(word)
        await office.event(Kind.STEP, step="person")
        await office.event(Kind.STEP, step="main", count=2)
        await asyncio.sleep(1.0)
        await lan.speak(noise)
        await office.event(Kind.KEYS, outcome="no_match")
        await office.event(Kind.KEYS, outcome="no_input")
        await lan.hang_up()
    story = await office.story()
    outcomes = [line["outcome"] for line in of_kind(story, Kind.KEYS)]
    assert outcomes[:3] == ["choice", "no_match", "no_input"]
    left = list((office.server.settings.data_dir / "utterances").glob("*"))
    assert left == [], "nothing that was said is kept"
