"""One server for all tests of the chat, a chat of its own for each of them on a site of another origin, and visitors.

Server and browser live as long as the folder's tests, on the session's loop: every test here runs on that loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from omnichannel.channels.port import Endpoint
from tests.support.chromium import PATIENCE_MS, Chromium
from tests.support.databases import fresh_database
from tests.support.house import house
from threadline.compose import Server
from threadline.db.embedded import EmbeddedPostgres
from threadline.kernel.events import AgentState, ThreadDelta
from threadline.kernel.ids import AgentId, ThreadId

SECRET = "a-secret-of-the-shop-32-characters-long"
HOST_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src {0}; connect-src {0} {1}; img-src {0}"
)
STYLE = (
    "body{font:16px/1.5 serif;margin:0;background:#f4efe6}main{padding:40px}*{letter-spacing:.01em}"
    "button{background:red!important}"
)


@dataclass
class Site:
    """A page of a shop, at an origin of its own, with the policy the guide tells it to have."""

    port: int = 0
    tag: dict[str, str] = field(default_factory=dict)
    language: str = "en"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/shop"

    async def serve(self, server_url: str) -> web.AppRunner:
        runner = web.AppRunner(_page_of(self, server_url), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        return runner


def _page_of(site: Site, server_url: str) -> web.Application:
    async def show(_: web.Request) -> web.Response:
        data = "".join(f' data-{name}="{value}"' for name, value in site.tag.items())
        html = (
            f'<!doctype html><html lang="{site.language}"><head><meta charset="utf-8"><title>Shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style>"
            f'<script async src="{server_url}/widget/v1.js"{data}></script></head>'
            "<body><main><h1>The shop</h1><p>Air conditioners and washing machines.</p></main></body></html>"
        )
        policy = HOST_POLICY.format(server_url, server_url.replace("http", "ws"))
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/shop", show)
    app.router.add_get("/favicon.ico", nothing)
    return app


@dataclass
class Town:
    """The server, and what was heard of its threads since it began."""

    server: Server
    an: AgentId
    heard: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.http_port}"


@dataclass
class Shop:
    """One chat's endpoint, the site that shows it, and An who answers."""

    town: Town
    endpoint: Endpoint
    site: Site
    begins: int

    @property
    def server(self) -> Server:
        return self.town.server

    @property
    def url(self) -> str:
        return self.town.url

    @property
    def heard(self) -> list[Mapping[str, Any]]:
        """The entries of this test, in the order they were told."""
        return self.town.heard[self.begins :]

    async def thread_of(self, text: str) -> ThreadId:
        """The thread into which a visitor wrote `text`, once it is there."""
        await eventually(lambda: _true(any(entry["text"] == text for entry in self.heard)), text)
        return next(ThreadId(UUID(str(entry["thread"]))) for entry in self.heard if entry["text"] == text)

    async def answer(self, thread: ThreadId, text: str, files: tuple[UUID, ...] = ()) -> None:
        """An answers by the chat."""
        ways = await self.server.correspondence.outbound.reach(thread)
        way = next(one for one in ways if one["channel"] == "chat")
        await self.server.correspondence.outbound.send(
            thread=thread, identity=int(str(way["identity"])), endpoint=UUID(str(way["endpoint"])), text=text,
            agent=self.town.an, files=files,
        )  # fmt: skip

    async def configure(self, **config: str) -> None:
        """Changes fields of the endpoint."""
        known = {"origins": self.site.origin}
        await self.server.correspondence.endpoints.change(self.endpoint.id, config=known | config)


async def _true(value: bool) -> bool:
    return value


async def eventually(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits until it holds. Raises TimeoutError."""
    try:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not await holds():
                await asyncio.sleep(0.02)
    except TimeoutError as exc:
        raise TimeoutError(f"never came true: {what}") from exc


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def town(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("town") / "data"
    async with fresh_database(postgres) as dsn, house(folder, dsn) as server:
        an = await server.people.add("an", "an-password", role="agent", display_name="An", extension=None)
        built = Town(server, an)
        server.bus.subscribe(ThreadDelta, lambda delta: built.heard.append(delta.entry))
        yield built


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Chromium]:
    async with Chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(browser: Chromium) -> AsyncIterator[Chromium]:
    """The browser, without anybody's windows and complaints from before."""
    browser.errors.clear()
    browser.outside.clear()
    yield browser
    await browser.close_contexts()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(town: Town) -> AsyncIterator[Shop]:
    site = Site()
    runner = await site.serve(town.url)
    endpoints = town.server.correspondence.endpoints
    made = await endpoints.add(
        "chat", f"shop-{uuid4()}", "An Bình Shop", {"origins": site.origin}, {"identity_secret": SECRET}
    )
    await endpoints.switch(made.id, "on")
    site.tag["key"] = str(made.id)
    await town.server.router.set_state(town.an, AgentState.READY)
    yield Shop(town, made, site, len(town.heard))
    await runner.cleanup()


@dataclass
class Visitor:
    """Somebody on the shop's page."""

    page: Page

    @property
    def chat(self) -> Locator:
        return self.page.locator("threadline-chat")

    async def open(self) -> None:
        await self.chat.locator(".launcher").click()
        await self.chat.locator(".panel").wait_for()

    async def say(self, text: str) -> None:
        await self.chat.locator("textarea.box").fill(text)
        await self.chat.locator("textarea.box").press("Enter")

    def bubbles(self) -> Locator:
        return self.chat.locator(".line[data-key] .bubble")

    async def reads(self, *texts: str) -> None:
        """Exactly these, in this order."""
        await expect(self.bubbles()).to_have_text(list(texts))

    async def again(self) -> None:
        """Comes back to the page later."""
        await self.page.reload()
        await self.open()


async def visit(
    chromium: Chromium, url: str, *, locale: str = "en-US", width: int = 1280, height: int = 800
) -> Visitor:
    page = await chromium.window(locale=locale, width=width, height=height)
    await page.goto(url)
    return Visitor(page)


async def at_desk(shop: Shop, chromium: Chromium, search: str) -> Page:
    """An's page, in Vietnamese, after a search."""
    page = await chromium.page(shop.url)
    await page.get_by_label("Login").fill("an")
    await page.get_by_label("Password").fill("an-password")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_text("Đã kết nối").wait_for()
    await page.get_by_role("searchbox").fill(search)
    await page.keyboard.press("Enter")
    return page
