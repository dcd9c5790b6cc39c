"""An agent's page as his telephone, in Chromium with a microphone, with a customer at a real SIP phone."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import AGENT, CUSTOMER, SLOW_MS, Desk, told
from tests.support.audio import loudness
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LOST_S = 10.0


async def test_an_agents_page_is_a_whole_telephone_that_survives_reloading_and_a_lost_socket(
    desk: Desk,
) -> None:
    an, lan = desk.an, desk.lan
    await desk.is_ready("an")
    await lan.dial(HOTLINE)
    await an.answers()
    await desk.finds(an=CUSTOMER, lan=AGENT)
    await desk.hears(an="lan", lan="an")

    await an.press("u")
    await expect(an.strip.get_by_role("button", name="Unmute")).to_be_visible()
    await desk.hears(lan="")
    assert loudness(await told(lan, 1)) < 0.005
    await an.press("u")
    await desk.hears(lan="an")

    await an.press("k", "5")
    assert await lan.digit(timeout_s=30) == "5"
    await an.press("k")

    desk.office.events.clear()
    await an.press("h")
    await desk.noted(CallEventKind.HELD, "page")
    await desk.hears_music("lan")
    await desk.hears(an="")
    await an.press("h")
    await desk.noted(CallEventKind.RESUMED, "page")

    desk.line.cut()
    await expect(an.page.get_by_text("Connection lost")).to_be_visible()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(LOST_S), name="lost")
        tasks.create_task(desk.hears(an="lan", lan="an"), name="both go on")
    await desk.hears(an="lan", lan="an")
    desk.line.mend()
    await expect(an.page.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(an.strip.locator("[data-grade]")).to_be_visible()
    assert desk.office.events == []  # nobody was put on hold

    await an.page.reload()
    await desk.noted(CallEventKind.HELD, "away")
    await desk.noted(CallEventKind.RESUMED, "away")
    await desk.hears(an="lan", lan="an")
    await desk.finds(an=CUSTOMER, lan=AGENT)

    await expect(an.strip.get_by_role("button", name="Hang up")).to_be_visible()
    await an.press("x")
    await lan.closed(timeout_s=30)
    await expect(an.page.get_by_label("My state").get_by_role("status")).to_contain_text("Wrap-up")


async def test_a_call_is_declined_with_a_reason_and_the_phone_moves_to_another_window(desk: Desk) -> None:
    await desk.is_ready("an")
    second = await desk.an.page.context.new_page()
    second.set_default_timeout(SLOW_MS)
    await second.goto(desk.url)
    await second.get_by_role("button", name="In another window").click()
    await second.get_by_role("button", name="Use it here").click()
    await expect(second.get_by_role("button", name="Phone ready")).to_be_visible()
    await expect(desk.an.page.get_by_role("button", name="In another window")).to_be_visible()
    await second.keyboard.press("Escape")

    await desk.lan.dial(HOTLINE)
    await second.get_by_role("alertdialog").get_by_role("button", name="Decline").click()
    await second.get_by_role("menuitem", name="Not my field").click()
    missed = await desk.office.event(CallEventKind.OFFER_MISSED)
    assert (missed.data["reason"], missed.data["why"]) == ("declined", "wrong_queue")
    await desk.lan.hang_up()
    await second.close()
    await expect(desk.an.page.get_by_role("button", name="Phone ready")).to_be_visible()
