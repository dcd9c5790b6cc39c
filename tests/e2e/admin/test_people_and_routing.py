"""People, skills, queues, numbers, trunks: what an admin does with keyboard and mouse, and what two do at once."""

import pytest
from playwright.async_api import expect

from tests.e2e.admin.conftest import Office
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_user_is_made_with_a_password_shown_once_and_a_phone(office: Office) -> None:
    await office.sign_in(part="users")
    page = office.page
    await page.get_by_role("button", name="New user").click()
    form = office.drawer("New user")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("This is needed.")).to_have_count(2)
    await office.fill("name", "Khoa Bùi")
    await office.fill("login", "an")
    await office.fill("extension", "155")
    await form.get_by_role("button", name="Save").click()
    await expect(form.locator("#user-login-wrong")).to_have_text("It is in use already.")
    await expect(form.get_by_label("Login")).to_have_attribute("aria-describedby", "user-login-wrong")
    await office.fill("login", "khoa")
    await form.get_by_role("button", name="Save").click()
    once = page.get_by_role("status", name="Password of Khoa Bùi")
    password = await once.locator("code").inner_text()
    assert await office.server.people.authenticate("khoa", password) is not None
    await once.get_by_role("button", name="I have copied it").click()
    assert password not in await page.content()
    await page.get_by_role("searchbox", name="Filter").fill("bui")
    await page.get_by_role("button", name="Open Khoa Bùi").click()
    drawer = office.drawer("Khoa Bùi")
    await drawer.get_by_role("button", name="Make an account").click()
    await drawer.get_by_text("Password of phone account 155").wait_for()
    assert await office.server.accounts.account("155") is not None
    await drawer.get_by_role("button", name="Disable").click()
    await drawer.get_by_role("alertdialog").get_by_role("button", name="Disable").click()
    await drawer.get_by_role("button", name="Let in again").wait_for()
    assert await office.server.accounts.account("155") is None
    office.chromium.expect_refusals(422)


async def test_two_admins_at_once_lose_nothing(office: Office) -> None:
    await office.sign_in(part="queues")
    other = await office.another("tam", part="queues")
    for window, title in ((office, "Billing and refunds"), (other, "Thanh toán")):
        await window.page.get_by_role("button", name="Billing").click()
        await window.fill("title", title)
    await office.page.get_by_role("button", name="Save").click()
    await office.page.get_by_text("Saved.").wait_for()
    await other.page.get_by_role("button", name="Lưu").click()
    await other.page.get_by_text("Người khác vừa sửa mục này.").wait_for()
    await other.page.get_by_text("Đang lưu: Billing and refunds").wait_for()
    assert await other.page.locator("[name=title]").input_value() == "Thanh toán"
    await photograph(other.page, "admin-conflict")
    await other.page.get_by_role("button", name="Lưu bản của tôi").click()
    await other.page.locator("dialog").wait_for(state="detached")
    queues = await office.server.administration.queues.everything()
    assert next(one["title"] for one in queues if one["id"] == "billing") == "Thanh toán"
    await office.server.router.define_queue("billing", "Billing", need={"billing": 1}, ring_timeout_s=5)
    office.chromium.expect_refusals(409)


async def test_a_queue_that_gives_chats_is_told_when_nobody_answers_them_and_when_they_are_over(
    office: Office,
) -> None:
    await office.sign_in("tam", part="queues")
    await office.page.get_by_role("button", name="Billing").click()
    await office.page.get_by_text("Thiết lập thêm").click()
    assert not await office.page.locator("[name=chat_unanswered_s]").is_visible()
    await office.page.locator("[name=digital]").select_option("push")
    for typed in ("86401", ""):
        await office.fill("chat_unanswered_s", typed)
        await office.fill("chat_in_hand_s", "90")
        await photograph(office.page, "admin-chat-times")
        await office.page.get_by_role("button", name="Lưu").click()
    await office.page.get_by_text("Đã lưu").wait_for()
    queues = await office.server.administration.queues.everything()
    (billing,) = [one for one in queues if one["id"] == "billing"]
    assert (billing["digital"], billing["chat_unanswered_s"], billing["chat_in_hand_s"]) == ("push", 0, 90)
    await office.server.router.define_queue("billing", "Billing", need={"billing": 1}, ring_timeout_s=5)


async def test_a_queue_that_rings_everybody_is_told_how_many_at_once(office: Office) -> None:
    await office.sign_in(part="queues")
    await office.page.get_by_role("button", name="Billing").click()
    assert not await office.page.locator("[name=ring_at_most]").is_visible()
    await office.page.locator("[name=strategy]").select_option("ring_all")
    await office.fill("ring_at_most", "3")
    await photograph(office.page, "admin-ring-all")
    await office.page.get_by_role("button", name="Save").click()
    await office.page.get_by_text("Saved.").wait_for()
    queues = await office.server.administration.queues.everything()
    (billing,) = [one for one in queues if one["id"] == "billing"]
    assert (billing["strategy"], billing["ring_at_most"]) == ("ring_all", 3)
    await office.page.get_by_role("button", name="Billing").click()
    await office.page.get_by_role("button", name="Delete").click()
    await office.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    why = office.page.locator(".toasts:popover-open")  # in sight, above the form
    await expect(why).to_contain_text("These flows lead to it: retail_main")
    office.chromium.expect_refusals(409)
    await office.server.router.define_queue("billing", "Billing", need={"billing": 1}, ring_timeout_s=5)


async def test_the_grid_is_worked_with_the_keyboard_and_says_when_a_colleague_was_first(
    office: Office,
) -> None:
    await office.sign_in(part="skills")
    page = office.page
    await page.set_viewport_size({"width": 1280, "height": 420})
    await page.get_by_role(
        "button", name="Tâm Đỗ, billing"
    ).focus()  # the last: its column is named all the same
    await expect(page.get_by_role("columnheader", name="billing")).to_be_in_viewport(ratio=1)
    await page.set_viewport_size({"width": 1280, "height": 800})
    cell = page.get_by_role("button", name="Bình Trần, billing")
    await cell.focus()
    for key in ("3", "ArrowRight", "5", "ArrowDown", "0"):
        await page.keyboard.press(key)
    await page.get_by_text("2 changed, not saved yet").wait_for()
    binh = await office.server.people.by_login("binh")
    assert binh is not None
    await office.server.people.set_skills(binh.id, {**binh.skills, "billing": 1})
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Somebody else changed some of these levels").wait_for()
    await photograph(page, "admin-skills")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Nothing changed").wait_for()
    known = await office.server.people.agent(binh.id)
    assert known.skills == {"support": 5, "lang:vi": 5, "billing": 3, "lang:en": 5}
    office.chromium.expect_refusals(409)


async def test_what_was_typed_is_not_thrown_away_by_escape(office: Office) -> None:
    await office.sign_in(part="numbers")
    page = office.page
    await page.get_by_role("button", name="New number").click()
    await office.fill("number", "abc")
    await page.keyboard.press("Enter")
    await page.get_by_text("Digits, * and #").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Keep editing").click()
    await office.fill("number", " 19005678 ")  # as it is pasted
    await office.fill("title", "Shop")
    await page.locator("[name=flow]").select_option("retail_main")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("row").filter(has_text="19005678").get_by_text("Answered").wait_for()
    assert office.server.flows.answering("19005678") is not None


async def test_a_trunk_is_tested_from_its_form(office: Office) -> None:
    await office.sign_in(part="trunks")
    page = office.page
    await page.get_by_role("button", name="Open viettel").click()
    drawer = office.drawer("viettel")
    await drawer.get_by_role("button", name="Test").click()
    await drawer.get_by_text("It answers:").wait_for()
    await drawer.get_by_text("Further settings").click()
    await drawer.get_by_label("Encrypted audio").select_option("required")
    await drawer.get_by_role("button", name="Save").click()
    await drawer.get_by_text("Encrypted audio needs transport TLS.").wait_for()
    office.chromium.expect_refusals(422)
