"""The channels' rooms on a real database, with the generic webhook as the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnichannel.channels.port import Endpoint
from tests.support.touchpoint import SECRET, Touchpoint
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, ThreadDelta
from threadline.secret_key import SecretKey


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def told(bus: Bus) -> list[ThreadDelta]:
    """Every thread delta, in order."""
    heard: list[ThreadDelta] = []
    bus.subscribe(ThreadDelta, heard.append)
    return heard


@pytest.fixture
async def rooms(pool: Pool, bus: Bus, tmp_path: Path) -> AsyncIterator[Correspondence]:
    """Not running: tests take events and send messages step by step, or run what they need."""
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    key = SecretKey(bytes(range(32)))
    async with open_correspondence(
        settings, pool, SystemClock(), bus, key, more=(ChatParts().channels,)
    ) as opened:
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
