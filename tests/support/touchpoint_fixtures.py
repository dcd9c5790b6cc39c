"""Fixtures around the generic webhook, for the folders whose conftest has `rooms`: they import what they need."""

from collections.abc import AsyncIterator

import pytest

from omnichannel.channels.port import Endpoint
from tests.support.touchpoint import SECRET, Touchpoint
from threadline.channels import Correspondence
from threadline.kernel.events import Bus, ThreadDelta


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
async def touchpoint() -> AsyncIterator[Touchpoint]:
    async with Touchpoint() as running:
        yield running


@pytest.fixture
async def shop(rooms: Correspondence, touchpoint: Touchpoint) -> Endpoint:
    """An endpoint of the generic webhook, switched on, whose other side is `touchpoint`."""
    made = await rooms.endpoints.add("webhook", "shop", "Shop", {"url": touchpoint.url}, {"secret": SECRET})
    return await rooms.endpoints.switch(made.id, "on")
