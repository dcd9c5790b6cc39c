"""An agent's page as his telephone, in Chromium with a microphone, with a customer at a real SIP phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Locator, Page, expect

from tests.integration.telephony.stage import RECORDED_DESK, Office, an_office
from tests.support.agent_page import AgentPage, LiveProxy, microphone
from tests.support.audio import RATE, Sound, find, loudness, silence, warble
from tests.support.baresip import Baresip
from tests.support.chromium import Chromium
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.e2e

SLOW_MS = 60_000  # a busy machine's patience; nothing is measured here
AGENT, CUSTOMER = warble(7, 1.5), warble(1, 1.5)
PASSWORD = "correct horse"


@dataclass
class Desk:
    """An at her page, and the office around her."""

    office: Office
    agent: AgentId
    chromium: Chromium
    her: AgentPage
    line: LiveProxy

    @property
    def page(self) -> Page:
        return self.her.page

    @property
    def strip(self) -> Locator:
        return self.page.get_by_label("Current call")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/"

    async def noted(self, kind: CallEventKind, by: str) -> None:
        """Waits for the ledger's next line of this kind, and says who caused it."""
        async with asyncio.timeout(SLOW_MS / 1000):
            while not (found := [one for one in self.office.events if one.kind is kind]):
                await asyncio.sleep(0.05)
        assert found[-1].data["by"] == by
        self.office.events.clear()


@pytest.fixture
async def desk(tmp_path: Path, dsn: str) -> AsyncIterator[Desk]:
    expect.set_options(timeout=SLOW_MS)
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(an_office(tmp_path, dsn))
        await office.open(RECORDED_DESK, ring_timeout_s=60, record=True)
        agent = await office.hire("an", "101")
        await office.server.people.set_password(agent, PASSWORD)
        await office.server.people.set_locale(agent, "en-US")
        await office.server.people.set_phone(agent, "browser")
        says = await asyncio.to_thread(microphone, tmp_path / "microphone.wav", AGENT)
        chromium = await stack.enter_async_context(Chromium(microphone=says))
        page = await (await chromium.context()).new_page()
        page.set_default_timeout(SLOW_MS)
        line = await stack.enter_async_context(LiveProxy(office.server.http_port))
        made = Desk(office, agent, chromium, AgentPage(page), line)
        await made.her.prepare()
        await made.her.sign_in(made.url, "an", PASSWORD)
        await expect(page.get_by_role("button", name="Phone ready")).to_be_visible()
        await office.ready(agent)
        yield made
        await chromium.close_contexts()
        assert [one for one in chromium.errors if "/api/live" not in one] == []  # which was cut
        assert chromium.outside == []


async def told(lan: Baresip, seconds: float) -> Sound:
    """What the customer hears in the next seconds; the first is left out, as it may be of before."""
    before = len(lan.heard())
    async with asyncio.timeout(SLOW_MS / 1000):
        while len(lan.heard()) < before + (seconds + 1) * RATE:
            await asyncio.sleep(0.2)
    return lan.heard()[before + RATE :]


async def hears_now(lan: Baresip) -> bool:
    """Whether the agent's words reach the customer at this moment."""
    return find(AGENT, await told(lan, 5)).score > 0.6


async def test_an_agents_page_is_a_whole_telephone_that_survives_reloading_and_a_lost_socket(
    desk: Desk,
) -> None:
    says = np.concatenate([CUSTOMER, silence(0.5)] * 100)
    async with desk.office.customer(says=says) as lan:
        await lan.dial(HOTLINE)
        await expect(
            desk.page.get_by_role("alertdialog").get_by_role("button", name="Answer")
        ).to_be_enabled()
        await desk.page.keyboard.press("a")
        await expect(desk.strip.get_by_role("button", name="Mute")).to_be_visible()
        await lan.hears(AGENT, timeout_s=60)
        async with asyncio.timeout(60):
            await desk.her.hears(CUSTOMER)

        await desk.page.keyboard.press("u")
        await expect(desk.strip.get_by_role("button", name="Unmute")).to_be_visible()
        assert loudness(await told(lan, 3)) < 0.005
        await desk.page.keyboard.press("u")
        assert await hears_now(lan)

        await desk.page.keyboard.press("k")
        await desk.page.keyboard.press("5")
        assert await lan.digit(timeout_s=30) == "5"
        await desk.page.keyboard.press("k")

        desk.office.events.clear()
        await desk.page.keyboard.press("h")
        await desk.noted(CallEventKind.HELD, "page")
        assert not await hears_now(lan)  # music
        await desk.page.keyboard.press("h")
        await desk.noted(CallEventKind.RESUMED, "page")

        desk.line.cut()
        await expect(desk.page.get_by_text("Connection lost")).to_be_visible()
        await desk.page.wait_for_timeout(4_000)
        assert await hears_now(lan)  # six more seconds
        desk.line.mend()
        await expect(desk.page.get_by_text("Connected", exact=True)).to_be_visible()
        await expect(desk.strip.locator("[data-grade]")).to_be_visible()
        assert desk.office.events == []  # nobody was put on hold

        await desk.page.reload()
        await desk.noted(CallEventKind.HELD, "away")
        await desk.noted(CallEventKind.RESUMED, "away")
        assert await hears_now(lan)
        async with asyncio.timeout(60):
            await desk.her.hears(CUSTOMER)

        await expect(desk.strip.get_by_role("button", name="Hang up")).to_be_visible()
        await desk.page.keyboard.press("x")
        await lan.closed(timeout_s=30)
    await expect(desk.page.get_by_label("My state").get_by_role("status")).to_contain_text("Wrap-up")


async def test_a_call_is_declined_with_a_reason_and_the_phone_moves_to_another_window(desk: Desk) -> None:
    async with desk.office.customer() as lan:
        second = await desk.page.context.new_page()
        second.set_default_timeout(SLOW_MS)
        await second.goto(desk.url)
        await second.get_by_role("button", name="In another window").click()
        await second.get_by_role("button", name="Use it here").click()
        await expect(second.get_by_role("button", name="Phone ready")).to_be_visible()
        await expect(desk.page.get_by_role("button", name="In another window")).to_be_visible()
        await second.keyboard.press("Escape")

        await lan.dial(HOTLINE)
        await second.get_by_role("alertdialog").get_by_role("button", name="Decline").click()
        await second.get_by_role("menuitem", name="Not my field").click()
        async with asyncio.timeout(SLOW_MS / 1000):
            while not (
                missed := [one for one in desk.office.events if one.kind is CallEventKind.OFFER_MISSED]
            ):
                await asyncio.sleep(0.05)
        assert (missed[0].data["reason"], missed[0].data["why"]) == ("declined", "wrong_queue")
        await lan.hang_up()
