"""An agent's page steers a call of three and more, by the keyboard: colleagues asked, joined and handed to; parked and picked up."""

import numpy as np
import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import AGENT, CUSTOMER, SLOW_MS, Desk, hears_now
from tests.integration.telephony.stage import PATIENCE_S
from tests.support.audio import silence, tone
from tests.support.baresip import Baresip
from tests.support.house import HOTLINE

pytestmark = pytest.mark.e2e

BINH_HZ = 610


async def answers(phone: Baresip) -> None:
    await phone.incoming(timeout_s=PATIENCE_S)
    await phone.answer()
    await phone.established(timeout_s=PATIENCE_S)


async def test_a_colleague_is_asked_joined_and_handed_to_and_a_parked_customer_picked_up(desk: Desk) -> None:
    page, office = desk.page, desk.office
    await office.hire("binh", "102")
    says = np.concatenate([CUSTOMER, silence(0.5)] * 100)
    async with office.customer(says=says) as lan, office.desk("102") as binh:
        await lan.dial(HOTLINE)
        await expect(page.get_by_role("alertdialog").get_by_role("button", name="Answer")).to_be_enabled()
        await page.keyboard.press("a")
        await lan.hears(AGENT, timeout_s=60)

        await page.keyboard.press("o")
        others = page.get_by_label("Others in this call")
        await expect(others).to_contain_text("The recording pauses")
        await page.keyboard.press("o")
        await expect(others).to_have_count(0)

        await page.keyboard.press("p")
        await expect(page.get_by_text("Parked at 701")).to_be_visible()
        await page.get_by_role("button", name="Pick up").click()
        await expect(desk.strip.get_by_role("button", name="Mute")).to_be_visible()
        assert await hears_now(lan)

        await page.keyboard.press("t")
        await page.keyboard.type("Binh")
        await page.keyboard.press("Enter")
        await answers(binh)
        await expect(others).to_contain_text("Binh")
        await expect(others).to_contain_text("talks with you")
        await binh.hears(AGENT, timeout_s=60)
        assert not await hears_now(lan)  # music
        await page.keyboard.press("j")
        await expect(others).to_contain_text("in the talk")
        assert await hears_now(lan)
        await binh.hears(CUSTOMER, timeout_s=60)
        await others.get_by_role("button", name="Let Binh go").click()
        await binh.closed(timeout_s=PATIENCE_S)
        await expect(others).to_have_count(0)

        await page.keyboard.press("t")
        await page.keyboard.type("Binh")
        await page.keyboard.press("Enter")
        await answers(binh)
        await expect(others).to_contain_text("talks with you")
        await page.keyboard.press("y")
        await expect(desk.strip.get_by_role("button", name="Mute")).to_have_count(0)
        await binh.speak(tone(BINH_HZ, 20.0))
        await lan.hears_tone(BINH_HZ, timeout_s=SLOW_MS / 1000)
        await lan.hang_up()
