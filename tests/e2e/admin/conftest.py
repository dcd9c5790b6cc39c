"""One server for the whole folder, with people, queues, numbers and rules in it; each test gets a window of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page

from omnichannel.audit.service import SYSTEM
from telephony.sip.trunks import TrunkConfig
from tests.support.chromium import Chromium
from tests.support.databases import fresh_database
from tests.support.house import ALWAYS_OPEN, furnish, house
from threadline.compose import Server
from threadline.db.embedded import EmbeddedPostgres
from threadline.kernel.events import Json

PASSWORD = "a-long-password"
RULE: Json = {
    "title": "VIP first",
    "when": "message_in",
    "if": 'contact.vip && message.channel == "zalo"',
    "then": [
        {"do": "tag", "tags": ["vip"]},
        {"do": "queue", "queue": "support"},
        {"do": "priority", "priority": 1},
    ],
    "on": True,
}


@dataclass
class Office:
    """The server, and an admin's window."""

    server: Server
    chromium: Chromium
    page: Page

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.http_port}"

    async def sign_in(self, login: str = "dung", part: str = "channels") -> None:
        await self.page.goto(f"{self.url}/admin#{part}")
        await self.page.get_by_label("Login").fill(login)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.locator(".shell-top").wait_for()

    async def part(self, name: str) -> None:
        await self.page.get_by_label("Parts of this page").get_by_role("link", name=name, exact=True).click()

    async def fill(self, field: str, value: str) -> None:
        await self.page.locator(f'[name="{field}"]').fill(value)

    def card(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def drawer(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    async def another(self, login: str = "dung", part: str = "channels") -> "Office":
        """The same page in a window of its own."""
        office = Office(self.server, self.chromium, await _window(self.chromium))
        await office.sign_in(login, part)
        return office


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def building(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("office") / "data"
    async with fresh_database(postgres) as dsn, house(folder, dsn) as server:
        await _move_in(server)
        yield server


async def _move_in(server: Server) -> None:
    people = server.people
    await people.add("dung", PASSWORD, role="admin", display_name="Dũng Lê", locale="en-US")
    await people.add("chi", PASSWORD, role="supervisor", display_name="Chi Phạm", locale="en-US")
    await people.add("tam", PASSWORD, role="admin", display_name="Tâm Đỗ", locale="vi-VN")
    skills = {"support": 3, "billing": 2, "lang:en": 4}
    await people.add(
        "an", PASSWORD, role="agent", display_name="An Nguyễn", extension="101", skills=skills, locale="en-US"
    )
    await people.add(
        "binh", PASSWORD, role="agent", display_name="Bình Trần", skills={"support": 5, "lang:vi": 5}
    )
    await people.add(
        "hoa", PASSWORD, role="agent", display_name="Hoa Võ", skills={"billing": 4, "lang:vi": 5}
    )
    await server.accounts.add_account("101", server.settings.realm, "phone-password")
    await furnish(server)
    await server.flows.set_calendar("store", "Asia/Ho_Chi_Minh", ALWAYS_OPEN, [])
    await server.accounts.save_trunk(
        TrunkConfig(
            "viettel", ("203.0.113.0/24",), host="127.0.0.1", port=server.sip.port, user="sen", password="x"
        )
    )
    await server.automation.rules.save(RULE, SYSTEM)
    await server.automation.canned.save_text(
        "hello", "Greeting", {"en": "Hello ${contact.name}, how can I help?", "vi": "Chào ${contact.name}, em giúp gì ạ?"},
        None, SYSTEM,
    )  # fmt: skip
    await server.threads.add_message(
        thread=None, identity=("email", "lan@example.vn"), channel="email", direction="in",
        text="Máy lạnh của tôi không chạy.", actor=None,
    )  # fmt: skip


async def _window(chromium: Chromium) -> Page:
    page = await chromium.window()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Chromium]:
    async with Chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def office(building: Server, browser: Chromium) -> AsyncIterator[Office]:
    """A window without a complaint of its page, and no request to anywhere else."""
    async with browser.watched():
        yield Office(building, browser, await _window(browser))
