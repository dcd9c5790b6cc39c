"""The same flow by Zalo, Messenger, WhatsApp and SMS: the providers' own HTTP and signatures, echoes included."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.flows.sample import DESK, KEYS, PATH
from tests.integration.providers.support import connect, now_ms
from tests.integration.telephony.stage import PATIENCE_S
from tests.support.fake_meta import FakeMeta
from tests.support.fake_provider import FakeProvider
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.fake_zalo import FakeZalo
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from threadline.compose import Server, running

pytestmark = pytest.mark.integration

WORDS = ("Xin chào", *(key.removesuffix("#") for key in KEYS))
ANSWERS = (2, 3, 5, 6, 7)  # messages of ours after each of the customer's


async def test_four_providers_take_the_same_path(tmp_path: Path, dsn: str) -> None:
    settings = replace(settings_for(tmp_path, dsn), public_url="https://contact.example.vn")
    async with running(settings) as server, AsyncExitStack() as stack:
        await server.router.define_queue("support", "Support")
        channels = "channels: [voice, zalo, messenger, whatsapp, sms]"
        yaml = DESK.replace("channels: [voice, chat, webhook]", channels)
        flow_id, revision, _ = await server.flows.save(yaml, "test", "")
        await server.flows.publish(flow_id, revision)
        whatsapp = FakeMeta()
        whatsapp.speaks = "whatsapp"
        fakes: dict[str, FakeProvider] = {
            "zalo": FakeZalo(), "messenger": FakeMeta(), "whatsapp": whatsapp, "sms": FakeTwilioMessages(),
        }  # fmt: skip
        for number, (kind, fake) in enumerate(fakes.items()):
            await stack.enter_async_context(fake)
            await talk(server, kind, fake, "+84901234567" if kind == "sms" else f"8490000000{number}")


async def talk(server: Server, kind: str, fake: FakeProvider, customer: str) -> None:
    endpoint = await connect(server.correspondence, kind, fake)
    assert server.flowing is not None
    await server.flowing.written.set_entry(endpoint, "desk")
    fake.hook_url = f"http://{LOOPBACK}:{server.http_port}/hooks/{kind}/{endpoint.id}"
    fake.has_echoes = True
    if isinstance(fake, FakeTwilioMessages):
        fake.public_hook_url = endpoint.hook_url
    if isinstance(fake, FakeZalo | FakeMeta):
        fake.now_ms = now_ms() - 60_000
    for words, wanted in zip(WORDS, ANSWERS, strict=True):
        fake.customer_says(customer, words)
        async with asyncio.timeout(PATIENCE_S):
            while len(fake.sent) < wanted:
                assert set(await fake.deliver()) <= {200}
                await asyncio.sleep(0.1)
    async with asyncio.timeout(PATIENCE_S):
        while (newest := await server.flowing.written.newest_path()) is None or not newest["is_over"]:
            await asyncio.sleep(0.1)
    assert newest["path"] == PATH, kind
    assert len(fake.sent) == ANSWERS[-1]
