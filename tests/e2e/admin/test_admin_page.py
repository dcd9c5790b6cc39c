"""Channels, deliveries, imports, promises and hours in Chromium; Zalo speaks its documented HTTP."""

import asyncio
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, expect

from omnichannel.channels.port import Delivered
from tests.e2e.admin.conftest import Office
from tests.support.fake_zalo import APP_ID, APP_SECRET, OA_ID, FakeZalo
from tests.support.pictures import photograph
from tests.support.touchpoint import SECRET

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PEOPLE_CSV = """Họ tên,Điện thoại,Email,Mã KH
Nguyễn Thị Lan,0912 345 678,lan@example.vn,KH-1
Trần Văn Bình,không có,,KH-2
Lê Hoa,0987 654 321,,KH-3
"""


async def test_an_admin_sets_up_zalo_tests_it_mends_it_and_switches_it_on(office: Office) -> None:
    async with FakeZalo() as zalo:
        await office.sign_in()
        page = office.page
        await page.get_by_role("button", name="Zalo").click()
        await office.fill("address", OA_ID)
        await office.fill("title", "Điện máy Sen")
        await office.fill("config.app_id", APP_ID)
        await office.fill("secrets.app_secret", APP_SECRET)
        await office.fill("secrets.refresh_token", "refresh-0")
        await office.fill("secrets.access_token", "stale")
        await office.fill("config.base_url", zalo.base_url)
        await page.locator("[name=queue]").select_option("support")
        await page.get_by_role("button", name="Save").click()
        card = office.card("Điện máy Sen")
        await expect(card.get_by_role("status")).to_have_text("Off")
        await card.get_by_role("button", name="Copy").click()
        await card.get_by_text("Copied").wait_for()
        endpoint = next(
            one for one in await office.server.correspondence.endpoints.everything() if one["kind"] == "zalo"
        )
        assert await page.evaluate("navigator.clipboard.readText()") == f"{office.url}{endpoint['hook_url']}"
        await card.get_by_role("button", name="Test").click()
        await card.get_by_text("Access to the account: good").wait_for()
        await card.get_by_role("button", name="Switch on").click()
        await expect(card.get_by_role("status")).to_have_text("On")
        ours = (await office.server.correspondence.endpoints.of_kind("zalo"))[0]
        await office.server.correspondence.endpoints.needs_people(ours.row, "The refresh token is spent.")
        await photograph(page, "admin")
        await page.reload()
        await expect(card).to_contain_text("The refresh token is spent.")
        await card.get_by_text("Sign in with the provider").click()
        callback, challenge = card.locator(".connect code").first, card.locator(".connect code").last
        await expect(callback).to_have_text(f"{office.url}/connect")
        consent = zalo.console(await callback.inner_text(), await challenge.inner_text())
        await card.get_by_role("button", name="Change").click()
        await office.fill("config.consent_url", consent)
        await page.get_by_role("button", name="Save").click()
        await card.get_by_text("Sign in with the provider").click()
        await photograph(page, "connect")
        await card.get_by_role("button", name="Sign in").click()
        await page.get_by_text("Connected: the provider gave its permission.").wait_for()
        await expect(card.get_by_role("status")).to_have_text("On")
        assert page.url == f"{office.url}/admin#channels"
    known = await office.server.correspondence.endpoints.by_id(ours.id)
    assert known.secrets["refresh_token"] == zalo.refresh_token


async def test_a_secret_never_comes_back_and_stays_unless_replaced(office: Office) -> None:
    await office.sign_in()
    page, rooms = office.page, office.server.correspondence
    await page.get_by_role("button", name="App Any app").click()
    await office.fill("address", "till-1")
    await page.get_by_role("button", name="Make one").click()
    secret = await page.locator('[name="secrets.secret"]').input_value()
    await page.get_by_role("button", name="Save").click()
    card = office.card("till-1")
    await card.get_by_role("button", name="Change").click()
    await expect(page.get_by_role("group", name="Secret")).to_contain_text("set")
    assert secret not in await page.content()
    await office.fill("title", "Quầy 1")
    await page.get_by_role("button", name="Save").click()
    await office.card("Quầy 1").wait_for()
    endpoint = next(one for one in await rooms.endpoints.everything() if one["address"] == "till-1")
    assert (await rooms.endpoints.by_id(UUID(str(endpoint["id"])))).secrets["secret"] == secret
    await office.card("Quầy 1").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("alertdialog")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(office.card("Quầy 1")).to_have_count(0)
    assert all(one["address"] != "till-1" for one in await rooms.endpoints.everything())


async def test_a_delivery_that_waits_is_seen_downloaded_and_tried_again(office: Office) -> None:
    rooms = office.server.correspondence
    till = await rooms.endpoints.add("webhook", "till", "Till", {}, {"secret": SECRET})
    await rooms.endpoints.switch(till.id, "on")
    await rooms.inbox(till, [Delivered("riddle", "lan", b'{"type": "riddle"}')])
    async with asyncio.timeout(60):
        while not await rooms.inbox.parked():
            await asyncio.sleep(0.05)
    await office.sign_in()
    await office.part("Waiting deliveries")
    page = office.page
    row = page.get_by_role("row").filter(has_text="Till")
    async with page.expect_download() as download:
        await row.get_by_role("link", name="As it came").click()
    raw = await (await download.value).path()
    assert b"riddle" in raw.read_bytes()
    await row.get_by_role("button", name="Try again").click()
    await page.get_by_text("It is being tried again.").wait_for()


async def test_contacts_are_looked_at_then_taken_and_the_refused_come_back(office: Office) -> None:
    await office.sign_in()
    await office.part("Import contacts")
    page = office.page
    file = FilePayload(name="khach.csv", mimeType="text/csv", buffer=PEOPLE_CSV.encode())
    await page.locator("input[type=file]").set_input_files(file)
    await page.get_by_text("No phone number can be read from it").wait_for()
    await page.get_by_role("button", name="Take 2 lines").click()
    await page.get_by_text("Done.").wait_for()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Refused lines as a file").click()
    report = (await (await download.value).path()).read_text("utf-8-sig")
    assert "Trần Văn Bình" in report
    assert "Lê Hoa" not in report


async def test_promises_hours_and_vietnamese_holidays_are_kept(office: Office) -> None:
    await office.sign_in()
    page = office.page
    await office.part("Hours and holidays")
    await page.get_by_label("Year").fill("2026")
    await page.get_by_role("button", name="Add Vietnamese holidays of 2026").click()
    await page.get_by_role("cell", name="Tết Nguyên Đán", exact=True).wait_for()
    await page.get_by_label("Saturday").fill("8-12")
    await page.get_by_label("Time zone").fill("Asia/Hanoi")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("alert").filter(has_text="Such as 08:00-12:00, 13:00-17:30").wait_for()
    await expect(page.get_by_label("Saturday")).to_be_focused()
    await page.get_by_label("Saturday").fill("08:00-12:00, 13:00-17:00")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("alert").filter(has_text="There is no such time zone").wait_for()
    await expect(page.get_by_label("Time zone")).to_be_focused()
    await page.get_by_label("Time zone").fill("Asia/Ho_Chi_Minh")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Saved.").first.wait_for()
    await page.get_by_role("button", name="New calendar").click()
    await page.get_by_label("Short name").fill("store")
    await (
        page.locator("form")
        .filter(has=page.get_by_label("Short name"))
        .get_by_role("button", name="Save")
        .click()
    )
    await page.get_by_role("alert").filter(has_text="It is in use already").wait_for()
    calendar = office.server.flows.calendars["store"]
    assert len(calendar.weekly[5]) == 2
    assert len(calendar.holidays) >= 11
    await office.part("Promises")
    await page.get_by_role("button", name="New promise").click()
    form = page.get_by_role("form", name="New promise")
    await form.get_by_label("Short name").fill("gold")
    await form.get_by_label("Title").fill("Gold customers")
    await form.get_by_label("First answer").fill("15")
    await form.get_by_label("Hours").select_option("store")
    await form.get_by_role("button", name="Save").click()
    await page.get_by_role("cell", name="15 minutes").wait_for()
    queue = page.get_by_role("form", name="Billing")
    await queue.get_by_label("Promise").select_option("gold")
    await queue.get_by_label("Opens again").fill("2")
    async with page.expect_response("**/api/queues/billing/promise"):
        await queue.get_by_role("button", name="Save").click()
    (kept,) = [one for one in await office.server.cases.promises() if one["queue"] == "billing"]
    assert (kept["policy"], kept["reopen_window_s"]) == ("gold", 2 * 86_400)
    office.chromium.expect_refusals(422)
