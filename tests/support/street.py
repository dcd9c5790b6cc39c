"""Everything outside the shop, for the story of one customer: her phone, mailboxes, providers, the shop's website, its till."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.integration.providers.support import connect, now_ms
from tests.support.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.support.fake_meta import FakeMeta
from tests.support.fake_zalo import FakeZalo
from tests.support.mail_sink import MailSink, running_sink
from tests.support.ports import LOOPBACK
from tests.support.touchpoint import SECRET, delivery
from threadline.compose import Server

SUPPORT: Final = "support"


@dataclass
class Website:
    """A page of the shop, on an origin of its own; `tag` is the script that shows the chat."""

    tag: str = ""
    origin: str = ""

    @property
    def url(self) -> str:
        return f"{self.origin}/shop"

    async def open(self, stack: AsyncExitStack) -> None:
        app = web.Application()
        app.router.add_get("/shop", self._show)
        app.router.add_get("/favicon.ico", self._nothing)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, LOOPBACK, 0).start()
        self.origin = f"http://{LOOPBACK}:{runner.addresses[0][1]}"

    async def _show(self, _: web.Request) -> web.Response:
        page = (
            '<!doctype html><html lang="vi"><meta charset="utf-8"><title>An Bình Điện máy</title>'
            '<body style="font:16px/1.6 sans-serif;margin:0;background:#f4efe6"><main style="padding:48px 64px">'
            "<h1>An Bình Điện máy</h1><p>Máy lạnh, máy giặt, tủ lạnh. Giao trong ngày, lắp đặt tận nhà.</p>"
            f"</main>{self.tag}</body></html>"
        )
        return web.Response(text=page, content_type="text/html")

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.Response(status=204)


@dataclass
class Street:
    """What customers reach the shop by, each by its real protocol."""

    mailbox: Dovecot
    sink: MailSink
    zalo: FakeZalo
    meta: FakeMeta
    website: Website = field(default_factory=Website)
    till_url: str = ""

    def mails(self, sender: str, subject: str, text: str) -> None:
        """A mail arrives in the shop's mailbox."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, USER, subject
        mail["Message-ID"] = f"<{abs(hash(text))}@example.vn>"
        # of whole seconds: the present one began before what was written a moment ago
        mail["Date"] = datetime.now(UTC) + timedelta(seconds=1)
        mail.set_content(text)
        self.mailbox.deliver(mail.as_bytes())

    async def till_tells(self, customer: dict[str, Any], text: str) -> None:
        """The till of the store reports, signed, what happened at its counter."""
        event = {
            "type": "message",
            "id": text,
            "at": datetime.now(UTC).isoformat(),
            "customer": customer,
            "text": text,
        }
        body, headers = delivery([event])
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.till_url, data=body, headers=headers) as answer,
        ):
            assert answer.status == 200


@asynccontextmanager
async def street(server: Server) -> AsyncIterator[Street]:
    """Connects the server with all of it."""
    async with AsyncExitStack() as stack:
        made = Street(
            await stack.enter_async_context(running_dovecot()),
            await stack.enter_async_context(running_sink(PASSWORD)),
            await stack.enter_async_context(FakeZalo()),
            await stack.enter_async_context(FakeMeta()),
        )
        await made.website.open(stack)
        await _connect(server, made)
        yield made


async def _connect(server: Server, outside: Street) -> None:
    endpoints = server.correspondence.endpoints
    url = f"http://{LOOPBACK}:{server.http_port}"
    chat = await endpoints.add(
        "chat",
        "street",
        "An Bình Điện máy",
        {"origins": outside.website.origin, "colour": "#b4552d"},
        {},
        queue=SUPPORT,
    )
    outside.website.tag = f'<script async src="{url}/widget/v1.js" data-key="{chat.id}"></script>'
    mail = await endpoints.add(
        "email", USER, "An Bình Điện máy", {
            "imap_host": LOOPBACK, "imap_port": str(outside.mailbox.port), "imap_security": "none",
            "smtp_host": LOOPBACK, "smtp_port": str(outside.sink.port), "smtp_security": "none",
            "username": USER, "start": "all", "poll_s": "1",
        }, {"password": PASSWORD}, queue=SUPPORT,
    )  # fmt: skip
    till = await endpoints.add("webhook", "store", "Cửa hàng Quận 3", {}, {"secret": SECRET}, queue=SUPPORT)
    outside.till_url = f"{url}/hooks/webhook/{till.id}"
    for made in (chat, mail, till):
        await endpoints.switch(made.id, "on")
    for kind, fake in (("zalo", outside.zalo), ("messenger", outside.meta)):
        known = await connect(server.correspondence, kind, fake)
        fake.hook_url = f"{url}/hooks/{kind}/{known.id}"
        fake.now_ms = now_ms() - 60_000
