"""What a house's own rows become when it asks what will happen, and that a page can ask."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.audit.service import Audit
from omnichannel.errors import NoSuchQueue
from omnichannel.people import CHEAP, People
from omnichannel.routing.board.service import Board
from omnichannel.routing.model import NeedStep
from omnichannel.routing.planning import service
from omnichannel.routing.planning.service import Planner, Wish
from omnichannel.routing.service import Router
from omnichannel.routing.supervision import Supervision
from omnichannel.threads import Threads
from tests.support.web_standins import CallsInMemory, RecordingsInMemory
from threadline.cli import main
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus, Json
from threadline.kernel.ids import CallId, ThreadId, uuid7
from threadline.kernel.queueing import QueueRequest
from web.app import make_app
from web.services import Services
from web.supervision_ports import FloorRooms

pytestmark = pytest.mark.integration

YESTERDAY = datetime(2026, 11, 21, tzinfo=UTC)
STEPS: list[Json] = [{"need": {"support": 3}, "for_s": 15.0}, {"need": {"support": 1}, "for_s": None}]


class House:
    """Four agents, two queues; yesterday forty calls for support in two hours."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.clock = VirtualClock(YESTERDAY + timedelta(hours=9))
        self.bus = Bus()
        self.people = People(pool, self.clock, cost=CHEAP)
        self.threads = Threads(pool, self.clock, self.bus)
        self.router = Router(pool, self.clock, self.bus, self.people, self.threads)
        self.planner = Planner(pool, self.clock)

    async def fill(self) -> None:
        for number in range(4):
            one = await self.people.add(
                f"a{number}", f"a{number}-secret-1", role="agent", display_name="A", skills={"support": 3}
            )
            await self.router.set_state(one, AgentState.AWAY)
        await self.people.add("chi", "chi-secret-1", role="supervisor", display_name="Chi")
        await self.router.define_queue("support", "Support", need={"support": 2})
        await self.router.define_queue("law", "Law", need={"law": 2})
        for _ in range(40):
            call = CallId(uuid7(self.clock.now()))
            asked = QueueRequest(call, "support", ThreadId(uuid7(self.clock.now())), 5, STEPS, None, {})
            await self.router.join(asked)
            await self.router.leave(call, "customer_hung_up")
            self.clock.advance(180)
        self.clock.advance(86_400)


@pytest.fixture
async def house(pool: Pool) -> House:
    made = House(pool)
    await made.fill()
    return made


async def test_yesterdays_calls_are_the_plan_with_what_each_asked_for(house: House) -> None:
    """One came twice, with the place of her first call, and one conversation went on in another call."""
    calls = [
        row["call_id"] for row in await house.pool.fetch("select call_id from waiting order by entered_at")
    ]
    await house.pool.execute("update waiting set resumed_by = $2 where call_id = $1", calls[2], calls[3])
    async with house.router.change() as change:
        await change.store.copy_place(calls[5], CallId(uuid7(house.clock.now())))
    setup = await house.planner.setup(Wish(YESTERDAY))
    (only,) = setup.classes
    assert (only.queue, only.contacts, only.steps[0]) == ("support", 39, NeedStep({"support": 3}, 15.0))
    assert len(setup.times) == 39
    assert setup.times[1][0] - setup.times[0][0] == pytest.approx(180)
    assert setup.hours == 2.0
    assert [one.skills for one in setup.agents] == [{"support": 3}] * 4


async def test_a_synthetic_day_asks_for_what_the_queues_name(house: House) -> None:
    setup = await house.planner.setup(Wish(contacts={"support": 80, "law": 5}, hours=4, service_s=100))
    assert [(one.queue, one.contacts, one.service_s) for one in setup.classes] == [
        ("support", 80, 100), ("law", 5, 100),
    ]  # fmt: skip
    assert list(setup.classes[1].steps) == [NeedStep({"law": 2}, None)]
    with pytest.raises(NoSuchQueue):
        await house.planner.setup(Wish(contacts={"nowhere": 1}))


async def test_a_day_is_planned_with_those_who_are_named(house: House) -> None:
    setup = await house.planner.setup(Wish(YESTERDAY, agents=frozenset({"a1", "a3", "nobody"})))
    assert [one.name for one in setup.agents] == ["a1", "a3"]
    await house.people.add("em", None, role="agent", display_name="Em")
    setup = await house.planner.setup(Wish(YESTERDAY))
    assert [one.name for one in setup.agents] == ["a0", "a1", "a2", "a3", "em"], (
        "who takes what asks for nothing"
    )


@pytest.fixture
async def page(house: House, tmp_path: Path) -> AsyncIterator[Any]:
    router = house.router
    board = Board(house.pool, house.clock, house.bus, router)
    supervision = Supervision(router, house.people, Audit(house.pool, house.clock))
    services = Services(
        people=house.people, threads=house.threads, router=router, recordings=RecordingsInMemory(tmp_path),
        calls=CallsInMemory(), bus=house.bus, clock=house.clock,
        floor=FloorRooms(board, supervision, router.callbacks, house.planner),
    )  # fmt: skip
    async with TestClient(TestServer(make_app(services))) as client:
        yield client


async def test_a_supervisor_asks_by_the_page_and_is_warned_of_a_queue_nobody_serves(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = await page.post("/api/session", json={"login": "chi", "password": "chi-secret-1"})
    headers = {"X-CSRF-Token": (await signed.json())["csrf"]}
    asked = {"contacts": {"support": 30, "law": 5}, "hours": 2, "staffing": False}
    reply = await page.post("/api/what-if", json=asked, headers=headers)
    assert reply.status == 200
    told = await reply.json()
    assert told["basis"]["arrivals"] == "synthetic"
    assert ("nobody", "law") in {(one["kind"], one["queue"]) for one in told["warnings"]}
    refused = await page.post("/api/what-if", json={"contacts": {"nowhere": 1}}, headers=headers)
    assert refused.status == 404
    there = {"day": "2026-11-22", "zone": "Pacific/Kiritimati", "staffing": False}
    told = await (await page.post("/api/what-if", json=there, headers=headers)).json()
    assert (told["basis"]["arrivals"], told["basis"]["contacts"]) == ("real", 20), "from 10:00 UTC on"
    nowhere = await page.post("/api/what-if", json={**there, "zone": "../etc"}, headers=headers)
    assert nowhere.status == 422
    monkeypatch.setattr(service, "ANSWER_WITHIN_S", 0.0)
    late = await page.post("/api/what-if", json=asked, headers=headers)
    assert (late.status, "fewer contacts" in (await late.json())["error"]["message"]) == (409, True)


async def test_an_agent_may_not_ask(page: Any) -> None:
    signed = await page.post("/api/session", json={"login": "a0", "password": "a0-secret-1"})
    headers = {"X-CSRF-Token": (await signed.json())["csrf"]}
    assert (await page.post("/api/what-if", json={}, headers=headers)).status == 403


async def test_the_command_predicts_a_real_day_of_this_database(
    house: House, dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate-queue", "--database-url", dsn, "--day", "2026-11-21", "--no-staffing"]
    assert await asyncio.to_thread(main, words) == 0
    told = capsys.readouterr().out
    assert told.startswith("real arrivals: 40 contacts in 2 h, 4 agents")
    assert "support (support 3)" in told
    assert "all, if everybody could do all" in told


@pytest.mark.parametrize("words", [["--hours", "0"], ["--contacts", "support=-5"], ["--service", "0"]])
async def test_the_command_refuses_what_the_page_refuses(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        await asyncio.to_thread(main, ["simulate-queue", *words])
    assert " to " in capsys.readouterr().err
