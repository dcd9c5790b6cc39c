"""The channels' rooms on a real database, with the generic webhook as the channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.channels.support import Client
from tests.support.touchpoint_fixtures import bus, shop, told, touchpoint
from tests.support.web_standins import furnish
from tests.support.web_story import tell_story
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey
from web.app import make_app
from web.channel_ports import ChannelRooms

__all__ = ["bus", "shop", "told", "touchpoint"]


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
async def client(rooms: Correspondence, tmp_path: Path) -> AsyncIterator[Client]:
    """The web room before these rooms."""
    house = furnish(tmp_path)
    tell_story(house)
    channels = ChannelRooms(
        rooms.endpoints, rooms.registry, rooms.inbox, rooms.outbound, rooms.audit, rooms.figures,
        public_url="https://contact.example.vn", connections=rooms.connections,
    )  # fmt: skip
    services = replace(house.services(), channels=channels, clock=SystemClock())
    async with TestServer(make_app(services)) as server:
        opened: Client
        async with TestClient(server) as opened:
            yield opened
