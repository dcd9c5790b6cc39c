"""The inbox in Chromium: ten thousand cases, the keyboard through them, and one request for all the chosen."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.web.conftest import Shift

pytestmark = pytest.mark.e2e

MANY = 10_000


async def opened(shift: Shift) -> Locator:
    """The list, with the keyboard in it."""
    shift.rooms.let_wait(MANY)
    await shift.sign_in()
    await shift.page.keyboard.press("i")
    found = shift.page.get_by_role("listbox", name="Cases: Mine")
    await expect(found).to_be_focused()
    return found


async def test_ten_thousand_cases_are_one_list_of_which_only_what_is_in_sight_is_drawn(shift: Shift) -> None:
    cases = await opened(shift)
    await expect(cases.get_by_text("#1 Subject 1", exact=True)).to_be_visible()
    await expect(cases.get_by_role("option").first).to_have_attribute("aria-setsize", str(MANY))
    assert await cases.get_by_role("option").count() < 40
    await shift.page.keyboard.press("End")
    await expect(cases.get_by_text(f"#{MANY} Subject {MANY}", exact=True)).to_be_visible()
    assert await cases.get_by_role("option").count() < 40
    await shift.page.keyboard.press("Home")
    for key in ("j", "j", "k", "ArrowDown"):
        await shift.page.keyboard.press(key)
    at = cases.get_by_role("option", name="#3 Subject 3")
    await expect(cases).to_have_attribute("aria-activedescendant", await at.get_attribute("id") or "")
    await shift.page.keyboard.press("Enter")
    await expect(shift.page.get_by_role("heading", name="Nguyễn Thị Lan", level=1)).to_be_visible()


async def test_the_chosen_are_changed_by_one_request_and_what_could_not_be_is_told(shift: Shift) -> None:
    page = shift.page
    cases = await opened(shift)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    await page.keyboard.press("x")
    for _ in range(11):
        await page.keyboard.press("Shift+J")
    await expect(page.get_by_role("toolbar")).to_contain_text("12 chosen")
    await page.get_by_role("toolbar").get_by_role("button", name="Tag").click()
    await page.keyboard.type("late")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("11 cases changed.")).to_be_visible()
    await expect(page.get_by_text("1 case was left as it is. #10: with a colleague")).to_be_visible()
    assert shift.rooms.changes == [{"more_tags": ["late"]}] * 11
    assert (len(asked), shift.rooms.notes) == (1, ["case.many"])
    await expect(cases.get_by_role("option", selected=True)).to_have_text(re.compile("#10 Subject 10"))
    await cases.focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("toolbar")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(cases).to_have_count(0)
