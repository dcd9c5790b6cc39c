"""One server for the whole folder, with two admins, a phone each, and a browser that has a microphone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page

from tests.integration.telephony.stage import MENU, PASSWORD, Office
from tests.support.agent_page import microphone
from tests.support.audio import warble
from tests.support.chromium import Chromium
from tests.support.databases import fresh_database
from tests.support.house import house
from threadline.compose import Server
from threadline.db.embedded import EmbeddedPostgres

WIDTH, HEIGHT = 1440, 860
SPOKEN: Final = warble(11, 1.5)  # what the microphone hears, again and again


_sessions: dict[tuple[str, str], Any] = {}  # cookies by server and login


@dataclass
class Desk:
    """An admin at the page of flows."""

    office: Office
    chromium: Chromium
    page: Page

    @property
    def server(self) -> Server:
        return self.office.server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.http_port}"

    @property
    def text(self) -> Locator:
        return self.page.locator(".code-area")

    @property
    def pane(self) -> Locator:
        return self.page.get_by_role("tabpanel")

    async def sign_in(self, flow: str = "", login: str = "dung") -> None:
        """The password is typed once; later windows have the session."""
        context, kept = self.page.context, _sessions.get((self.url, login))
        if kept is not None:
            await context.add_cookies(kept)
        await self.page.goto(f"{self.url}/flows#{flow}")
        if kept is None:
            await self.page.get_by_label("Login").fill(login)
            await self.page.get_by_label("Password").fill(PASSWORD)
            await self.page.keyboard.press("Enter")
        await self.page.locator(".flow-room" if flow else ".flow-list").wait_for()
        _sessions[self.url, login] = await context.cookies()

    async def write(self, text: str) -> None:
        await self.text.fill(text)

    async def tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def step(self, name: str) -> Locator:
        return self.page.locator(".graph-step").filter(has=self.page.locator(f'text="{name}"'))

    async def window(self) -> "Desk":
        """Another person's."""
        return Desk(self.office, self.chromium, await self.chromium.window(width=WIDTH, height=HEIGHT))


def menu(name: str) -> str:
    """A flow of that id."""
    return MENU.replace("id: little_menu", f"id: {name}").replace("title: A menu", f"title: {name}")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def building(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("flow_room") / "data"
    async with fresh_database(postgres) as dsn, house(folder, dsn) as server:
        await server.router.define_queue("support", "Support", need={"support": 1})
        for login, name, extension in (("dung", "Dũng Lê", "101"), ("tam", "Tâm Đỗ", "102")):
            await server.accounts.add_account(extension, server.settings.realm, PASSWORD, md5=True)
            await server.people.add(
                login, PASSWORD, role="admin", display_name=name, extension=extension, locale="en-US"
            )
        yield server


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    file = tmp_path_factory.mktemp("microphone") / "microphone.wav"
    async with Chromium(microphone=await asyncio.to_thread(microphone, file, SPOKEN)) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def desk(building: Server, browser: Chromium, tmp_path: Path) -> AsyncIterator[Desk]:
    """A window without a complaint of its page, and no request to anywhere else."""
    async with browser.watched():
        yield Desk(Office(building, tmp_path), browser, await browser.window(width=WIDTH, height=HEIGHT))
