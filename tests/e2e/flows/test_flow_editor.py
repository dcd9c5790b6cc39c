"""A flow from a mistake to a caller's ear: written, mended, tested, published, called, and rolled back under a call."""

import pytest
from playwright.async_api import expect

from tests.e2e.flows.conftest import Desk
from tests.integration.telephony.stage import MENU, hears, steps_of
from tests.support.house import HOTLINE
from tests.support.pictures import photograph
from threadline.kernel.events import CallEventKind

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OLD, NEW = "We are fine.", "We are closed on Sundays."
TURN_TO = """async (locale) => {
  const module = document.querySelector('link[rel="modulepreload"][href$="/shared/i18n.js"]').href;
  await (await import(module)).useLocale(locale);
}"""
TESTS = 'tests:\n  - {name: how we are, script: [{hear: main, press: "4"}, {hear: fine}]}\n'


async def test_a_change_is_written_tested_published_heard_and_rolled_back_under_a_call(desk: Desk) -> None:
    await desk.office.publish(MENU)
    await desk.sign_in()
    await desk.page.get_by_role("link", name="A menu").click()
    await expect(desk.page.locator(".graph-step")).to_have_count(4)
    await _mistake_and_mending(desk)
    await _save_and_publish(desk)
    await _heard_and_rolled_back(desk)
    desk.chromium.expect_refusals(409)


async def _mistake_and_mending(desk: Desk) -> None:
    """The finding is underlined at its word, the picture follows, and a click on it goes to the lines."""
    changed = MENU.replace(OLD, NEW).replace("{next: fine}", "{next: closed}")
    await desk.write(changed + TESTS)
    await expect(desk.page.locator(".flow-error").first).to_contain_text("there is no step closed")
    await expect(desk.page.locator(".code-error").first).to_be_visible()
    await expect(desk.step("closed")).to_contain_text("missing")
    await expect(desk.page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    await photograph(desk.page, "flows-finding")
    await desk.page.evaluate(TURN_TO, "vi-VN")
    await expect(desk.page.locator(".flow-error").first).to_contain_text("không có bước closed")
    await photograph(desk.page, "flows-finding-vi")
    await desk.page.evaluate(TURN_TO, "en-US")
    await desk.write(changed.replace("{next: closed}", "{next: fine}") + TESTS)
    await expect(desk.page.locator(".flow-error")).to_have_count(0)
    await expect(desk.page.locator(".graph-step")).to_have_count(4)
    await desk.step("main").click()
    form = desk.page.get_by_role("tabpanel")
    await form.get_by_label("timeout").fill("31s")
    await form.get_by_label("timeout").press("Tab")
    await expect(desk.page.locator(".code-area")).to_have_value(
        (changed.replace("{next: closed}", "{next: fine}") + TESTS).replace("timeout: 30s", "timeout: 31s")
    )


async def _save_and_publish(desk: Desk) -> None:
    await desk.page.get_by_role("tab", name="Tests").click()
    await expect(desk.page.get_by_text("Tests passed: 1 of 1.")).to_be_visible()
    await photograph(desk.page, "flows-tests")
    await desk.page.get_by_role("tab", name="Try it").click()
    await desk.page.get_by_role("group", name="Keys").get_by_role("button", name="4").click()
    await expect(desk.page.get_by_text("The call is over.")).to_be_visible()
    await expect(desk.page.get_by_text(NEW).last).to_be_visible()
    await photograph(desk.page, "flows-try")
    await desk.page.get_by_label("What changed").fill("Sundays")
    await desk.page.get_by_role("button", name="Save", exact=True).click()
    await desk.page.get_by_text("Saved as revision 2.").wait_for()
    await desk.page.get_by_role("button", name="Publish", exact=True).click()
    await desk.page.get_by_text("Revision 2 is in force.").wait_for()
    found = desk.server.flows.answering(HOTLINE)
    assert found is not None
    assert found.revision == 2


async def _heard_and_rolled_back(desk: Desk) -> None:
    """The first call hears the new text; the second began before the roll-back and hears it too; the third the old."""
    fresh, former = await desk.office.prompt(NEW), await desk.office.prompt(OLD)
    async with desk.office.customer() as phone:
        await desk.office.call(phone)
        await desk.office.event(CallEventKind.STEP, step="main")
        listed = desk.page.get_by_role("listitem").filter(has_text="Revision 1")
        await listed.get_by_role("button", name="Roll back to this").click()
        await desk.page.get_by_text("Revision 1 is in force.").wait_for()
        await phone.press("4")
        await hears(phone, fresh)
        assert steps_of(await desk.office.story())[:2] == ["main", "fine"]
    async with desk.office.customer("minh", "+84907654321") as phone:
        await desk.office.call(phone)
        await desk.office.event(CallEventKind.STEP, count=2, step="main")
        await phone.press("4")
        await hears(phone, former)
        await desk.office.story(count=2)
    await listed.get_by_text("In force").wait_for()
    await desk.page.get_by_role("tab", name="Calls").click()
    await expect(desk.step("main").locator(".graph-count")).to_have_text("2")
    await photograph(desk.page, "flows-calls")
