"""The channels' rooms on a real database, with the generic webhook as the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.touchpoint_fixtures import bus, shop, told, touchpoint
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

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
