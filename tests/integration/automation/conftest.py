"""Channels, cases and automation on a real database; the generic webhook is the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnichannel.cases.service import Cases
from omnichannel.channels.port import Endpoint
from omnichannel.people.service import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.automation.receiver import Receiver
from tests.support.touchpoint import SECRET, Touchpoint
from threadline.automation import Automation, open_automation
from threadline.channels import Correspondence, open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, ThreadDelta
from threadline.kernel.ids import AgentId
from threadline.secret_key import SecretKey


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def told(bus: Bus) -> list[ThreadDelta]:
    heard: list[ThreadDelta] = []
    bus.subscribe(ThreadDelta, heard.append)
    return heard


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, public_url="https://contact.example.vn", private_webhooks=True)


@pytest.fixture
def key() -> SecretKey:
    return SecretKey(bytes(range(32)))


@pytest.fixture
async def rooms(pool: Pool, bus: Bus, settings: Settings, key: SecretKey) -> AsyncIterator[Correspondence]:
    """Not running: tests take events and send messages step by step."""
    async with open_correspondence(settings, pool, SystemClock(), bus, key) as opened:
        opened.followers.append(Cases(pool, SystemClock(), bus))
        yield opened


@pytest.fixture
async def automation(
    pool: Pool, bus: Bus, settings: Settings, key: SecretKey, rooms: Correspondence
) -> AsyncIterator[Automation]:
    """Not running either."""
    async with open_automation(settings, pool, SystemClock(), bus, key, rooms) as opened:
        yield opened


@pytest.fixture
async def touchpoint() -> AsyncIterator[Touchpoint]:
    async with Touchpoint() as running:
        yield running


@pytest.fixture
async def shop(rooms: Correspondence, touchpoint: Touchpoint) -> Endpoint:
    """An endpoint of the generic webhook, switched on, whose other side is `touchpoint`."""
    made = await rooms.endpoints.add("webhook", "shop", "Shop", {"url": touchpoint.url}, {"secret": SECRET})
    return await rooms.endpoints.switch(made.id, "on")


@pytest.fixture
async def an(pool: Pool, bus: Bus) -> AgentId:
    """An agent; there is a queue `sales`, too."""
    clock = SystemClock()
    people, threads = People(pool, clock), Threads(pool, clock, bus)
    await Router(pool, clock, bus, people, threads).define_queue("sales", "Sales")
    return await people.add("an", "secret-enough-1", role="agent", display_name="An")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as running:
        yield running
