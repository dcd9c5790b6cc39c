"""Providers call the real server, threads get their messages, and answers go out once, whatever the weather."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from omnichannel.channels.port import Endpoint, HookRequest
from omnichannel.errors import CannotSend
from tests.integration.providers.support import KEY, Watch, connect, now_ms, texts
from tests.support.fake_meta import VERIFY_TOKEN, FakeMeta
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.fake_zalo import FakeZalo
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from tests.support.program import PYTHON
from threadline.channels import Correspondence, open_correspondence
from threadline.compose import Server, running
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import ThreadId

pytestmark = pytest.mark.integration
SAID: list[object] = ["Máy lạnh kêu to", "Alo?"]
ROOT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def house(folder: Path, dsn: str) -> AsyncIterator[Server]:
    """A whole server that knows how the world reaches it, as Twilio's signatures need."""
    settings = replace(settings_for(folder, dsn), public_url="https://contact.example.vn")
    async with running(settings) as server:
        yield server


def hook_of(server: Server, endpoint: Endpoint) -> str:
    return f"http://{LOOPBACK}:{server.http_port}/hooks/{endpoint.kind}/{endpoint.id}"


def status_of(entry: Json) -> object:
    return entry["status"]


async def answer(server: Server, thread: ThreadId, endpoint: Endpoint, text: str) -> Json:
    """An answer by that endpoint, to whoever of the thread can be reached by it."""
    ways = await server.correspondence.outbound.reach(thread)
    way = next(one for one in ways if one["endpoint"] == str(endpoint.id))
    identity = way["identity"]
    assert isinstance(identity, int)
    return await server.correspondence.outbound.send(
        thread=thread, identity=identity, endpoint=endpoint.id, text=text
    )


async def test_four_providers_reach_threads_and_their_customers_are_answered_once(
    tmp_path: Path, dsn: str
) -> None:
    """Zalo, Messenger, WhatsApp and Twilio, by their own HTTP and signatures, on one server."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(house(tmp_path, dsn))
        zalo, meta, whatsapp, sms = [
            await stack.enter_async_context(fake)
            for fake in (FakeZalo(), FakeMeta(), FakeMeta(), FakeTwilioMessages())
        ]
        assert isinstance(whatsapp, FakeMeta)
        whatsapp.speaks = "whatsapp"
        kinds = {"zalo": zalo, "messenger": meta, "whatsapp": whatsapp, "sms": sms}
        endpoints = {kind: await connect(server.correspondence, kind, fake) for kind, fake in kinds.items()}
        watch = Watch(server)
        for number, (kind, fake) in enumerate(kinds.items()):
            fake.hook_url, fake.has_echoes = hook_of(server, endpoints[kind]), True
            if isinstance(fake, FakeTwilioMessages):
                fake.public_hook_url = endpoints[kind].hook_url
            if isinstance(fake, FakeZalo | FakeMeta):
                fake.now_ms = now_ms() - 60_000
            customer = "+84901234567" if kind == "sms" else f"8490000000{number}"
            fake.customer_says(customer, "Máy lạnh kêu to")
            fake.customer_says(customer, "Alo?")
            assert set(await fake.deliver(times=2)) == {200}
            thread, _ = await watch.until(lambda entries: texts(entries) == SAID, number)
            await answer(server, thread, endpoints[kind], "Dạ em nghe")
            await watch.until(lambda entries: len(entries) == 3 and status_of(entries[2]) == "sent", number)
            assert set(await fake.deliver(is_reversed=True, times=2)) == {200}
            _, entries = await watch.until(lambda entries: status_of(entries[-1]) == "delivered", number)
            assert texts(entries) == [*SAID, "Dạ em nghe"]
            assert len(fake.sent) == 1
        assert await server.correspondence.inbox.parked() == []


async def test_an_echo_that_comes_before_the_answer_makes_no_copy(tmp_path: Path, dsn: str) -> None:
    """Zalo took the message, its answer got lost; what it then tells of the message is ours."""
    async with house(tmp_path, dsn) as server, FakeZalo() as zalo:
        endpoint, watch = await connect(server.correspondence, "zalo", zalo), Watch(server)
        zalo.hook_url, zalo.has_echoes, zalo.now_ms = hook_of(server, endpoint), True, now_ms() - 60_000
        zalo.customer_says("42", "Alo?")
        await zalo.deliver()
        thread, _ = await watch.until(lambda entries: texts(entries) == ["Alo?"])
        zalo.fail_next("dropped")
        await answer(server, thread, endpoint, "Dạ")
        await watch.until(lambda entries: len(entries) == 2 and status_of(entries[1]) == "failed")
        await zalo.deliver()
        _, entries = await watch.until(lambda entries: status_of(entries[1]) == "delivered")
        assert texts(entries) == ["Alo?", "Dạ"]
        assert len(zalo.sent) == 1


async def test_what_is_forged_never_reaches_a_thread(tmp_path: Path, dsn: str) -> None:
    """Meta is refused; Zalo, whose console wants 200 whatever it sends, is answered and dropped."""
    async with house(tmp_path, dsn) as server, FakeZalo() as zalo, FakeMeta() as meta:
        for kind, fake, status in (("zalo", zalo, 200), ("messenger", meta, 403)):
            endpoint = await connect(server.correspondence, kind, fake)
            fake.customer_says("42", "I am somebody else")
            async with aiohttp.ClientSession() as client:
                url = hook_of(server, endpoint)
                for headers in (
                    {},
                    {**fake.pending[0].headers, "X-ZEvent-Signature": "mac=0", "X-Hub-Signature-256": "x"},
                ):
                    async with client.post(url, data=fake.pending[0].body, headers=headers) as refused:
                        assert refused.status == status
        async with aiohttp.ClientSession() as client:
            query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "7"}
            async with client.get(hook_of(server, endpoint), params=query) as asked:
                assert (asked.status, await asked.text()) == (200, "7")
            async with client.get(
                hook_of(server, endpoint), params={**query, "hub.verify_token": "x"}
            ) as asked:
                assert asked.status == 403
        assert await server.correspondence.inbox.depth() == (0, 0)


@pytest.fixture
async def rooms(pool: Pool, tmp_path: Path) -> AsyncIterator[Correspondence]:
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    async with open_correspondence(settings, pool, SystemClock(), Bus(), KEY) as opened:
        yield opened


@pytest.mark.parametrize(
    ("kind", "age_days", "words"), [("messenger", 2, "time to answer here"), ("zalo", 8, "send a template")]
)
async def test_a_closed_window_refuses_with_words(
    rooms: Correspondence, pool: Pool, kind: str, age_days: int, words: str
) -> None:
    fake = FakeZalo() if kind == "zalo" else FakeMeta()
    async with fake:
        endpoint = await connect(rooms, kind, fake)
        fake.now_ms = now_ms() - int(timedelta(days=age_days).total_seconds() * 1000)
        fake.customer_says("42", "Alo?")
        channel = rooms.registry.channel(kind)
        [post] = fake.pending
        await _deliver(rooms, endpoint, post.body, {k.lower(): v for k, v in post.headers.items()})
        thread = ThreadId(UUID(str(await pool.fetchval("select public_id from thread"))))
        [way] = await rooms.outbound.reach(thread)
        assert way["window"] in (
            {"opening": "closed", "until": None}, {"opening": "template_only", "until": None},
        )  # fmt: skip
        identity = way["identity"]
        assert isinstance(identity, int)
        with pytest.raises(CannotSend, match=words):
            await rooms.outbound.send(thread=thread, identity=identity, endpoint=endpoint.id, text="Dạ")
        assert channel.kind == kind
        assert fake.sent == []


async def _deliver(rooms: Correspondence, endpoint: Endpoint, body: bytes, headers: dict[str, str]) -> None:
    request = HookRequest("POST", endpoint.hook_url, {}, headers, body, SystemClock().now())
    await rooms.inbox(endpoint, rooms.registry.channel(endpoint.kind).receive(endpoint, request).deliveries)
    while await rooms.inbox.take_next():
        pass


async def test_two_processes_renew_zalos_token_once_and_both_go_on(rooms: Correspondence, dsn: str) -> None:
    async with AsyncExitStack() as stack:
        zalo = await stack.enter_async_context(FakeZalo())
        endpoint = await connect(rooms, "zalo", zalo)
        zalo.expire_token()
        senders = [
            await asyncio.create_subprocess_exec(
                PYTHON, "-m", "tests.integration.providers.zalo_sender", dsn, str(endpoint.id), "4", cwd=ROOT,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(2)
        ]  # fmt: skip
        for sender in senders:
            assert sender.stdout is not None
            assert await sender.stdout.readline() == b"ready\n"
        codes = [sender.communicate(b"go\n") for sender in senders]
        await asyncio.gather(*codes)
        assert [sender.returncode for sender in senders] == [0, 0]
        assert zalo.refreshes == 1
        assert len(zalo.sent) == 8
        newest = await rooms.endpoints.by_hook(endpoint.id)
        assert newest.secrets["access_token"] == zalo.access_token
        assert newest.secrets["refresh_token"] == zalo.refresh_token
