"""At the desk: a template where nothing else may be written, and what the agent knows better than the channel."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat.conftest import Shop, at_desk, eventually
from tests.integration.providers.support import connect, now_ms
from tests.support.chromium import Chromium
from tests.support.fake_zalo import FakeZalo

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

EIGHT_DAYS_MS = 8 * 86_400_000


async def test_after_seven_days_zalo_takes_a_template_alone_and_the_agent_writes_down_who_she_is(
    shop: Shop, chromium: Chromium
) -> None:
    rooms = shop.server.correspondence
    async with FakeZalo() as zalo:
        endpoint = await connect(rooms, "zalo", zalo)
        zalo.now_ms = now_ms() - EIGHT_DAYS_MS
        zalo.hook_url = f"{shop.url}/hooks/zalo/{endpoint.id}"
        zalo.customer_says("246845883529197922", "Bình nóng lạnh bị rò nước")
        assert await zalo.deliver() == [200]
        await shop.thread_of("Bình nóng lạnh bị rò nước")
        page = await at_desk(shop, chromium, "bình nóng lạnh bị rò")
        await page.get_by_text("Bình nóng lạnh bị rò nước").first.click()
        form = page.get_by_role("group", name="Tin mẫu")
        await expect(form).to_be_visible()
        await expect(page.locator("#reply")).to_be_disabled()
        send = form.get_by_role("button", name="Gửi tin mẫu")
        await expect(send).to_be_disabled()
        await form.get_by_label("Mã mẫu").fill("7895417")
        await form.get_by_label("Giá trị").fill("customer = Lan\nday = thứ Bảy = 29/11")
        await send.click()

        async def is_sent() -> bool:
            return bool(zalo.sent)

        await eventually(is_sent, "the template at Zalo")
        await expect(form.get_by_label("Mã mẫu")).to_have_value("")
        await _gets_a_name_and_a_number(page)
        await rooms.endpoints.switch(endpoint.id, "off")
    (sent,) = zalo.sent
    assert sent["path"] == "/v3.0/oa/message/template"
    assert (sent["template_id"], sent["template_data"]) == (
        "7895417",
        {"customer": "Lan", "day": "thứ Bảy = 29/11"},
    )
    chromium.expect_refusals(422)
    assert chromium.errors == []


async def _gets_a_name_and_a_number(page: Page) -> None:
    """What she tells the agent is written down beside the thread; a number that is none stays to be mended."""
    await page.get_by_role("button", name="Sửa tên").click()
    await page.get_by_label("Tên").last.fill("Trần Thị Hoa")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Trần Thị Hoa")).to_have_count(
        2
    )  # over the thread and beside it
    await page.get_by_role("button", name="Thêm số hoặc địa chỉ").click()
    way = page.get_by_label("Số điện thoại hoặc e-mail")
    await way.fill("0909 000 12")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast-bad")).to_be_visible()
    await expect(way).to_have_value("0909 000 12")
    await way.fill("0909 000 123")
    await page.keyboard.press("Enter")
    await expect(page.locator(".identities")).to_contain_text("+84 909 000 123")
