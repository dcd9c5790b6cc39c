"""The desk shows a mail's pictures only when asked, and by way of the server: the browser talks to nobody else."""

from email.message import EmailMessage
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import expect

from omnichannel.channels.email.reading import key_of, sender_of
from omnichannel.channels.port import Delivered
from omnichannel.webhooks.calling import Caller
from tests.e2e.chat.conftest import SLOW_MS, Shop
from tests.support.chromium import Chromium
from tests.support.ports import LOOPBACK

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540000000"
    "0049454e44ae426082"
)
SENDER = "hoa@customer.example"


async def _mail_arrives(shop: Shop, picture: str) -> None:
    endpoints = shop.server.correspondence.endpoints
    config = {"imap_host": LOOPBACK, "smtp_host": LOOPBACK}
    box = await endpoints.add("email", f"box{shop.site.port}@shop.example.vn", "Box", config, {})
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Hoa <{SENDER}>", box.address, "Look at this"
    mail["Message-ID"], mail["Date"] = "<picture.1@customer.example>", "Mon, 16 Nov 2026 10:12:00 +0700"
    mail.set_content("It leaks here")
    mail.add_alternative(f'<p>It leaks here</p><img alt="the leak" src="{picture}">', subtype="html")
    raw, clock = mail.as_bytes(), shop.server.clock
    headers = {"received_at": clock.now().isoformat()}
    await shop.server.correspondence.inbox(box, [Delivered(key_of(raw), sender_of(raw), raw, headers)])


async def test_a_mails_pictures_are_shown_on_request_and_fetched_by_the_server(
    shop: Shop, chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    async def picture(request: web.Request) -> web.Response:
        heard.append(request.headers.get("User-Agent", ""))
        return web.Response(body=PICTURE, content_type="image/png")

    app = web.Application()
    app.router.add_get("/leak.png", picture)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    async with Caller(may_be_private=True) as caller:
        monkeypatch.setattr(shop.server.automation.pictures, "_caller", caller)
        await _mail_arrives(shop, f"http://{LOOPBACK}:{runner.addresses[0][1]}/leak.png?who=hoa")
        await shop.thread_of("It leaks here")
        page = await (await chromium.context()).new_page()
        page.set_default_timeout(SLOW_MS)
        await page.goto(shop.url)
        await page.get_by_label("Login").fill("an")
        await page.get_by_label("Password").fill("an-password")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_text("Đã kết nối").wait_for()  # An's pages are in Vietnamese
        await page.get_by_role("searchbox").fill(SENDER)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Xem như bản gốc").click()
        frame: Any = page.frame_locator("iframe.mail-frame")
        await expect(frame.get_by_text("It leaks here")).to_be_visible(timeout=SLOW_MS)
        assert heard == []
        await page.get_by_role("button", name="Hiện hình ảnh").click()
        await expect(frame.locator("img")).to_have_js_property("naturalWidth", 1, timeout=SLOW_MS)
    await runner.cleanup()
    assert heard == ["Mozilla/5.0"]
    assert chromium.outside == []
