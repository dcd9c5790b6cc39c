"""The desk shows a mail's pictures only when asked, and by way of the server: the browser talks to nobody else."""

from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import expect

from omnichannel.channels.email.reading import key_of, sender_of
from omnichannel.channels.port import Delivered, Endpoint
from omnichannel.webhooks.calling import Caller
from tests.e2e.chat.conftest import Shop, at_desk
from tests.support.chromium import Chromium
from tests.support.ports import LOOPBACK

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540000000"
    "0049454e44ae426082"
)
SENDER = "hoa@customer.example"


async def _mail_arrives(shop: Shop, box: Endpoint, text: str, html: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Hoa <{SENDER}>", box.address, "Look at this"
    mail["Message-ID"], mail["Date"] = (
        make_msgid(domain="customer.example"),
        "Mon, 16 Nov 2026 10:12:00 +0700",
    )
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p>{html}", subtype="html")
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
        config = {"imap_host": LOOPBACK, "smtp_host": LOOPBACK}
        box = await shop.server.correspondence.endpoints.add(
            "email", f"box{shop.site.port}@shop.example.vn", "Box", config, {}
        )
        url = f"http://{LOOPBACK}:{runner.addresses[0][1]}/leak.png?who=hoa"
        await _mail_arrives(shop, box, "It leaks here", f'<img alt="the leak" src="{url}">')
        await shop.thread_of("It leaks here")
        await _mail_arrives(shop, box, "No picture this time", "")
        await shop.thread_of("No picture this time")
        page = await at_desk(shop, chromium, SENDER)
        as_sent = page.get_by_role("button", name="Xem như bản gốc")
        await as_sent.last.click()
        await expect(page.frame_locator("iframe.mail-frame").get_by_text("No picture")).to_be_visible()
        await expect(page.get_by_role("button", name="Hiện hình ảnh")).to_have_count(0)
        await page.get_by_role("button", name="Xem dạng văn bản").click()
        await as_sent.first.click()
        frame: Any = page.frame_locator("iframe.mail-frame")
        await expect(frame.get_by_text("It leaks here")).to_be_visible()
        assert heard == []
        await page.get_by_role("button", name="Hiện hình ảnh").click()
        await expect(frame.locator("img")).to_have_js_property("naturalWidth", 1)
    await runner.cleanup()
    assert heard == ["Mozilla/5.0"]
    assert chromium.outside == []
