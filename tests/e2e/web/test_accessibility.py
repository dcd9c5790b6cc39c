"""The agent's page as axe sees it: nothing of WCAG 2.2 A or AA, in light and dark, at each moment of a shift."""

from typing import Literal

import pytest
from playwright.async_api import expect

from tests.e2e.web.conftest import Shift
from tests.support.axe import flaws
from tests.support.pictures import photograph

pytestmark = pytest.mark.e2e

TABLETS = ((1024, 768), (768, 1024))
CUT_OFF = """() => {
  const edge = document.querySelector(".centre").getBoundingClientRect().right;
  return [...document.querySelectorAll(".centre button, .centre select, .centre textarea")]
    .filter((one) => one.offsetParent && one.getBoundingClientRect().right > edge + 1)
    .map((one) => one.outerHTML.slice(0, 80));
}"""


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
    for width, height in TABLETS:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(CUT_OFF) == [], width
        await photograph(page, f"desk-tablet-{scheme}-{width}")
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.get_by_role("button", name="Transfer").click()
    await expect(page.get_by_role("dialog", name="Transfer or add")).to_be_visible()
    assert await flaws(page) == []
    await page.keyboard.press("Escape")
    shift.end_call()
    await expect(page.get_by_role("button", name="Result")).to_be_visible()
    assert await flaws(page) == []
