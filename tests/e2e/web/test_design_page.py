"""The page that shows what the pages are made of leaves nothing out."""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.e2e.web.conftest import Shift
from tests.support.axe import flaws

pytestmark = pytest.mark.e2e

SHARED: Final = Path(__file__).parents[3] / "web" / "static" / "shared"
TOKENS: Final = set(re.findall(r"^  (--[\w-]+):", (SHARED / "tokens.css").read_text(), re.M))
CLASSES: Final = set(re.findall(r"\.([a-z][a-z-]+)", (SHARED / "controls.css").read_text()))
AT_THE_DOOR: Final = {
    "door",
    "door-card",
    "door-problem",
    "door-languages",
}  # shown by every page to a stranger


async def test_every_token_and_every_control_is_shown_in_both_languages_and_colours(shift: Shift) -> None:
    page = shift.page
    for scheme, language in (("light", "English"), ("dark", "Tiếng Việt")):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.goto(f"{shift.url}design")
        await page.get_by_role("button", name=language).click()
        messages = page.locator("section").nth(5).get_by_role("button")
        for place in range(await messages.count()):
            await messages.nth(place).click()
        await expect(page.locator(".toast")).to_have_count(3)
        await page.locator("[aria-haspopup]").first.click()
        await expect(page.get_by_role("menuitem")).to_have_count(3)
        assert await flaws(page) == []
        shown = set(await page.locator(".design-token code:first-of-type").all_inner_texts())
        assert shown == TOKENS
        used = await page.evaluate(
            "[...document.querySelectorAll('[class]')].flatMap((one) => [...one.classList])"
        )
        assert CLASSES - AT_THE_DOOR - set(used) == set()
    await page.get_by_role("listbox").focus()
    await page.keyboard.press("End")
    await expect(page.locator(".virtual-row[aria-selected=true]")).to_contain_text("10000")
