"""The agent page in Chromium, over a real server; the other rooms in memory, so that every moment can be set up."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from tests.support.chromium import Chromium
from tests.support.web_rooms import RoomsInMemory
from tests.support.web_standins import House, furnish
from tests.support.web_story import Story, tell_story
from threadline.kernel.events import (
    AgentState,
    CallEvent,
    CallEventKind,
    Json,
    OfferClosed,
    OfferMade,
    RecordingChanged,
)
from threadline.kernel.ids import ReservationId
from web.api.endpoint import HUB
from web.app import make_app
from web.live import LiveHub


@dataclass
class Shift:
    """An's page and the world around it."""

    house: House
    story: Story
    page: Page
    url: str
    reservation: ReservationId
    hub: LiveHub
    rooms: RoomsInMemory
    chromium: Chromium

    async def sign_in(self, login: str = "an", page: Page | None = None) -> None:
        page = page or self.page
        await page.goto(self.url)
        await page.get_by_label("Login").fill(login)
        await page.get_by_label("Password").fill(login)
        await page.keyboard.press("Enter")
        await page.get_by_text("Connected").wait_for()

    def ring(self, ring_timeout_s: float = 20.0) -> None:
        lease = self.house.clock.now() + timedelta(seconds=ring_timeout_s + 5)
        self.house.router.move(self.story.agent, AgentState.OFFERED)
        pop = self.story.pop(self.house)
        self.house.bus.publish(
            OfferMade(
                self.reservation, self.story.call, self.story.agent, "support", lease, ring_timeout_s, pop
            )
        )

    def pick_up(self) -> None:
        self.close_offer("answered")
        self.house.router.on_call[self.story.agent] = self.story.call
        self.house.router.move(self.story.agent, AgentState.TALKING)
        self.says(CallEventKind.CONNECTED, {"agent": str(self.story.agent), "wait_s": 36.0})

    def close_offer(self, reason: str) -> None:
        self.house.bus.publish(OfferClosed(self.reservation, self.story.call, self.story.agent, reason))

    def says(self, kind: CallEventKind, data: Json | None = None) -> None:
        self.house.bus.publish(CallEvent(self.story.call, self.house.clock.now(), kind, data or {}))

    def says_held(self) -> None:
        self.says(CallEventKind.HELD, {"by": "agent"})

    def says_resumed(self) -> None:
        self.says(CallEventKind.RESUMED, {"by": "agent"})

    def transcript_ready(self) -> None:
        self.house.bus.publish(RecordingChanged(self.story.recording, self.story.call, "ready", "ready"))

    def end_call(self) -> None:
        self.house.router.on_call.clear()
        self.says(CallEventKind.ENDED, {"result": "served", "reason": "customer_hung_up"})
        until = self.house.clock.now() + timedelta(seconds=30)
        self.house.router.move(self.story.agent, AgentState.WRAP_UP, until=until)


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """Fails the test if a page complained or asked another host."""
    async with Chromium() as browser, browser.watched():
        yield browser


@pytest.fixture
async def shift(chromium: Chromium, tmp_path: Path) -> AsyncIterator[Shift]:
    house = furnish(tmp_path, datetime.now(UTC))
    story = tell_story(house)
    rooms = RoomsInMemory(house)
    app = make_app(rooms.services())
    server = TestServer(app)
    async with server:
        page = await chromium.window(height=720)
        yield Shift(
            house, story, page, str(server.make_url("/")), ReservationId(uuid4()), app[HUB], rooms, chromium
        )
        await page.context.close()
