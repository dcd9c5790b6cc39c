"""An agent's page as his telephone, in Chromium with a microphone, with a customer at a real SIP phone."""

import asyncio

import numpy as np
import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import AGENT, CUSTOMER, SLOW_MS, Desk, hears_now, told
from tests.support.audio import loudness, silence
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind

pytestmark = pytest.mark.e2e


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
