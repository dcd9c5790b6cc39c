"""A flow from a mistake to a caller's ear: written, mended, tested, published, called, and rolled back under a call."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.integration.telephony.stage import MENU, Office, an_office, hears, steps_of
from tests.support.chromium import Chromium
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind

pytestmark = pytest.mark.e2e

PASSWORD = "a-long-password"
SLOW_MS = 60_000
OLD, NEW = "We are fine.", "We are closed on Sundays."
TESTS = 'tests:\n  - {name: how we are, script: [{hear: main, press: "4"}, {hear: fine}]}\n'


async def photograph(page: Page, name: str) -> None:
    """With THREADLINE_PICTURES=FOLDER the pictures of the documentation are made."""
    if folder := os.environ.get("THREADLINE_PICTURES"):
        await page.screenshot(path=Path(folder) / f"flows-{name}.png")


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Text of the flow").locator("visible=true").last.fill(text)


def step(page: Page, name: str) -> Locator:
    return page.locator(".graph-step").filter(has_text=name)


async def test_a_change_is_written_tested_published_heard_and_rolled_back_under_a_call(
    tmp_path: Path, dsn: str
) -> None:
    async with an_office(tmp_path, dsn) as office, Chromium() as chromium:
        await office.open(MENU)
        await office.server.people.add("dung", PASSWORD, role="admin", display_name="Dũng Lê", locale="en-US")
        page = await (await chromium.context(width=1440, height=860)).new_page()
        page.set_default_timeout(SLOW_MS)
        expect.set_options(timeout=SLOW_MS)
        await _open_it(page, office)
        await _mistake_and_mending(page)
        await _save_and_publish(page, office)
        await _heard_and_rolled_back(page, office)
        chromium.errors[:] = [one for one in chromium.errors if "status of 409" not in one]
        assert chromium.errors == []
        assert chromium.outside == []


async def _open_it(page: Page, office: Office) -> None:
    await page.goto(f"http://127.0.0.1:{office.server.http_port}/flows")
    await page.get_by_label("Login").fill("dung")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="A menu").click()
    await expect(page.locator(".graph-step")).to_have_count(4)


async def _mistake_and_mending(page: Page) -> None:
    """The finding is underlined at its word, the picture follows, and a click on it goes to the lines."""
    changed = MENU.replace(OLD, NEW).replace("{next: fine}", "{next: closed}")
    await write(page, changed + TESTS)
    await expect(page.locator(".flow-error").first).to_contain_text("there is no step closed")
    await expect(page.locator(".code-error").first).to_be_visible()
    await expect(step(page, "closed")).to_contain_text("missing")
    await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    await photograph(page, "finding")
    await write(page, changed.replace("{next: closed}", "{next: fine}") + TESTS)
    await expect(page.locator(".flow-error")).to_have_count(0)
    await expect(page.locator(".graph-step")).to_have_count(4)
    await step(page, "main").click()
    form = page.get_by_role("tabpanel")
    await form.get_by_label("timeout").fill("31s")
    await form.get_by_label("timeout").press("Tab")
    await expect(page.locator(".code-area")).to_have_value(
        (changed.replace("{next: closed}", "{next: fine}") + TESTS).replace("timeout: 30s", "timeout: 31s")
    )


async def _save_and_publish(page: Page, office: Office) -> None:
    await page.get_by_role("tab", name="Tests").click()
    await expect(page.get_by_text("Tests passed: 1 of 1.")).to_be_visible()
    await photograph(page, "tests")
    await page.get_by_role("tab", name="Try it").click()
    await page.get_by_role("group", name="Keys").get_by_role("button", name="4").click()
    await expect(page.get_by_text("The call is over.")).to_be_visible()
    await expect(page.get_by_text(NEW).last).to_be_visible()
    await photograph(page, "try")
    await page.get_by_label("What changed").fill("Sundays")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_text("Saved as revision 2.").wait_for()
    await page.get_by_role("button", name="Publish", exact=True).click()
    await page.get_by_text("Revision 2 is in force.").wait_for()
    found = office.server.flows.answering(HOTLINE)
    assert found is not None
    assert found.revision == 2


async def _heard_and_rolled_back(page: Page, office: Office) -> None:
    """The first call hears the new text; the second began before the roll-back and hears it too; the third the old."""
    fresh, former = await office.prompt(NEW), await office.prompt(OLD)
    async with office.customer() as phone:
        await office.call(phone)
        await office.event(CallEventKind.STEP, step="main")
        listed = page.get_by_role("listitem").filter(has_text="Revision 1")
        await listed.get_by_role("button", name="Roll back to this").click()
        await page.get_by_text("Revision 1 is in force.").wait_for()
        await phone.press("4")
        await hears(phone, fresh)
        assert steps_of(await office.story())[:2] == ["main", "fine"]
    async with office.customer("minh", "+84907654321") as phone:
        await office.call(phone)
        await office.event(CallEventKind.STEP, count=2, step="main")
        await phone.press("4")
        await hears(phone, former)
        await office.story(count=2)
    await listed.get_by_text("In force").wait_for()
    await page.get_by_role("tab", name="Calls").click()
    await expect(step(page, "main").locator(".graph-count")).to_have_text("2")
    await photograph(page, "calls")
