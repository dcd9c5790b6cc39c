"""Supervising over HTTP and the live socket: who may, and that it reaches the floor."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.audit.service import Audit
from omnichannel.people import CHEAP, People
from omnichannel.routing.board.service import Board
from omnichannel.routing.service import Router
from omnichannel.routing.supervision import Supervision
from omnichannel.threads import Threads
from tests.integration.web.conftest import Client
from tests.support.web_standins import CallsInMemory, RecordingsInMemory
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState, Bus, WallboardChanged
from threadline.kernel.ids import CallId, ThreadId, uuid7
from threadline.kernel.queueing import QueueRequest
from web.app import make_app
from web.services import Services
from web.supervision_ports import FloorRooms

pytestmark = pytest.mark.integration


@dataclass
class Room:
    http: Client
    router: Router
    board: Board
    bus: Bus
    an: str
    call: CallId


@pytest.fixture
async def room(pool: Pool, tmp_path: Path) -> AsyncIterator[Room]:
    """An, away; Chi, a supervisor; a call that waits."""
    clock, bus = SystemClock(), Bus()
    people, threads = People(pool, clock, cost=CHEAP), Threads(pool, clock, bus)
    router = Router(pool, clock, bus, people, threads)
    board = Board(pool, clock, bus, router)
    an = await people.add("an", "an-secret-1", role="agent", display_name="An", skills={"support": 3})
    await people.add("chi", "chi-secret-1", role="supervisor", display_name="Chi")
    await router.define_queue("support", "Support", need={"support": 1})
    await router.define_queue("sales", "Sales", need={"support": 1})
    await router.set_state(an, AgentState.AWAY)
    call = CallId(uuid7(clock.now()))
    await router.join(QueueRequest(call, "support", ThreadId(uuid7(clock.now())), 5, [], None, {}))
    services = Services(
        people=people, threads=threads, router=router, recordings=RecordingsInMemory(tmp_path), calls=CallsInMemory(), bus=bus,
        clock=clock, floor=FloorRooms(board, Supervision(router, people, Audit(pool, clock)), router.callbacks),
    )  # fmt: skip
    async with TestClient(TestServer(make_app(services))) as client:
        yield Room(client, router, board, bus, str(an), call)


async def sign_in(room: Room, login: str) -> dict[str, str]:
    reply = await room.http.post("/api/session", json={"login": login, "password": f"{login}-secret-1"})
    assert reply.status == 201
    return {"X-CSRF-Token": (await reply.json())["csrf"]}


async def test_a_supervisor_sees_the_board_moves_a_caller_and_sets_an_agent_ready(
    room: Room, pool: Pool
) -> None:
    headers = await sign_in(room, "chi")
    board: Any = await (await room.http.get("/api/wallboard")).json()
    assert [(one["id"], one["waiting"]) for one in board["queues"]] == [("sales", 0), ("support", 1)]
    moved = await room.http.post(f"/api/waiting/{room.call}/move", json={"queue": "sales"}, headers=headers)
    assert moved.status == 200
    waiting: Any = await (await room.http.get("/api/waiting")).json()
    assert [(one["contact"], one["queue"]) for one in waiting["waiting"]] == [(str(room.call), "sales")]
    forced = await room.http.put(
        f"/api/agents/{room.an}/forced-state", json={"state": "ready"}, headers=headers
    )
    assert forced.status == 200
    await room.router.tick()
    why: Any = await (await room.http.get(f"/api/waiting/{room.call}/why")).json()
    assert why["decisions"][0]["agent_name"] == "An"
    assert (await room.http.get("/api/cases/1/why")).status == 404
    skilled = await room.http.put(
        f"/api/agents/{room.an}/skills", json={"skills": {"support": 5}}, headers=headers
    )
    assert skilled.status == 200
    other = await room.http.put(f"/api/agents/{room.an}/state", json={"state": "away"}, headers=headers)
    assert other.status == 200
    noted = await Audit(pool, SystemClock()).list(action="agent.force_state")
    details: list[Any] = [one["detail"] for one in noted]
    assert [one["after"] for one in details] == ["away", "ready"]
    assert (await (await room.http.get("/api/callbacks")).json()) == {"callbacks": []}


async def test_an_agent_may_none_of_it(room: Room) -> None:
    headers = await sign_in(room, "an")
    assert (await room.http.get("/api/wallboard")).status == 403
    own = await room.http.put(f"/api/agents/{room.an}/forced-state", json={"state": "ready"}, headers=headers)
    assert own.status == 403


async def test_the_board_comes_by_the_live_socket_to_supervisors(room: Room) -> None:
    await sign_in(room, "chi")
    async with room.http.ws_connect(
        "/api/live", headers={"Origin": str(room.http.make_url("/").origin())}
    ) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        room.bus.publish(WallboardChanged(await room.board.wallboard()))
        told = await socket.receive_json()
        assert told["type"] == "wallboard"
        assert [one["id"] for one in told["data"]["queues"]] == ["sales", "support"]
