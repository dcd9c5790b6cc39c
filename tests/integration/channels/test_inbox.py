"""Deliveries become entries once, in order per sender, whatever fails on the way."""

import asyncio

import pytest

from omnichannel.channels.port import Delivered, Endpoint
from omnichannel.inbound.service import TOGETHER
from tests.integration.channels.support import Hearing, deliver, entries, take_all
from tests.support.touchpoint import said
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Bus, ThreadDelta

pytestmark = pytest.mark.integration


async def test_a_message_becomes_an_entry_of_its_customers_thread_and_pages_are_told(
    rooms: Correspondence, shop: Endpoint, pool: Pool, told: list[ThreadDelta]
) -> None:
    await deliver(rooms, shop, [said(1, "lan", "Máy lạnh kêu to"), said(2, "lan"), said(1, "minh")])
    assert await take_all(rooms) == 3
    stored = await entries(pool)
    assert [one["text"] for one in stored] == ["Máy lạnh kêu to", "lan 2", "minh 1"]
    assert stored[0]["thread_id"] == stored[1]["thread_id"] != stored[2]["thread_id"]
    assert [delta.entry["text"] for delta in told] == ["Máy lạnh kêu to", "lan 2", "minh 1"]
    assert told[0].entry["endpoint"] == "Shop"
    assert told[0].entry["actor"] == {"kind": "customer", "id": None, "name": "Khách lan"}
    assert await rooms.inbox.depth() == (0, 0)


async def test_a_delivery_that_comes_again_or_out_of_turn_changes_nothing(
    rooms: Correspondence, shop: Endpoint, pool: Pool, told: list[ThreadDelta]
) -> None:
    events = [said(1, "lan"), said(2, "lan")]
    await deliver(rooms, shop, events)
    await take_all(rooms)
    before, heard = await entries(pool), len(told)
    await deliver(rooms, shop, [*reversed(events)])
    await pool.execute("delete from inbound_event")  # even after its raw copy was pruned
    await deliver(rooms, shop, events)
    assert await take_all(rooms) == 2
    assert await entries(pool) == before
    assert len(told) == heard


async def test_a_poisoned_delivery_is_parked_and_the_senders_others_go_on(
    rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    poison = Delivered("message bad", "lan", b'{"type": "message", "id": "bad"}')
    await rooms.inbox(shop, [poison])
    await deliver(rooms, shop, [said(2, "lan")])
    assert await take_all(rooms) == 2
    assert [one["text"] for one in await entries(pool)] == ["lan 2"]
    [parked] = await rooms.inbox.parked()
    assert parked["kind"] == "webhook"
    assert "Invalid" in str(parked["error"])
    event = int(str(parked["id"]))
    mended = (
        b'{"type":"message","id":"bad","at":"2026-11-22T12:00:00Z","customer":{"id":"lan"},"text":"mended"}'
    )
    await pool.execute("update inbound_event set raw = $1 where id = $2", mended, event)
    await rooms.inbox.replay(event)
    assert await take_all(rooms) == 1
    assert [one["text"] for one in await entries(pool)] == ["lan 2", "mended"]
    assert await rooms.inbox.parked() == []


async def test_what_fails_for_a_while_holds_only_its_own_sender_up(
    rooms: Correspondence, shop: Endpoint, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"lan 1"}
    take = rooms.messages.take_within

    async def fails(link: object, endpoint: object, incoming: object, **more: object) -> object:
        if getattr(incoming, "text", None) in broken:
            raise RuntimeError("the vault is full")
        return await take(link, endpoint, incoming, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rooms.messages, "take_within", fails)
    await deliver(rooms, shop, [said(1, "lan"), said(2, "lan"), said(1, "minh")])
    await take_all(rooms)
    assert [one["text"] for one in await entries(pool)] == ["minh 1"]
    broken.clear()
    await pool.execute("update inbound_event set not_before = now() - interval '1 second'")
    await take_all(rooms)
    assert [one["text"] for one in await entries(pool)] == ["minh 1", "lan 1", "lan 2"]


async def test_however_much_a_held_up_sender_said_the_others_go_on(
    rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    await deliver(rooms, shop, [said(number, "lan") for number in range(300)])
    await pool.execute(
        "update inbound_event set not_before = now() + interval '1 hour' where dedupe_key like '%m-lan-0'"
    )
    await deliver(rooms, shop, [said(1, "minh"), said(2, "minh"), said(1, "hoa")])
    assert await rooms.inbox.take_some() == 3
    assert {one["text"] for one in await entries(pool)} == {"minh 1", "minh 2", "hoa 1"}
    assert await rooms.inbox.take_some() == 0
    await pool.execute("update inbound_event set not_before = now() - interval '1 second'")
    assert await rooms.inbox.take_some() == TOGETHER
    assert [one["text"] for one in await entries(pool)][3:] == [f"lan {number}" for number in range(TOGETHER)]


async def test_one_poisoned_delivery_spoils_nothing_of_what_is_taken_together(
    rooms: Correspondence, shop: Endpoint, pool: Pool, told: list[ThreadDelta]
) -> None:
    await deliver(rooms, shop, [said(1, "lan"), said(2, "lan")])
    await rooms.inbox(shop, [Delivered("bad", "minh", b'{"type": "message", "id": "bad"}')])
    await deliver(rooms, shop, [said(3, "lan"), said(2, "minh")])
    assert await rooms.inbox.take_some() == 5
    assert len(await rooms.inbox.parked()) == 1
    heard = [str(delta.entry["text"]) for delta in told]
    assert sorted(heard) == ["lan 1", "lan 2", "lan 3", "minh 2"], "each is told once"
    assert [text for text in heard if text.startswith("lan")] == ["lan 1", "lan 2", "lan 3"]


async def test_running_workers_take_what_comes_at_once(
    rooms: Correspondence, shop: Endpoint, pool: Pool, bus: Bus
) -> None:
    all_told = Hearing(bus).deltas(20)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rooms.inbox.run(), name="inbox")
        await deliver(rooms, shop, [said(number, "lan") for number in range(20)])
        await all_told
        running.cancel()
    assert [one["text"] for one in await entries(pool)] == [f"lan {number}" for number in range(20)]


async def test_old_deliveries_are_pruned_and_parked_ones_stay(
    rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    await deliver(rooms, shop, [said(1, "lan")])
    await rooms.inbox(shop, [Delivered("bad", "minh", b"{}")])
    await take_all(rooms)
    await pool.execute("update inbound_event set processed_at = processed_at - interval '60 days'")
    await rooms.inbox.prune()
    assert await pool.fetchval("select count(*) from inbound_event") == 1
    assert len(await rooms.inbox.parked()) == 1
