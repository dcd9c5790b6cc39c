"""What an agent writes leaves once, in order, and its entry says truthfully what became of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint, Remedy, SendFailed, Sent
from omnichannel.correspondence.store import MessageStore
from omnichannel.errors import CannotSend
from tests.integration.channels.support import Hearing, deliver, entries, take_all
from tests.support.touchpoint import Touchpoint, said
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import ThreadId

pytestmark = pytest.mark.integration
COPIES = """
with more as (
    insert into interaction (thread_id, endpoint_id, identity_id, kind, channel, direction, actor_kind, occurred_at, status)
    select thread_id, endpoint_id, identity_id, kind, channel, direction, actor_kind, occurred_at, status
    from interaction, generate_series(1, $2) where interaction.id = $1 returning id
)
insert into outbox (interaction_id, endpoint_id, recipient, payload, key, not_before, queued_at)
select more.id, o.endpoint_id, o.recipient, o.payload, more.id::text, o.queued_at, o.queued_at
from more, outbox o where o.interaction_id = $1
"""
Answering = Callable[[str], Awaitable[Json]]


@pytest.fixture
async def answer(rooms: Correspondence, shop: Endpoint, told: list[ThreadDelta]) -> Answering:
    """Lan wrote; this sends her an answer."""
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    thread = told[0].thread
    [way] = await rooms.outbound.reach(thread)

    async def send(text: str) -> Json:
        return await rooms.outbound.send(
            thread=thread, identity=int(str(way["identity"])), endpoint=UUID(str(way["endpoint"])), text=text
        )

    return send


@asynccontextmanager
async def sending(rooms: Correspondence) -> AsyncIterator[None]:
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rooms.outbound.run(), name="outbox")
        yield
        running.cancel()


def stands(entry: Json, status: str) -> Callable[[ThreadDelta], bool]:
    return lambda delta: delta.entry["id"] == entry["id"] and delta.entry["status"] == status


async def test_an_agent_sees_by_which_ways_a_customer_can_be_reached(
    rooms: Correspondence, shop: Endpoint, answer: Answering, told: list[ThreadDelta]
) -> None:
    [way] = await rooms.outbound.reach(told[0].thread)
    assert (way["kind"], way["value"], way["channel"], way["title"]) == ("external", "lan", "webhook", "Shop")
    assert way["window"] == {"opening": "open", "until": None}
    assert way["last_inbound"] is not None


async def test_messages_leave_in_order_and_pages_see_them_go(
    rooms: Correspondence, answer: Answering, touchpoint: Touchpoint, bus: Bus
) -> None:
    queued = [await answer(f"answer {number}") for number in range(5)]
    assert {one["status"] for one in queued} == {"queued"}
    last = Hearing(bus).until(stands(queued[-1], "sent"))
    async with sending(rooms):
        await last
    assert touchpoint.taken == {"lan": [f"answer {number}" for number in range(5)]}
    assert touchpoint.forged == 0


async def test_however_much_waits_for_one_customer_the_others_get_theirs(
    rooms: Correspondence, shop: Endpoint, answer: Answering, told: list[ThreadDelta], touchpoint: Touchpoint,
    bus: Bus, pool: Pool,
) -> None:  # fmt: skip
    first = await answer("answer 0")
    await pool.execute("update outbox set not_before = now() + interval '1 hour'")
    await pool.execute(COPIES, int(str(first["id"])), 300)
    await deliver(rooms, shop, [said(1, "minh")])
    await take_all(rooms)
    minh = told[-1].thread
    [way] = await rooms.outbound.reach(minh)
    entry = await rooms.outbound.send(
        thread=minh, identity=int(str(way["identity"])), endpoint=shop.id, text="soon"
    )
    gone = Hearing(bus).until(stands(entry, "sent"))
    async with sending(rooms):
        await gone
    assert touchpoint.taken == {"minh": ["soon"]}


async def test_an_unkind_provider_gets_each_message_once(
    rooms: Correspondence, answer: Answering, touchpoint: Touchpoint, bus: Bus
) -> None:
    touchpoint.moods = ["429", "500", "kind", "taken_500"]
    queued = [await answer(f"answer {number}") for number in range(4)]
    last = Hearing(bus).until(stands(queued[-1], "sent"))
    async with sending(rooms):
        await last
    assert touchpoint.taken == {"lan": [f"answer {number}" for number in range(4)]}
    assert touchpoint.repeated == 1


async def test_receipts_move_a_message_forward_only_and_may_overtake_the_answer(
    rooms: Correspondence, shop: Endpoint, answer: Answering, touchpoint: Touchpoint, bus: Bus, pool: Pool
) -> None:
    read = {"id": "s1", "type": "status", "status": "read", "at": _now(), "messages": ["p-1"]}
    await deliver(rooms, shop, [read])
    await take_all(rooms)  # the provider is quicker than its own answer
    entry = await answer("hello")
    seen = Hearing(bus).until(stands(entry, "read"))
    async with sending(rooms):
        await seen
    before = [one["status"] for one in await entries(pool)]
    late = [
        {"id": f"s{number}", "type": "status", "status": status, "at": _now(), "messages": ["p-1"]}
        for number, status in enumerate(("sent", "delivered", "failed", "read"), 2)
    ]
    await deliver(rooms, shop, late)
    await take_all(rooms)
    assert [one["status"] for one in await entries(pool)] == before == ["received", "read"]


async def test_a_receipt_that_comes_while_its_message_is_named_is_not_lost(
    rooms: Correspondence, shop: Endpoint, answer: Answering, pool: Pool
) -> None:
    entry = int(str((await answer("hello"))["id"]))
    got = {"id": "s1", "type": "status", "status": "delivered", "at": _now(), "messages": ["p-9"]}
    await deliver(rooms, shop, [got])
    async with (
        asyncio.timeout(60),
        asyncio.TaskGroup() as tasks,
        pool.acquire() as link,
        link.transaction(),
    ):
        store = MessageStore(link)
        assert await store.name_message(entry, "p-9")
        tasks.create_task(take_all(rooms), name="receipt")
        while not await pool.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.02)
        assert await store.take_early_statuses(shop.row, ["p-9"]) == []
    assert await pool.fetchval("select status from interaction where id = $1", entry) == "delivered"


async def test_an_echo_of_our_own_message_is_no_second_entry_by_key_id_or_words(
    rooms: Correspondence,
    shop: Endpoint,
    answer: Answering,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
) -> None:
    channel = rooms.registry.channels["webhook"]
    overtaken = asyncio.Event()

    async def slow(endpoint: Endpoint, message: Any) -> Sent:
        """The echo is delivered before the answer; only its words tell whose it is."""
        await deliver(rooms, shop, [said(7, "lan", "  hello   there ", direction="out")])
        await take_all(rooms)
        overtaken.set()
        return Sent("m-lan-7")

    monkeypatch.setattr(channel, "send", slow)
    entry = await answer("hello there")
    gone = Hearing(bus).until(stands(entry, "sent"))
    async with sending(rooms):
        await overtaken.wait()
        await gone
    again = said(7, "lan", "hello there", direction="out") | {"id": "m-lan-7"}
    key = await pool.fetchval("select key from outbox")
    await deliver(rooms, shop, [again, said(8, "lan", "hello there", direction="out", key=key)])
    await take_all(rooms)
    await deliver(rooms, shop, [said(9, "lan", "from the shop's own inbox", direction="out")])
    await take_all(rooms)
    stored = await entries(pool)
    assert [one["text"] for one in stored] == ["lan 1", "hello there", "from the shop's own inbox"]
    assert stored[2]["meta"] == {"echo": True}


async def test_an_echo_with_other_words_waits_for_the_answer_of_what_is_leaving(
    rooms: Correspondence,
    shop: Endpoint,
    answer: Answering,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus,
) -> None:
    async def slow(endpoint: Endpoint, message: Any) -> Sent:
        await deliver(rooms, shop, [said(7, "lan", "hello (shortened)", direction="out")])
        await rooms.inbox.take_next()
        return Sent("m-lan-7")

    monkeypatch.setattr(rooms.registry.channels["webhook"], "send", slow)
    entry = await answer("hello there")
    gone = Hearing(bus).until(stands(entry, "sent"))
    async with sending(rooms):
        await gone
    await pool.execute("update inbound_event set not_before = null")
    await take_all(rooms)
    assert [one["text"] for one in await entries(pool)] == ["lan 1", "hello there"]


@pytest.mark.parametrize(
    ("remedy", "status", "code"),
    [
        (Remedy.GIVE_UP, "failed", "give_up"),
        (Remedy.WINDOW, "failed", "window"),
        (Remedy.BLOCKED, "failed", "blocked"),
    ],
)
async def test_what_will_never_go_fails_with_its_reason_and_can_be_sent_again_by_hand(
    rooms: Correspondence, answer: Answering, touchpoint: Touchpoint, bus: Bus, monkeypatch: pytest.MonkeyPatch,
    remedy: Remedy, status: str, code: str,
) -> None:  # fmt: skip
    channel = rooms.registry.channels["webhook"]
    send = channel.send

    async def refuse(endpoint: Endpoint, message: Any) -> Sent:
        raise SendFailed(remedy, "Not like that.")

    monkeypatch.setattr(channel, "send", refuse)
    entry = await answer("hello")
    over = Hearing(bus).until(lambda delta: stands(entry, status)(delta) and _code(delta) == code)
    async with sending(rooms):
        await over
        monkeypatch.setattr(channel, "send", send)
        gone = Hearing(bus).until(stands(entry, "sent"))
        assert (await rooms.outbound.retry(str(entry["id"]), SYSTEM))["status"] == "queued"
        await gone
    assert touchpoint.taken == {"lan": ["hello"]}


async def test_without_an_answer_a_message_goes_again_only_where_the_provider_knows_our_key(
    rooms: Correspondence, answer: Answering, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = rooms.registry.channels["webhook"]
    keys: list[str] = []

    async def silent_once(endpoint: Endpoint, message: Any) -> Sent:
        keys.append(message.key)
        if len(keys) == 1:
            raise SendFailed(Remedy.UNSURE, "No answer.")
        return Sent(f"p-{len(keys)}")

    monkeypatch.setattr(channel, "send", silent_once)
    entry = await answer("hello")
    gone = Hearing(bus).until(stands(entry, "sent"))
    async with sending(rooms):
        await gone
        keys.clear()
        monkeypatch.setattr(type(channel), "is_idempotent", False)
        second = await answer("hello again")
        await Hearing(bus).until(lambda delta: stands(second, "failed")(delta) and _code(delta) == "unsure")
    assert len(keys) == 1


async def test_an_endpoint_whose_credentials_fail_waits_for_its_admin_and_loses_nothing(
    rooms: Correspondence, shop: Endpoint, answer: Answering, touchpoint: Touchpoint, bus: Bus
) -> None:
    await rooms.endpoints.change(
        shop.id, secrets={"secret": "another secret, of which nobody told the other side"}
    )
    entry = await answer("hello")
    async with sending(rooms):
        await _until_state(rooms, shop, "reconnect")
        assert touchpoint.forged == 1
        gone = Hearing(bus).until(stands(entry, "sent"))
        await rooms.endpoints.change(shop.id, secrets={"secret": shop.secrets["secret"]})
        await rooms.endpoints.switch(shop.id, "on")
        await gone
    assert touchpoint.taken == {"lan": ["hello"]}


async def test_a_queued_message_can_be_held_back(
    rooms: Correspondence, answer: Answering, touchpoint: Touchpoint, bus: Bus
) -> None:
    first, second = await answer("first"), await answer("second")
    assert (await rooms.outbound.cancel(str(first["id"]), SYSTEM))["status"] == "cancelled"
    gone = Hearing(bus).until(stands(second, "sent"))
    async with sending(rooms):
        await gone
    assert touchpoint.taken == {"lan": ["second"]}
    with pytest.raises(CannotSend):
        await rooms.outbound.cancel(str(second["id"]), SYSTEM)


async def test_what_may_not_be_sent_is_refused_in_words(
    rooms: Correspondence, shop: Endpoint, answer: Answering, told: list[ThreadDelta], pool: Pool
) -> None:
    with pytest.raises(CannotSend, match="nothing to send"):
        await answer("  ")
    with pytest.raises(CannotSend, match="20001 characters"):
        await answer("x" * 20_001)
    with pytest.raises(CannotSend, match="not known under"):
        await rooms.outbound.send(
            thread=ThreadId(told[0].thread), identity=999, endpoint=shop.id, text="hello"
        )
    await pool.execute("update contact_identity set do_not_contact = true")
    with pytest.raises(CannotSend, match="does not want"):
        await answer("hello")
    assert await rooms.outbound.depth() == (0, None)


async def _until_state(rooms: Correspondence, shop: Endpoint, state: str) -> None:
    while (await rooms.endpoints.shown(shop.id))["state"] != state:
        await rooms.endpoints.switched.wait(0.2)


def _code(delta: ThreadDelta) -> Any:
    delivery = delta.entry["delivery"]
    return delivery["code"] if isinstance(delivery, dict) else None


def _now() -> str:
    return datetime.now(UTC).isoformat()
