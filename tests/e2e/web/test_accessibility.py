"""The agent's page as axe sees it: nothing of WCAG 2.2 A or AA, in light and dark, at each moment of a shift."""

from typing import Literal

import pytest
from playwright.async_api import expect

from tests.e2e.web.conftest import Shift
from tests.support.axe import flaws

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_from_the_door_to_the_wrap_up(
    shift: Shift, scheme: Literal["light", "dark"]
) -> None:
    page = shift.page
    await page.emulate_media(color_scheme=scheme)
    await page.goto(shift.url)
    await expect(page.get_by_label("Login")).to_be_visible()
    assert await flaws(page) == []
    shift.rooms.let_wait(300)
    await shift.sign_in()
    assert await flaws(page) == []
    shift.ring()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    assert await flaws(page) == []
    shift.pick_up()
    await page.keyboard.press("i")
    await expect(page.get_by_role("listbox")).to_be_focused()
    await page.keyboard.press("x")
    await expect(page.get_by_role("toolbar")).to_be_visible()
    assert await flaws(page) == []
    await page.get_by_role("button", name="Transfer").click()
    await expect(page.get_by_role("dialog", name="Transfer or add")).to_be_visible()
    assert await flaws(page) == []
    await page.keyboard.press("Escape")
    shift.end_call()
    await expect(page.get_by_role("button", name="Result")).to_be_visible()
    assert await flaws(page) == []
