"""An at her page, which is her telephone, with the office around her and real phones in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.integration.telephony.stage import RECORDED_DESK, Office, an_office
from tests.support.agent_page import AgentPage, LiveProxy, microphone
from tests.support.audio import RATE, Sound, find, warble
from tests.support.baresip import Baresip
from tests.support.chromium import Chromium
from threadline.kernel.events import CallEventKind
from threadline.kernel.ids import AgentId

SLOW_MS: Final = 60_000  # a busy machine's patience; nothing is measured here
AGENT, CUSTOMER = warble(7, 1.5), warble(1, 1.5)
PASSWORD = "correct horse"


@dataclass
class Desk:
    """An at her page, and the office around her."""

    office: Office
    agent: AgentId
    chromium: Chromium
    her: AgentPage
    line: LiveProxy

    @property
    def page(self) -> Page:
        return self.her.page

    @property
    def strip(self) -> Locator:
        return self.page.get_by_label("Current call")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/"

    async def noted(self, kind: CallEventKind, by: str) -> None:
        """Waits for the ledger's next line of this kind, and says who caused it."""
        async with asyncio.timeout(SLOW_MS / 1000):
            while kind not in [one.kind for one in self.office.events]:
                await asyncio.sleep(0.05)
        at = [one.kind for one in self.office.events].index(kind)
        assert self.office.events[at].data["by"] == by
        del self.office.events[: at + 1]  # what came after it is still to be asked for


@pytest.fixture
async def desk(tmp_path: Path, dsn: str) -> AsyncIterator[Desk]:
    expect.set_options(timeout=SLOW_MS)
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(an_office(tmp_path, dsn))
        await office.open(RECORDED_DESK, ring_timeout_s=60, record=True)
        agent = await office.hire("an", "101")
        await office.server.people.set_password(agent, PASSWORD)
        await office.server.people.set_locale(agent, "en-US")
        await office.server.people.set_phone(agent, "browser")
        says = await asyncio.to_thread(microphone, tmp_path / "microphone.wav", AGENT)
        chromium = await stack.enter_async_context(Chromium(microphone=says))
        page = await (await chromium.context()).new_page()
        page.set_default_timeout(SLOW_MS)
        line = await stack.enter_async_context(LiveProxy(office.server.http_port))
        made = Desk(office, agent, chromium, AgentPage(page), line)
        await made.her.prepare()
        await made.her.sign_in(made.url, "an", PASSWORD)
        await expect(page.get_by_role("button", name="Phone ready")).to_be_visible()
        await office.ready(agent)
        yield made
        await chromium.close_contexts()
        assert [one for one in chromium.errors if "/api/live" not in one] == []  # which was cut
        assert chromium.outside == []


async def told(lan: Baresip, seconds: float) -> Sound:
    """What the customer hears in the next seconds; the first is left out, as it may be of before."""
    before = len(lan.heard())
    async with asyncio.timeout(SLOW_MS / 1000):
        while len(lan.heard()) < before + (seconds + 1) * RATE:
            await asyncio.sleep(0.2)
    return lan.heard()[before + RATE :]


async def hears_now(lan: Baresip) -> bool:
    """Whether the agent's words reach the customer at this moment."""
    return find(AGENT, await told(lan, 5)).score > 0.6
