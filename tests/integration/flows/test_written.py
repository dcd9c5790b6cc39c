"""Flows that talk in writing: a chat and a signed webhook over the real stores, restarts and people included."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivr_flows.check import Catalogue
from ivr_flows.findings import FlowRejected
from omnichannel.cases.service import Cases
from omnichannel.channels.port import Endpoint, HookRequest
from omnichannel.flows.service import WrittenFlows
from omnichannel.people.service import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from recordings.transcribe.models import ModelShelf
from recordings.understanding import Understanding
from telephony.canaries.store import CanaryStore
from telephony.flow_book import FlowBook, TestsRed
from telephony.store import TelephonyStore
from tests.integration.flows.sample import DESK, LOOK_UP, PATH, SPEAKING
from tests.support.house import HOTLINE
from tests.support.touchpoint import SECRET, Touchpoint, delivery, said
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.flowing import Flowing, open_flows
from threadline.kernel.clock import SystemClock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

pytestmark = pytest.mark.integration


class Shop:
    """The rooms of written channels; nothing runs by itself: `settle` does all that is to be done now."""

    def __init__(
        self, pool: Pool, rooms: Correspondence, flowing: Flowing, flows: FlowBook, touch: Touchpoint
    ) -> None:
        self.pool, self.rooms, self.flowing, self.flows, self.touch = pool, rooms, flowing, flows, touch
        self.endpoint: Endpoint | None = None

    @property
    def written(self) -> WrittenFlows:
        return self.flowing.written

    async def open(self, yaml: str = DESK, flow: str = "desk") -> None:
        """The flow at a webhook whose other side is the touchpoint."""
        flow_id, revision, _ = await self.flows.save(yaml, "test", "")
        await self.flows.publish(flow_id, revision)
        made = await self.rooms.endpoints.add(
            "webhook", "shop", "Shop", {"url": self.touch.url}, {"secret": SECRET}
        )
        self.endpoint = await self.rooms.endpoints.switch(made.id, "on")
        await self.written.set_entry(self.endpoint, flow)

    async def says(self, number: int, text: str, who: str = "lan", **more: Any) -> None:
        """A customer writes, and everything that follows is done."""
        assert self.endpoint is not None
        body, headers = delivery([said(number, who, text, **more)])
        request = HookRequest(
            "POST", "http://x", {}, {name.lower(): value for name, value in headers.items()}, body,
            SystemClock().now(),
        )  # fmt: skip
        channel = self.rooms.registry.channels["webhook"]
        await self.rooms.inbox(self.endpoint, channel.receive(self.endpoint, request).deliveries)
        await self.settle()

    async def settle(self) -> None:
        while await self.rooms.inbox.take_next() or await self.written.take_next():
            pass

    async def heard(self, who: str = "lan") -> list[str]:
        """What the customer was sent, in order."""
        rows = await self.pool.fetch(
            "select b.text from interaction i join interaction_body b on b.interaction_id = i.id"
            " join contact_identity c on c.id = i.identity_id"
            " where i.direction = 'out' and c.value = $1 order by i.id",
            who,
        )
        return [row["text"] for row in rows]

    async def path(self) -> list[str]:
        row = await self.pool.fetchval("select id from thread order by id limit 1")
        return [step for one in await self.written.paths(row) for step in one["path"]]

    async def case(self) -> tuple[str | None, int]:
        """(queue, status) of the newest case."""
        row = await self.pool.fetchrow("select queue, status from work_item order by id desc limit 1")
        assert row is not None
        return row["queue"], row["status"]


@asynccontextmanager
async def a_shop(pool: Pool, folder: Path, touch: Touchpoint) -> AsyncIterator[Shop]:
    """Rooms as a server has them, on a database that may have been used before."""
    clock, bus, key = SystemClock(), Bus(), SecretKey(bytes(range(32)))
    settings = Settings(data_dir=folder, public_url="https://contact.example.vn", private_webhooks=True)
    async with AsyncExitStack() as stack:
        chatting = ChatParts()
        rooms = await stack.enter_async_context(
            open_correspondence(settings, pool, clock, bus, key, more=(chatting.channels,))
        )
        rooms.followers.append(Cases(pool, clock, bus))
        threads = Threads(pool, clock, bus)
        router = Router(pool, clock, bus, People(pool, clock), threads)
        await router.define_queue("support", "Support")
        await router.define_queue("sales", "Sales")

        async def catalogue() -> Catalogue:
            return Catalogue(queues=frozenset({"support", "sales"}))

        async def render(texts: object) -> int:
            return 0

        flows = FlowBook(TelephonyStore(pool), clock, catalogue, render, CanaryStore(pool))
        await flows.load()
        ears = Understanding(ModelShelf(folder))
        flowing = await stack.enter_async_context(
            open_flows(settings, pool, clock, bus, key, rooms, threads, flows, ears)
        )
        flowing.services.queues = router
        yield Shop(pool, rooms, flowing, flows, touch)


@pytest.fixture
async def touch() -> AsyncIterator[Touchpoint]:
    async with Touchpoint() as running:
        yield running


@pytest.fixture
async def shop(pool: Pool, tmp_path: Path, touch: Touchpoint) -> AsyncIterator[Shop]:
    async with a_shop(pool, tmp_path, touch) as made:
        yield made


async def test_a_menu_is_a_numbered_list_and_the_answers_lead_on(shop: Shop) -> None:
    await shop.open()
    await shop.says(1, "Hello")
    assert await shop.heard() == ["Welcome!", "What is it about?\n1. Orders\n2. A person"]
    await shop.says(2, "orders please")
    await shop.says(3, "12-34")
    await shop.says(4, "1")
    await shop.says(5, "5678")
    assert (await shop.heard())[2:] == [
        "Your order number?",
        "Order 1234 is on its way.",
        "What is it about?\n1. Orders\n2. A person",
        "Your order number?",
        "Order 5678 is on its way.",
    ]
    assert await shop.path() == PATH
    assert (await shop.case())[1] == 3, "whom the flow served needs nobody else: resolved"


async def test_a_wrong_answer_is_asked_again_and_then_a_person_takes_over(shop: Shop) -> None:
    await shop.open()
    for number, words in enumerate(("Hello", "what?", "why?", "no"), 1):
        await shop.says(number, words)
    assert (await shop.heard())[2] == "That is no choice.\nWhat is it about?\n1. Orders\n2. A person"
    assert (await shop.path())[-1] == "person"
    assert await shop.case() == ("support", 0)


ROUTED = DESK.replace(
    "queue: support, priority: 3, timeout: bye,",
    """queue: support, priority: 3, timeout: bye, max_wait: 10m, route: {prefer: {agent: last_agent, for: 20s},
    steps: [{need: {"lang:${call.language}": 3}, for: 60s}, {need: {}}], min_level_hard: {support: 2}},""",
)


async def test_whom_a_flow_hands_over_is_talked_with_by_people_who_see_the_answers(shop: Shop) -> None:
    await shop.open(ROUTED)
    await shop.says(1, "Hello")
    await shop.says(2, "1")
    await shop.says(3, "1234")
    await shop.says(4, "2")
    await shop.says(5, "4711")
    assert await shop.case() == ("support", 0)
    facts = await shop.pool.fetchval("select state -> 'facts' -> 'thread' from flow_session")
    assert facts["channels"] == ["webhook"]
    assert datetime.fromisoformat(facts["last_message_at"]).tzinfo is not None
    assert await shop.pool.fetchval("select priority from work_item order by id desc limit 1") == 3
    asked = await shop.pool.fetchval("select asked from work_item order by id desc limit 1")
    assert datetime.fromisoformat(asked.pop("since")) <= datetime.now(UTC)
    assert asked == {
        "need": [
            {"need": {"lang:en-US": 3}, "for_s": 60.0, "any_of": []},
            {"need": {}, "for_s": None, "any_of": []},
        ],
        "hard": {"support": 2}, "barred": [], "prefer": None, "max_wait_s": 600.0,
    }  # fmt: skip
    notes = await shop.pool.fetch("select preview from interaction where kind = 'note'")
    assert [row["preview"] for row in notes] == ["Answers so far (One desk) order_no: 1234"]
    before = len(await shop.heard())
    await shop.says(6, "1")
    assert len(await shop.heard()) == before, "the flow is silent while people have the case"
    await shop.pool.execute("update work_item set status = 3, resolved_at = now() where status < 3")
    await shop.pool.execute("update queue set reopen_window_s = 0")
    await shop.says(7, "Hello again")
    assert len(await shop.heard()) > before, "a new matter begins at the entry"


async def test_a_restart_goes_on_at_the_step(pool: Pool, tmp_path: Path, touch: Touchpoint) -> None:
    async with a_shop(pool, tmp_path, touch) as shop:
        await shop.open()
        await shop.says(1, "Hello")
        await shop.says(2, "1")
        endpoint = shop.endpoint
    async with a_shop(pool, tmp_path, touch) as shop:
        shop.endpoint = endpoint
        await shop.says(3, "1234")
        assert (await shop.heard())[-2:] == [
            "Order 1234 is on its way.",
            "What is it about?\n1. Orders\n2. A person",
        ]


async def test_a_conversation_ends_in_the_revision_it_began_with(shop: Shop) -> None:
    await shop.open()
    await shop.says(1, "Hello")
    flow_id, revision, _ = await shop.flows.save(DESK.replace("is on its way", "is lost"), "test", "")
    await shop.flows.publish(flow_id, revision)
    await shop.says(2, "1")
    await shop.says(3, "1234")
    assert "Order 1234 is on its way." in await shop.heard()
    await shop.says(1, "Hello", who="minh")
    await shop.says(2, "1", who="minh")
    await shop.says(3, "1234", who="minh")
    assert "Order 1234 is lost." in await shop.heard("minh")


async def test_the_same_message_twice_is_heard_once(shop: Shop) -> None:
    await shop.open()
    await shop.says(1, "Hello")
    await shop.says(2, "1")
    before = await shop.heard()
    await shop.says(2, "1")
    assert await shop.heard() == before


async def test_nobody_writes_to_a_machine(shop: Shop) -> None:
    await shop.open()
    await shop.says(1, "Out of office", is_automatic=True)
    assert await shop.heard() == []


async def test_silence_in_writing_ends_at_a_person(shop: Shop) -> None:
    await shop.open(DESK.replace("vars: {", "defaults: {limits: {reply_time: 1s}}\nvars: {", 1))
    await shop.says(1, "Hello")
    for _ in range(3):
        await shop.pool.execute("update flow_session set wake_at = now() - interval '1 second'")
        row = await shop.pool.fetchrow("select id, state from flow_session where ended_at is null")
        assert row is not None
        state = row["state"]
        state["timers"] = {
            name: "2026-01-01T00:00:00+00:00" for name in state["timers"] if name != "call time"
        }
        await shop.pool.execute("update flow_session set state = $2 where id = $1", row["id"], state)
        await shop.written.wake()
    await shop.settle()
    assert (await shop.path())[-1] == "person"


async def test_an_address_answers_only_by_a_flow_that_is_made_for_it(shop: Shop) -> None:
    await shop.open()
    assert shop.endpoint is not None
    with pytest.raises(NotFound, match="nowhere is not in force"):
        await shop.written.set_entry(shop.endpoint, "nowhere")
    only_calls = DESK.replace("channels: [voice, chat, webhook]\n", "").replace("id: desk", "id: calls")
    flow_id, revision, _ = await shop.flows.save(only_calls, "test", "")
    await shop.flows.publish(flow_id, revision)
    with pytest.raises(NotFound, match="does not answer webhook"):
        await shop.written.set_entry(shop.endpoint, "calls")
    await shop.written.set_entry(shop.endpoint, None)
    await shop.says(1, "Hello")
    assert await shop.heard() == []


async def test_whoever_is_erased_leaves_nothing_half_said(shop: Shop) -> None:
    await shop.open()
    await shop.says(1, "Hello")
    await shop.pool.execute("update contact set erased_at = now()")
    assert await shop.pool.fetchval("select count(*) from flow_session") == 0


async def test_a_secret_nobody_kept_and_a_red_test_are_refused(shop: Shop) -> None:
    with pytest.raises(FlowRejected) as refusal:
        await shop.flows.save(LOOK_UP.replace("BASE", "http://erp.example"), "test", "")
    [found] = [one for one in refusal.value.findings if one.severity == "error"]
    assert (found.message, found.line) == ("there is no secret secret:erp_token", 9)

    red = SPEAKING + "tests: [{name: nobody says so, script: [{hear: never}]}]\n"
    flow_id, revision, _ = await shop.flows.save(red, "test", "")
    with pytest.raises(TestsRed, match="nobody says so"):
        await shop.flows.publish(flow_id, revision)
    assert shop.flows.published(flow_id) is None


async def test_a_share_of_callers_hears_the_new_revision_first(shop: Shop) -> None:
    book = shop.flows
    flow_id, revision, _ = await book.save(SPEAKING, "test", "")
    await book.publish(flow_id, revision)
    await book.set_route(HOTLINE, "Hotline", flow_id)
    _, newer, _ = await book.save(SPEAKING.replace("네?", "여보세요?"), "test", "")
    await book.set_canary(HOTLINE, newer, 20)
    heard = [
        found.revision for n in range(400) if (found := book.answering(HOTLINE, f"+849{n:08}")) is not None
    ]
    assert 40 <= heard.count(newer) <= 120
    again = book.answering(HOTLINE, "+84900000007")
    assert again == book.answering(HOTLINE, "+84900000007"), "the same caller hears the same"
    without = book.answering(HOTLINE)
    assert without is not None
    assert without.revision != newer
    await book.set_canary(HOTLINE, newer, 0)
    after = book.answering(HOTLINE, "+84900000007")
    assert after is not None
    assert after.revision != newer
