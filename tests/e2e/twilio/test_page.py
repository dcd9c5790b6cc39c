"""A caller by Twilio's media stream and an agent whose telephone is his page: each hears the other."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import expect

from omnichannel.prices import service as prices
from tests.integration.providers.support import connect
from tests.integration.telephony.stage import LAN, RECORDED_DESK, outcome
from tests.integration.twilio.conftest import NUMBER, a_line
from tests.integration.twilio.test_streams import hears_it
from tests.support.agent_page import AgentPage, microphone
from tests.support.audio import mulaw_encode, silence, warble
from tests.support.chromium import Chromium
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.ports import LOOPBACK

pytestmark = pytest.mark.e2e

SLOW_MS = 60_000
AGENT, CUSTOMER = warble(7, 1.5), warble(1, 1.5)
PASSWORD = "correct horse"


async def test_a_caller_by_twilio_and_an_agent_at_his_page_hear_each_other(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(prices, "PAUSES_S", (0.1,) * 100)
    expect.set_options(timeout=SLOW_MS)
    says = await asyncio.to_thread(microphone, tmp_path / "microphone.wav", AGENT)
    async with (
        FakeTwilioMessages() as messages,
        a_line(tmp_path, dsn, private_webhooks=True) as line,
        Chromium(microphone=says) as chromium,
    ):
        office = line.office
        sms = await connect(office.server.correspondence, "sms", messages)
        messages.hook_url = f"http://{LOOPBACK}:{office.server.http_port}/hooks/sms/{sms.id}"
        messages.customer_says(LAN, "Is my order on its way?", NumSegments="2")
        await messages.deliver()
        await office.open(RECORDED_DESK, ring_timeout_s=60, record=True)
        await office.publish(RECORDED_DESK, number=NUMBER, record=True)
        an = await office.hire("an", "101")
        people = office.server.people
        await people.set_password(an, PASSWORD)
        await people.set_locale(an, "en-US")
        await people.set_phone(an, "browser")
        page = await (await chromium.context()).new_page()
        page.set_default_timeout(SLOW_MS)
        her = AgentPage(page)
        await her.prepare()
        await her.sign_in(f"http://{LOOPBACK}:{office.server.http_port}/", "an", PASSWORD)
        await expect(page.get_by_role("button", name="Phone ready")).to_be_visible()
        await office.ready(an)

        lan = line.twilio.caller(LAN, NUMBER, StirVerstat="TN-Validation-Passed-A")
        await lan.dial()
        offer = page.get_by_role("alertdialog")
        await expect(offer.get_by_role("button", name="Answer")).to_be_enabled()
        await expect(offer.get_by_text("Caller verified")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.get_by_label("Current call").get_by_role("button", name="Mute")).to_be_visible()
        await expect(page.get_by_text("2 parts · Twilio: 0.00750 USD")).to_be_visible()
        lan.speak(mulaw_encode(np.concatenate([CUSTOMER, silence(0.5)] * 20)))
        await hears_it(lan, AGENT)
        async with asyncio.timeout(SLOW_MS / 1000):
            await her.hears(CUSTOMER)
        await lan.hang_up()
        assert outcome(await office.story()) == ("served", "customer_hung_up")
        await chromium.close_contexts()
        assert chromium.errors == []
