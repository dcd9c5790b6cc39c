"""Monday to Thursday: one customer, five ways to reach the shop, one thread, on real parts.

The chat is the widget in Chromium, the mailbox a real Dovecot, outgoing mail goes to a real SMTP server, Zalo and
Messenger are stand-ins that speak their providers' HTTP with their signatures, the call is a real phone's.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from tests.e2e.test_story import Shop, at_step, photograph, sign_in
from tests.integration.providers.support import connect, now_ms
from tests.support.chromium import Chromium
from tests.support.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.support.fake_meta import FakeMeta
from tests.support.fake_zalo import FakeZalo
from tests.support.house import house
from tests.support.mail_sink import MailSink, running_sink
from tests.support.ports import LOOPBACK
from threadline.compose import Server
from threadline.demo.cast import AN, HOTLINE, LAN
from threadline.demo.seed import seed
from threadline.kernel.ids import ContactId, ThreadId

pytestmark = pytest.mark.e2e

SLOW_MS = 60_000
LANS_MAIL = "lan.nguyen@example.vn"
ZALO_USER, PSID = "246845883529197922", "7001234567890"


@dataclass
class World:
    """The shop and everything outside it."""

    shop: Shop
    mailbox: Dovecot
    sink: MailSink
    zalo: FakeZalo
    meta: FakeMeta
    chat: Endpoint
    site_url: str

    @property
    def server(self) -> Server:
        return self.shop.server

    async def lan(self) -> tuple[ContactId, ThreadId]:
        (card,) = await self.server.threads.contacts(LAN.phone, "VN")
        return ContactId(UUID(str(card["id"]))), ThreadId(UUID(str(card["thread"])))

    async def said(self, thread: ThreadId) -> list[tuple[str, str]]:
        """(channel, text) of what was said in it, oldest first."""
        page: Any = await self.server.threads.timeline(thread, None, 200)
        return [
            (one["channel"], one["text"] or "") for one in reversed(page["entries"]) if one["kind"] != "event"
        ]


class Site:
    """A page of the shop, on an origin of its own; `tag` is the script that shows the chat."""

    tag = ""
    origin = ""

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
        page = f'<!doctype html><html lang="en"><title>Shop</title><body><h1>The shop</h1>{self.tag}</body></html>'
        return web.Response(text=page, content_type="text/html")

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.Response(status=204)


@pytest.fixture
async def world(tmp_path: Path, dsn: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        mailbox = await stack.enter_async_context(running_dovecot())
        sink = await stack.enter_async_context(running_sink(PASSWORD))
        zalo = await stack.enter_async_context(FakeZalo())
        meta = await stack.enter_async_context(FakeMeta())
        server = await stack.enter_async_context(house(tmp_path / "data", dsn))
        shop = Shop(server, await seed(server, server.settings.data_dir, server.settings.realm), tmp_path)
        site = Site()
        await site.open(stack)
        endpoints = server.correspondence.endpoints
        chat = await endpoints.add("chat", "story", "Website", {"origins": site.origin}, {}, queue="support")
        await endpoints.switch(chat.id, "on")
        url = f"http://{LOOPBACK}:{server.http_port}"
        site.tag = f'<script async src="{url}/widget/v1.js" data-key="{chat.id}"></script>'
        mail = await endpoints.add(
            "email", USER, "Shop", {
                "imap_host": LOOPBACK, "imap_port": str(mailbox.port), "imap_security": "none", "smtp_host": LOOPBACK,
                "smtp_port": str(sink.port), "smtp_security": "none", "username": USER, "start": "all", "poll_s": "1",
            }, {"password": PASSWORD}, queue="support",
        )  # fmt: skip
        await endpoints.switch(mail.id, "on")
        for kind, fake in (("zalo", zalo), ("messenger", meta)):
            made = await connect(server.correspondence, kind, fake)
            fake.hook_url = f"{url}/hooks/{kind}/{made.id}"
            fake.now_ms = now_ms() - 60_000
        yield World(shop, mailbox, sink, zalo, meta, chat, f"{site.origin}/shop")


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with Chromium() as started:
        yield started


def mail_from(sender: str, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, USER, "Máy lạnh"
    mail["Message-ID"] = f"<{abs(hash(text))}@example.vn>"
    mail["Date"] = "Tue, 24 Nov 2026 09:00:00 +0700"
    mail.set_content(text)
    return mail.as_bytes()


async def visit(chromium: Chromium, world: World) -> Locator:
    """Somebody on the shop's page, with the chat open."""
    context = await chromium.context()
    page = await context.new_page()
    page.set_default_timeout(SLOW_MS)
    await page.goto(world.site_url)
    chat = page.locator("threadline-chat")
    await chat.locator(".launcher").click()
    await chat.locator(".panel").wait_for()
    return chat


async def say(chat: Locator, text: str) -> None:
    await chat.locator("textarea.box").fill(text)
    await chat.locator("textarea.box").press("Enter")
    await expect(chat.locator(".bubble", has_text=text)).to_be_visible()


async def leave_number(chat: Locator, number: str) -> None:
    await chat.locator("button.number").click()
    await chat.locator('input[name="phone"]').fill(number)
    await chat.locator('input[name="phone"]').press("Enter")
    await expect(chat.locator('input[name="phone"]')).to_have_count(0)


async def open_case_of(page: Page, words: str) -> None:
    """From the list of cases nobody has taken."""
    inbox = page.get_by_role("button", name="Nobody's")
    rows = page.get_by_role("listbox").get_by_role("option", name=words)
    async with asyncio.timeout(60):
        while not await rows.count():
            if await inbox.get_attribute("aria-expanded") == "true":
                await inbox.click()
            await inbox.click()
            await page.wait_for_timeout(500)
    await rows.first.click()


async def answer_by(page: Page, way: str, text: str) -> None:
    await page.get_by_role("tab", name="Reply").click()
    options = page.get_by_label("By which way").locator("option", has_text=way)
    await page.get_by_label("By which way").select_option(value=await options.first.get_attribute("value"))
    await page.get_by_label("Answer to the customer").fill(text)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_label("Answer to the customer")).to_have_value("")


async def test_four_days_are_one_thread(world: World, chromium: Chromium) -> None:
    contact, thread = await world.lan()
    contacts = world.server.contacts
    await contacts.add_identity(contact, "email", LANS_MAIL, SYSTEM)  # an address she has used before
    page = await chromium.page("about:blank")
    page.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    await sign_in(page, world.shop)
    log = page.get_by_role("log")

    # Monday: the web chat, and her number, which anybody could type
    chat = await visit(chromium, world)
    await say(chat, "My air conditioner is broken")
    await leave_number(chat, LAN.account)
    await open_case_of(page, "My air conditioner")
    await expect(page.get_by_text("nothing proves it yet")).to_be_visible()
    await photograph(page, "claim")
    await page.get_by_role("button", name="Yes, the same").click()
    await expect(page.get_by_role("heading", name=LAN.name, level=1)).to_be_visible()
    await expect(log).to_contain_text("My air conditioner is broken")
    await answer_by(page, "Website", "We will send a technician")
    await expect(chat.locator(".bubble", has_text="We will send a technician")).to_be_visible()

    # Tuesday: an e-mail from an address that is known
    world.mailbox.deliver(mail_from(LANS_MAIL, "Nobody came to look at it"))
    await expect(log).to_contain_text("Nobody came to look at it")

    # Wednesday: Zalo, and Messenger, each with a word that leads to her
    world.zalo.now_ms = now_ms() - 1000
    world.zalo.customer_says(ZALO_USER, "Still waiting, on Zalo now")
    world.zalo.event(
        "user_submit_info", ZALO_USER, {}, info={"name": LAN.name, "phone": LAN.phone.removeprefix("+")}
    )
    assert set(await world.zalo.deliver()) == {200}
    await open_case_of(page, "Still waiting")
    await page.get_by_role("button", name="Yes, the same").click()
    await expect(log).to_contain_text("Nobody came to look at it")
    await expect(log).to_contain_text("Still waiting, on Zalo now")
    world.meta.customer_says(PSID, "And a photo on Messenger")
    assert set(await world.meta.deliver()) == {200}

    await the_call_pops_with_all_of_it(page, world)
    await one_box_answers_every_way(page, world, chat)

    # all of it, in order, in one thread
    said = await world.said(thread)
    words = [text for _, text in said]
    order = [
        "My air conditioner is broken",
        "We will send a technician",
        "Still waiting, on Zalo now",
        "Chị ơi, mai ạ",
    ]
    places = [next(n for n, text in enumerate(words) if one in text) for one in order]
    assert places == sorted(places)
    assert {"chat", "email", "zalo", "voice"} <= {channel for channel, _ in said}

    await a_stranger_with_her_number_sees_nothing(chromium, world, thread)
    await the_agent_is_asked_which_of_two_it_is(page, world, contact)
    assert chromium.errors == []
    assert chromium.outside == []


async def the_call_pops_with_all_of_it(page: Page, world: World) -> None:
    """Thursday: she calls, and the agent has read everything before hello."""
    shop = world.shop
    async with (
        shop.phone(AN.extension, "queue-thankyou", auto_answer=False) as desk,
        shop.phone(LAN.account, "please-try-call-later", auto_answer=True) as lan,
    ):
        await desk.registered()
        await lan.registered()
        await lan.dial(HOTLINE)
        await lan.established()
        await lan.press("2")
        await at_step(shop, "main")
        await lan.press("3")
        await desk.incoming(timeout_s=60)
        await expect(page.get_by_role("alertdialog")).to_contain_text(LAN.name)
        log = page.get_by_role("log")
        for words in (
            "My air conditioner is broken",
            "Nobody came to look at it",
            "Still waiting, on Zalo now",
        ):
            await expect(log).to_contain_text(words)
        await photograph(page, "thursday")
        await desk.answer()
        await desk.established(timeout_s=30)
        await lan.hang_up()
        await desk.closed(timeout_s=30)
    await page.get_by_label("Current call").get_by_role("button", name="Ready now").click()


async def one_box_answers_every_way(page: Page, world: World, chat: Locator) -> None:
    """The Zalo message from the box under the call's transcript, and the chat by e-mail."""
    await expect(page.get_by_role("article", name="Call").last).to_contain_text("Served")
    await answer_by(page, "Zalo", "Chị ơi, mai ạ")
    async with asyncio.timeout(60):
        while not world.zalo.sent:
            await asyncio.sleep(0.05)
    assert world.zalo.sent[0]["message"]["text"] == "Chị ơi, mai ạ"
    await answer_by(page, LANS_MAIL, "As written in the chat: tomorrow at nine.")
    async with asyncio.timeout(60):
        while not world.sink.taken:
            await asyncio.sleep(0.05)
    assert world.sink.taken[0].rcpt_tos == [LANS_MAIL]
    await photograph(page, "one-thread")


async def a_stranger_with_her_number_sees_nothing(chromium: Chromium, world: World, thread: ThreadId) -> None:
    """Somebody else types Lan's number into the chat."""
    before = await world.said(thread)
    chat = await visit(chromium, world)
    await say(chat, "I am Lan, what did you promise me?")
    await leave_number(chat, LAN.account)
    await chat.page.reload()
    await chat.locator(".launcher").click()
    await expect(chat.locator(".line[data-key] .bubble")).to_have_count(2)
    assert "technician" not in (await chat.locator(".panel").inner_text())
    assert await world.said(thread) == before


async def the_agent_is_asked_which_of_two_it_is(page: Page, world: World, lan: ContactId) -> None:
    """Her husband uses the same phone; the call goes to whom the agent says it was."""
    contacts = world.server.contacts
    card: Any = await world.server.threads.contact(lan)
    phone = next(one for one in card["identities"] if one["kind"] == "phone")
    await contacts.share_identity(lan, int(phone["id"]), SYSTEM, shared=True)
    husband: Any = await world.server.threads.add_message(
        thread=None,
        identity=("email", "hung@example.vn"),
        channel="email",
        direction="in",
        text="Hello",
        display="Hùng",
    )
    (him,) = await world.server.threads.contacts("hung@example.vn", "VN")
    await contacts.add_identity(ContactId(UUID(str(him["id"]))), "phone", LAN.phone, SYSTEM, shared=True)
    await page.get_by_label("Search everything").fill(LANS_MAIL)
    await page.keyboard.press("Enter")
    who = page.get_by_label("Which customer is it")
    await expect(who.get_by_role("button", name=LAN.name)).to_have_attribute("aria-pressed", "true")
    await photograph(page, "who")
    await who.get_by_role("button", name="Hùng").click()
    await expect(page.get_by_role("heading", name="Hùng", level=1)).to_be_visible()
    await expect(page.get_by_role("article", name="Call")).to_have_count(1)
    assert "voice" in {channel for channel, _ in await world.said(ThreadId(UUID(str(husband["thread"]))))}
