"""Channels, cases and automation on a real database; the generic webhook is the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnichannel.cases.service import Cases
from omnichannel.people.service import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.automation.receiver import Receiver
from tests.support.touchpoint_fixtures import bus, shop, told, touchpoint
from threadline.automation import Automation, open_automation
from threadline.channels import Correspondence, open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import AgentId
from threadline.secret_key import SecretKey

__all__ = ["bus", "shop", "told", "touchpoint"]


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
