"""The demo's shop in a real database, twice."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from ivr_flows.check import Catalogue
from omnichannel.audit.service import Audit
from omnichannel.knowledge.service import Knowledge
from omnichannel.people import CHEAP, People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from telephony.flow_book import FlowBook
from telephony.sip.digest import hash_password
from telephony.sip.store import SipStore
from telephony.store import TelephonyStore
from threadline.db.pool import Pool
from threadline.demo.articles import ARTICLES
from threadline.demo.cast import AN, EMPLOYEES, HOTLINE, LAN, LINES, QUEUES
from threadline.demo.passwords import FILE
from threadline.demo.seed import open_lines, seed
from threadline.demo.services import answering
from threadline.kernel.clock import Clock, SystemClock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import ThreadId

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Shop:
    """The services of a server, without its processes."""

    clock: Clock
    people: People
    threads: Threads
    router: Router
    flows: FlowBook
    accounts: SipStore
    knowledge: Knowledge


@pytest.fixture
def shop(pool: Pool) -> Shop:
    clock, bus = SystemClock(), Bus()
    people, threads = People(pool, clock, cost=CHEAP), Threads(pool, clock, bus)
    router = Router(pool, clock, bus, people, threads)

    async def catalogue() -> Catalogue:
        queues = frozenset(str(queue["id"]) for queue in await router.queues())
        return Catalogue(
            queues=queues, calendars=frozenset(flows.calendars), boxes=queues, musics=frozenset({"moh_soft", "typing"}),
            skills=await people.skills(),
        )  # fmt: skip

    async def render(texts: object) -> int:
        return 0

    flows = FlowBook(TelephonyStore(pool), clock, catalogue, render)
    knowledge = Knowledge(pool, clock, Audit(pool, clock))
    return Shop(clock, people, threads, router, flows, SipStore(pool, clock), knowledge)


async def _timeline(shop: Shop, identity: str) -> list[Json]:
    (contact,) = await shop.threads.contacts(identity, "VN")
    page = await shop.threads.timeline(ThreadId(UUID(str(contact["thread"]))))
    entries = page["entries"]
    assert isinstance(entries, list)
    return [entry for entry in entries if isinstance(entry, dict)]


async def test_the_newcomer_finds_people_phones_a_hotline_and_lans_week(shop: Shop, tmp_path: Path) -> None:
    passwords = await seed(shop, tmp_path, "threadline")

    an = await shop.people.authenticate("an", passwords["login:an"])
    assert an is not None
    assert (an.extension, an.skills) == (AN.extension, AN.skills)
    phone = await shop.accounts.account(LAN.account)
    assert phone is not None
    expected = hash_password(LAN.account, "threadline", passwords[f"phone:{LAN.account}"], "MD5")
    assert phone.ha1_md5 == expected
    assert {queue["id"] for queue in await shop.router.queues()} == set(QUEUES)
    answering = shop.flows.answering(HOTLINE)
    assert answering is not None
    assert answering.flow.id == "retail_main"
    assert shop.flows.calendars["store"].status(shop.clock.now()) == "open"

    entries = await _timeline(shop, LAN.phone)
    assert [entry["channel"] for entry in entries] == ["email", "chat", "chat", "chat", "chat"]
    assert "AC-12" in str(entries[0]["preview"])
    assert {one["slug"] for one in await shop.knowledge.listing("vi")} == {one.slug for one in ARTICLES}
    (found,) = await shop.knowledge.suggest("máy lạnh nhà tôi không lạnh", "vi", 1)
    assert found["slug"] == "not-cooling"


async def test_a_second_start_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    first = await seed(shop, tmp_path, "threadline")
    before = await _timeline(shop, LAN.phone)
    assert await seed(shop, tmp_path, "threadline") == first
    assert await _timeline(shop, LAN.phone) == before
    assert len(await shop.people.agents()) == len(EMPLOYEES)
    assert len(await shop.knowledge.articles()) == len(ARTICLES)
    answering = shop.flows.answering(HOTLINE)
    assert answering is not None
    assert answering.revision == 1


async def test_lost_passwords_are_made_anew_and_are_in_force(shop: Shop, tmp_path: Path) -> None:
    first = await seed(shop, tmp_path, "threadline")
    (tmp_path / FILE).unlink()
    second = await seed(shop, tmp_path, "threadline")
    assert second["login:an"] != first["login:an"]
    assert await shop.people.authenticate("an", second["login:an"]) is not None
    phone = await shop.accounts.account("101")
    assert phone is not None
    assert phone.ha1_sha256 == hash_password("101", "threadline", second["phone:101"])


async def test_every_example_flow_has_a_number_and_a_second_start_changes_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    await seed(shop, tmp_path, "threadline")
    for _ in range(2):
        async with answering(tmp_path, shop.clock) as services:
            await open_lines(shop, services)
        for line in LINES:
            found = shop.flows.answering(line.number)
            assert found is not None
            assert (found.flow.id, found.revision) == (line.flow, 1)
            assert all(service.base.startswith(services) for service in found.flow.head.http.values())


async def test_what_the_examples_ask_is_answered(tmp_path: Path, shop: Shop) -> None:
    async with answering(tmp_path, shop.clock) as services, aiohttp.ClientSession() as session:
        async with session.get(f"{services}/parcels/parcels/2913?x=1") as found:
            assert (found.status, (await found.json())["state"]) == (200, "on_the_way")
        async with session.post(f"{services}/clinic/appointments", json={"slot": "slot-1"}) as found:
            assert found.status == 201
        async with session.get(f"{services}/orders/orders/1") as found:
            assert found.status == 404
        host, port = services.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"nonsense\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
