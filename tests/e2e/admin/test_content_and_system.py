"""Rules, ready texts, webhooks, privacy and tokens; and who sees which of them."""

from uuid import UUID

import pytest
from playwright.async_api import expect

from omnichannel.audit.service import SYSTEM
from tests.e2e.admin.conftest import PASSWORD, Office
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_supervisor_sees_what_he_may_and_an_agent_nothing(office: Office) -> None:
    await office.sign_in("chi", "rules")
    links = office.page.get_by_label("Parts of this page").get_by_role("link")
    assert [text.strip() for text in await links.all_inner_texts()] == [
        "Rules",
        "Ready texts",
        "Articles",
        "Macros",
    ]
    await office.page.get_by_role("button", name="Open VIP first").click()
    await expect(office.page.locator("[name=title]")).to_be_disabled()
    assert await office.page.get_by_role("button", name="Save").count() == 0
    await office.page.keyboard.press("Escape")
    await office.page.get_by_role("button", name="Sign out").click()
    await office.page.get_by_label("Login").fill("an")
    await office.page.get_by_label("Password").fill(PASSWORD)
    await office.page.keyboard.press("Enter")
    await office.page.get_by_role("heading", name="For administrators only").wait_for()


async def test_a_rule_is_tried_on_what_was_and_then_made(office: Office) -> None:
    await office.sign_in(part="rules")
    page = office.page
    await page.get_by_role("button", name="New rule").click()
    form = office.drawer("New rule")
    await office.fill("title", "Repairs")
    await office.fill("if", 'message.text.contains("máy lạnh") || message.text.contains("Máy lạnh")')
    await form.get_by_label("Add what to do").locator("select").select_option("tag")
    await form.get_by_label("Tag", exact=True).fill("repair, urgent")
    await form.get_by_role("button", name="Try").click()
    found = form.get_by_role("row").filter(has_text="Máy lạnh của tôi")
    await found.get_by_text("yes").scroll_into_view_if_needed()
    await photograph(page, "admin-rule")
    await form.get_by_role("button", name="Save").click()
    await page.get_by_role("switch", name="Rule Repairs on").click()
    await expect(page.get_by_role("switch", name="Rule Repairs on")).to_be_checked()
    rules = await office.server.automation.rules.everything()
    made = next(one for one in rules if one["title"] == "Repairs")
    assert (made["on"], made["then"]) == (True, [{"do": "tag", "tags": ["repair", "urgent"]}])
    await office.server.automation.rules.switch(UUID(str(made["id"])), SYSTEM, on=False)


async def test_ready_texts_and_macros_are_kept_in_both_languages(office: Office) -> None:
    await office.sign_in(part="canned")
    page = office.page
    await page.get_by_role("button", name="New ready text").click()
    await office.fill("shortcut", "hello")
    await office.fill("title", "Goodbye")
    await page.locator("#canned-en").fill("Thank you, ${contact.name}.")
    await page.locator("#canned-vi").fill("Cảm ơn ${contact.name}.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#canned-shortcut-wrong")).to_have_text("It is in use already.")
    await office.fill("shortcut", "bye")
    await page.get_by_role("button", name="Save").click()
    office.chromium.expect_refusals(409)
    await page.get_by_role("row").filter(has_text="/bye").wait_for()
    await office.part("Macros")
    await page.get_by_role("button", name="New macro").click()
    await office.fill("title", "Solved")
    await page.get_by_label("Add what to do").locator("select").select_option("status")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("row").filter(has_text="Status resolved").wait_for()


async def test_a_webhook_tells_its_secret_once_and_a_customer_s_archive_is_asked_for(office: Office) -> None:
    await office.sign_in(part="webhooks")
    page = office.page
    await page.get_by_role("button", name="New webhook").click()
    await office.fill("title", "CRM")
    await office.fill("url", "http://hooks.example.com/threadline")
    await page.get_by_label("case.opened").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#webhook-url-wrong")).to_have_text("It must begin with https://")
    office.chromium.expect_refusals(422)
    await office.fill("url", "https://hooks.example.com/threadline")
    await page.get_by_role("button", name="Save").click()
    once = page.get_by_role("status", name="Secret of CRM")
    secret = await once.locator("code").inner_text()
    await once.get_by_role("button", name="I have copied it").click()
    await page.get_by_role("button", name="Open CRM").click()
    await page.get_by_text("Nothing was sent yet.").wait_for()
    assert secret not in await page.content()
    await page.keyboard.press("Escape")
    await office.part("Requests")
    await page.get_by_role("button", name="New request").click()
    await page.get_by_label("Name, number or address").fill("lan@example.vn")
    await page.keyboard.press("Enter")
    await page.get_by_label("Customers found").get_by_role("button").first.click()
    await page.get_by_role("button", name="Make an archive").click()
    await page.get_by_role("row").filter(has_text="Archive").first.wait_for()


async def test_the_audit_log_says_what_was_and_what_is(office: Office) -> None:
    await office.sign_in(part="retention")
    page = office.page
    await page.get_by_role("button", name="Open Imported files").click()
    await office.fill("days", "60")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("row").filter(has_text="60 days").wait_for()
    await office.part("Wrap-up codes")
    await page.get_by_role("button", name="New code").click()
    for name, value in (("en", "Solved"), ("vi", "Đã xong"), ("id", "solved")):
        await office.fill(name, value)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Open Solved").click()
    await office.fill("place", "5")
    await page.get_by_role("button", name="Save").click()
    await page.locator("dialog").wait_for(state="detached")
    await office.part("Who did what")
    row = page.get_by_role("row").filter(has_text="wrap_up_code.change")
    await expect(row).to_contain_text("place")
    await expect(row.locator("del")).to_have_text("100")
    await expect(row.locator("ins")).to_have_text("5")
