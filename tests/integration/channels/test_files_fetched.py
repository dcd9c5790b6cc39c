"""Files of incoming messages are fetched beside the messages, from a provider that may be slow, ill or gone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from omnichannel.inbound.downloads import ATTEMPTS, LEASE_S
from tests.integration.channels.support import deliver, take_all
from tests.support.touchpoint import Touchpoint, said
from threadline.channels import Correspondence, open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus, ThreadDelta
from threadline.secret_key import SecretKey

pytestmark = pytest.mark.integration

PICTURE = (
    b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime.now(UTC))


@pytest.fixture
async def rooms(pool: Pool, bus: Bus, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Correspondence]:
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    async with open_correspondence(settings, pool, clock, bus, SecretKey(bytes(range(32)))) as opened:
        yield opened


@pytest.fixture
async def arrived(rooms: Correspondence, shop: Any, touchpoint: Touchpoint, told: list[ThreadDelta]) -> None:
    """Lan sent a picture, which the touchpoint keeps."""
    touchpoint.files["a.png"] = PICTURE
    url = touchpoint.url.replace("/in", "/files/a.png")
    files = [{"url": url, "name": "a.png", "mime": "image/png"}]
    await deliver(rooms, shop, [said(1, "lan", "look", files=files)])
    assert await take_all(rooms) == 1


async def file(pool: Pool) -> dict[str, Any]:
    row = await pool.fetchrow("select * from attachment")
    assert row is not None
    return dict(row)


async def test_a_message_is_there_before_its_file_and_pages_are_told_when_it_came(
    rooms: Correspondence, arrived: None, pool: Pool, told: list[ThreadDelta]
) -> None:
    assert [delta.entry["text"] for delta in told] == ["look"]
    assert (await file(pool))["state"] == "fetching"
    assert await rooms.downloads.take_next()
    kept = await file(pool)
    assert kept["state"] == "ready"
    assert (await rooms.files.stored(kept["id"])).path.read_bytes() == PICTURE
    assert len(told) == 2
    assert told[1].entry["id"] == told[0].entry["id"]
    assert not await rooms.downloads.take_next()


async def test_an_ill_provider_is_asked_again_later_and_given_up_at_last(
    rooms: Correspondence, arrived: None, pool: Pool, touchpoint: Touchpoint, clock: VirtualClock
) -> None:
    touchpoint.file_moods = [500] * ATTEMPTS
    for attempt in range(1, ATTEMPTS + 1):
        assert await rooms.downloads.take_next()
        assert not await rooms.downloads.take_next()
        assert len(touchpoint.asked) == attempt
        clock.advance(3_600)
    assert (await file(pool))["state"] == "lost"
    assert not await rooms.downloads.take_next()


async def test_a_passing_trouble_costs_no_file(
    rooms: Correspondence, arrived: None, pool: Pool, touchpoint: Touchpoint, clock: VirtualClock
) -> None:
    touchpoint.file_moods = [500, 429]
    for _ in range(3):
        assert await rooms.downloads.take_next()
        clock.advance(60)
    assert (await file(pool))["state"] == "ready"


async def test_a_file_at_another_address_or_not_kept_any_more_is_refused_and_its_message_stays(
    rooms: Correspondence, shop: Any, pool: Pool, touchpoint: Touchpoint
) -> None:
    here = touchpoint.url.replace("/in", "/files/gone.png")
    touchpoint.file_moods = [404]
    elsewhere = "http://169.254.169.254/latest/meta-data"
    await deliver(rooms, shop, [said(1, "lan", "look", files=[{"url": here}, {"url": elsewhere}])])
    await take_all(rooms)
    while await rooms.downloads.take_next():
        continue
    states = await pool.fetch("select state from attachment")
    assert [row["state"] for row in states] == ["refused", "refused"]
    assert touchpoint.asked == ["gone.png"]
    assert await pool.fetchval("select text from interaction_body") == "look"


async def test_a_worker_that_dies_over_a_file_leaves_it_to_the_next_after_its_lease(
    rooms: Correspondence, arrived: None, pool: Pool, touchpoint: Touchpoint, clock: VirtualClock
) -> None:
    touchpoint.file_moods = [0]
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        dying = tasks.create_task(rooms.downloads.take_next(), name="dying")
        while not touchpoint.asked:
            await asyncio.sleep(0.01)
        dying.cancel()
    assert not await rooms.downloads.take_next()
    clock.advance(LEASE_S + 1)
    assert await rooms.downloads.take_next()
    assert (await file(pool))["state"] == "ready"
