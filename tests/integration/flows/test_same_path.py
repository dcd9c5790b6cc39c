"""One flow, one path: simulated, called by SIPp and by baresip, in the chat of a site and through a signed webhook."""

import asyncio
import base64
from pathlib import Path

import aiohttp
import pytest

from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests
from omnichannel.channels.chat.wording import Said
from tests.integration.flows.sample import DESK, KEYS, PATH
from tests.integration.telephony.stage import PATIENCE_S, Office, steps_of, until
from tests.support import scenarios
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from tests.support.scenarios import Who
from tests.support.sipp import run_sipp
from tests.support.touchpoint import SECRET, Touchpoint, delivery, said
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

WORDS = ("Hello", *(key.removesuffix("#") for key in KEYS))


async def test_every_way_in_takes_the_same_path(office: Office, tmp_path: Path) -> None:
    [trace] = run_tests(parse_flow(DESK, "desk"))
    assert trace.visited == PATH
    await office.open(DESK)
    assert await by_sipp(office, tmp_path) == PATH
    assert await by_baresip(office) == PATH
    assert await by_chat(office) == PATH
    assert await by_webhook(office) == PATH


async def by_sipp(office: Office, folder: Path) -> list[str]:
    """Keys by INFO, each answer after the prompt before it."""
    steps, cseq = [scenarios.pause(1500)], 2
    for press in KEYS:
        for key in press:
            cseq += 1
            steps += [scenarios.info(Who(), key, cseq), scenarios.pause(150)]
        steps.append(scenarios.pause(2000))
    done = await run_sipp(
        folder,
        scenarios.caller(Who(), steps, bye=False),
        f"{LOOPBACK}:{office.server.sip.port}",
        service=HOTLINE,
    )
    assert done.calls == 1, done.errors
    return steps_of(await office.story())


async def by_baresip(office: Office) -> list[str]:
    async with office.customer() as lan:
        await office.call(lan)
        for count, press in enumerate(KEYS):
            await office.event(Kind.STEP, step=("main", "number")[count % 2], count=3 + count // 2)
            await lan.press(press)
        await lan.closed(timeout_s=PATIENCE_S)
    return steps_of(await office.story(count=2))


async def by_chat(office: Office) -> list[str]:
    rooms, chat = office.server.correspondence, office.server.chat
    made = await rooms.endpoints.add("chat", "shop", "Shop", {"origins": "https://shop.example"}, {})
    site = await rooms.endpoints.switch(made.id, "on")
    assert office.server.flowing is not None
    await office.server.flowing.written.set_entry(site, "desk")
    visitor = chat.visitor(site, base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="), None)
    answers = (2, 3, 5, 6, 7)  # lines from us after each of his
    for number, (words, wanted) in enumerate(zip(WORDS, answers, strict=True)):
        await chat.say(site, visitor, Said(f"k{number:030}", words))

        async def answered(wanted: int = wanted) -> bool:
            lines = await chat.history(site, visitor)
            return sum(line.direction == "out" for line in lines) >= wanted

        await until(answered, f"{wanted} answers in the chat")
    lines = [line.text for line in await chat.history(site, visitor) if line.direction == "out"]
    assert lines[:2] == ["Welcome!", "What is it about?"]  # its choices are buttons here
    return await path_of_newest(office)


async def by_webhook(office: Office) -> list[str]:
    """A provider's own HTTP request in, ours out."""
    rooms = office.server.correspondence
    base = f"http://{LOOPBACK}:{office.server.http_port}"
    async with Touchpoint() as touch, aiohttp.ClientSession() as http:
        made = await rooms.endpoints.add("webhook", "till", "Till", {"url": touch.url}, {"secret": SECRET})
        endpoint = await rooms.endpoints.switch(made.id, "on")
        assert office.server.flowing is not None
        await office.server.flowing.written.set_entry(endpoint, "desk")
        for number, (words, wanted) in enumerate(zip(WORDS, (2, 3, 5, 6, 7), strict=True)):
            body, headers = delivery([said(number, "lan", words)])
            async with http.post(f"{base}/hooks/webhook/{made.id}", data=body, headers=headers) as answer:
                assert answer.status == 200
            async with asyncio.timeout(PATIENCE_S):
                while len(touch.taken.get("lan", [])) < wanted:
                    await asyncio.sleep(0.05)
    assert touch.taken["lan"][:2] == ["Welcome!", "What is it about?\n1. Orders\n2. A person"]
    return await path_of_newest(office)


async def path_of_newest(office: Office) -> list[str]:
    """The way of the written conversation that began last, once it is over."""
    assert office.server.flowing is not None
    written = office.server.flowing.written
    found: list[str] = []

    async def is_over() -> bool:
        nonlocal found
        newest = await written.newest_path()
        found = [] if newest is None else newest["path"]
        return newest is not None and newest["is_over"]

    await until(is_over, "the conversation is over")
    return found
