"""A provider that says "not so fast" gets no message of that address until its time is over; others go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from omnichannel.channels.port import Endpoint, HookRequest
from omnichannel.outbound.attempt import REST_S
from tests.integration.channels.support import Hearing, deliver, take_all
from tests.integration.providers.support import connect
from tests.support.fake_zalo import FakeZalo
from tests.support.touchpoint import Touchpoint, said
from threadline.channels import Correspondence, open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import ThreadId
from threadline.secret_key import SecretKey

pytestmark = pytest.mark.integration

Answering = Callable[[ThreadId, str], Awaitable[Json]]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime.now(UTC))


@pytest.fixture
async def rooms(pool: Pool, bus: Bus, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Correspondence]:
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    async with open_correspondence(settings, pool, clock, bus, SecretKey(bytes(range(32)))) as opened:
        yield opened


@pytest.fixture
async def zalo(clock: VirtualClock) -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as running:
        running.now_ms = int(clock.now().timestamp() * 1000) - 60_000
        yield running


@pytest.fixture
async def account(rooms: Correspondence, zalo: FakeZalo) -> Endpoint:
    return await connect(rooms, "zalo", zalo)


async def written(rooms: Correspondence, account: Endpoint, zalo: FakeZalo, customer: str) -> None:
    zalo.customer_says(customer, f"{customer} here")
    [post], zalo.pending = zalo.pending, []
    low = {name.lower(): value for name, value in post.headers.items()}
    request = HookRequest("POST", account.hook_url, {}, low, post.body, datetime.now(UTC))
    await rooms.inbox(account, rooms.registry.channel("zalo").receive(account, request).deliveries)


@asynccontextmanager
async def sending(rooms: Correspondence) -> AsyncIterator[None]:
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rooms.outbound.run(), name="outbox")
        yield
        running.cancel()


async def answered(rooms: Correspondence, thread: ThreadId, text: str) -> Json:
    [way] = await rooms.outbound.reach(thread)
    return await rooms.outbound.send(
        thread=thread, identity=int(str(way["identity"])), endpoint=UUID(str(way["endpoint"])), text=text
    )


def is_sent(entry: Json) -> Callable[[ThreadDelta], bool]:
    return lambda delta: delta.entry["id"] == entry["id"] and delta.entry["status"] == "sent"


async def test_a_paused_address_rests_with_all_its_messages_while_another_sends(
    rooms: Correspondence, account: Endpoint, zalo: FakeZalo, shop: Endpoint, touchpoint: Touchpoint, pool: Pool,
    bus: Bus, told: list[ThreadDelta], clock: VirtualClock,
) -> None:  # fmt: skip
    for customer in ("1001", "1002"):
        await written(rooms, account, zalo, customer)
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    first, second, third = [delta.thread for delta in told]
    zalo.fail_next("429")
    early = await answered(rooms, first, "one")
    async with sending(rooms):
        while not await pool.fetchval("select paused_until from endpoint where kind = 'zalo'"):
            await asyncio.sleep(0.02)
        late = await answered(rooms, second, "two")
        other = Hearing(bus).until(is_sent(await answered(rooms, third, "three")))
        await other
    assert zalo.sent == []
    assert touchpoint.taken == {"lan": ["three"]}
    waiting: list[Any] = await pool.fetch("select attempts from outbox where state = 'queued' order by id")
    assert [row["attempts"] for row in waiting] == [0, 0]
    await _goes_on(rooms, bus, clock, early, late)
    assert sorted(one["message"]["text"] for one in zalo.sent) == ["one", "two"]


async def _goes_on(rooms: Correspondence, bus: Bus, clock: VirtualClock, early: Json, late: Json) -> None:
    clock.advance(REST_S + 1)
    both = [Hearing(bus).until(is_sent(early)), Hearing(bus).until(is_sent(late))]
    async with sending(rooms):
        await asyncio.gather(*both)
