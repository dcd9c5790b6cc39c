"""The floor a supervisor sees, with real phones, and her window."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page

from tests.integration.telephony.stage import FRONT_DESK, Office, an_office
from tests.integration.telephony.stage import PASSWORD as PHONE_PASSWORD
from tests.support.chromium import Chromium
from tests.support.databases import fresh_database
from threadline.db.embedded import EmbeddedPostgres
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

PASSWORD = "a-long-password"
QUEUES = {
    "billing": "Billing",
    "orders": "Orders",
    "technical": "Technical help",
    "vip": "VIP",
    "returns": "Returns",
}
CREW = {
    "binh": ("Bình Trần", {"support": 3, "billing": 4}, AgentState.AWAY),
    "hoa": ("Hoa Võ", {"orders": 4, "technical": 2}, AgentState.AWAY),
    "khoa": ("Khoa Bùi", {"technical": 5, "vip": 3}, AgentState.LOGGED_OUT),
}


@dataclass
class Hall:
    """The floor, and Chi's window."""

    office: Office
    an: AgentId
    chromium: Chromium
    page: Page

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.office.server.http_port}"

    async def sign_in(self, login: str = "chi", at: str = "/wallboard") -> None:
        await self.page.goto(f"{self.url}{at}")
        await self.page.get_by_label("Login").fill(login)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.keyboard.press("Enter")

    async def beside(self, login: str, at: str) -> "Hall":
        """Somebody else at a window of his own."""
        other = replace(self, page=await self.chromium.window(width=1280, height=720))
        await other.sign_in(login, at)
        return other

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def agent(self, name: str) -> Locator:
        return (
            self.region("Agents").get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def floor(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Office, AgentId]]:
    folder = tmp_path_factory.mktemp("hall")
    async with fresh_database(postgres) as dsn, an_office(folder, dsn) as office:
        yield office, await _move_in(office)


async def _move_in(office: Office) -> AgentId:
    await office.open(FRONT_DESK, ring_timeout_s=60)
    people, router = office.server.people, office.server.router
    for queue, title in QUEUES.items():
        await router.define_queue(queue, title, need={queue: 1})
    an = await office.hire("an", "101", wrap_up_s=600)
    for login, (name, skills, state) in CREW.items():
        made = await people.add(login, None, role="agent", display_name=name, skills=skills)
        await router.set_state(made, state)
    await office.server.accounts.add_account("109", office.server.settings.realm, PHONE_PASSWORD, md5=True)
    await people.add(
        "chi", PASSWORD, role="supervisor", display_name="Chi Phạm", locale="en-US", extension="109"
    )
    await people.add("tam", PASSWORD, role="supervisor", display_name="Tâm Đỗ", locale="vi-VN")
    await people.add("dung", PASSWORD, role="admin", display_name="Dũng Lê", locale="en-US")
    return an


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Chromium]:
    async with Chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def hall(floor: tuple[Office, AgentId], browser: Chromium) -> AsyncIterator[Hall]:
    """A window without a complaint of its page, and no request to anywhere else."""
    async with browser.watched():
        yield Hall(*floor, browser, await browser.window(width=1440, height=900))
