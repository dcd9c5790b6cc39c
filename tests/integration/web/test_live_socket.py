"""The live socket over a real connection."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer

from tests.integration.web.conftest import Visitor, bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from threadline.kernel.events import AgentState, OfferMade, ThreadDelta
from threadline.kernel.ids import ReservationId, ThreadId

pytestmark = pytest.mark.integration

Socket = ClientWebSocketResponse[Any]


def offer(house: House, story: Story) -> OfferMade:
    lease = house.clock.now() + timedelta(seconds=25)
    return OfferMade(
        ReservationId(uuid4()), story.call, story.agent, "support", lease, 20.0, story.pop(house)
    )


def origin(visitor: Visitor) -> dict[str, str]:
    return {"Origin": str(visitor.client.make_url("/")).rstrip("/")}


async def test_a_page_is_greeted_with_the_present(visitor: Visitor, house: House, story: Story) -> None:
    await visitor.sign_in("an")
    house.router.move(story.agent, AgentState.OFFERED)
    house.bus.publish(made := offer(house, story))
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        hello = await socket.receive_json()
    assert hello["type"] == "hello"
    assert hello["data"]["state"]["state"] == "offered"
    assert [one["reservation"] for one in hello["data"]["offers"]] == [str(made.reservation)]
    assert hello["data"]["now"] == house.clock.now().isoformat()


async def test_the_offer_brings_the_customer_and_the_thread_with_it(
    visitor: Visitor, house: House, story: Story
) -> None:
    await visitor.sign_in("an")
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        hello = await socket.receive_json()
        house.bus.publish(offer(house, story))
        message = await socket.receive_json()
    assert message["type"] == "offer"
    assert message["seq"] == hello["seq"] + 1
    pop = message["data"]["pop"]
    assert pop["contact"]["name"] == "Nguyễn Thị Lan"
    assert [entry["kind"] for entry in pop["timeline"]][:3] == ["note", "call", "email"]
    assert pop["call"]["path"][1]["label"] == "Support"


async def test_a_lost_connection_continues_where_it_was(visitor: Visitor, house: House, story: Story) -> None:
    await visitor.sign_in("an")
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        seen = (await socket.receive_json())["seq"]
    house.router.move(story.agent, AgentState.READY)
    house.bus.publish(offer(house, story))
    async with visitor.client.ws_connect(f"/api/live?since={seen}", headers=origin(visitor)) as socket:
        messages = [await socket.receive_json() for _ in range(3)]
    assert [(message["seq"] - seen, message["type"]) for message in messages] == [
        (1, "agent.state"),
        (2, "offer"),
        (2, "hello"),
    ]


async def test_a_page_from_before_a_restart_is_told_to_start_over(visitor: Visitor, story: Story) -> None:
    await visitor.sign_in("an")
    async with visitor.client.ws_connect("/api/live?since=17", headers=origin(visitor)) as socket:
        assert [(await socket.receive_json())["type"] for _ in range(2)] == ["reset", "hello"]


async def test_a_watched_thread_tells_its_news(visitor: Visitor, house: House, story: Story) -> None:
    await visitor.sign_in("bao")
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        await socket.receive_json()
        for junk in ("x", "[]", '{"type": "watch"}', '{"type": "watch", "thread": 7}'):
            await socket.send_str(junk)
        await socket.send_json({"type": "watch", "thread": str(story.thread)})
        await visitor.call("PATCH", "/api/session", json={"locale": "en-US"})
        note = await visitor.call("POST", f"/api/threads/{story.thread}/notes", json={"text": "Seen."})
        message = await socket.receive_json()
    assert message["type"] == "thread.delta"
    assert message["data"]["entry"] == await note.json()


async def test_a_page_that_takes_arrays_gets_what_came_at_once_in_one_frame_and_nothing_of_others(
    visitor: Visitor, house: House, story: Story
) -> None:
    await visitor.sign_in("bao")
    async with visitor.client.ws_connect("/api/live?arrays=true", headers=origin(visitor)) as socket:
        (hello,) = await socket.receive_json()
        await socket.send_json({"type": "watch", "thread": str(story.thread)})
        await visitor.call("PATCH", "/api/session", json={"locale": "en-US"})
        for number in range(3):
            house.bus.publish(ThreadDelta(story.thread, {"id": str(number)}))
            house.bus.publish(ThreadDelta(ThreadId(uuid4()), {"id": "of another thread"}))
        together = await socket.receive_json()
    assert hello["type"] == "hello"
    assert [(one["seq"] - hello["seq"], one["data"]["entry"]["id"]) for one in together] == [
        (1, "0"),
        (2, "1"),
        (3, "2"),
    ]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}])
async def test_another_sites_page_gets_no_socket(headers: dict[str, str], visitor: Visitor) -> None:
    await visitor.sign_in("an")
    with pytest.raises(WSServerHandshakeError, match="403"):
        await visitor.client.ws_connect("/api/live", headers=headers)


async def test_a_script_with_a_token_needs_no_origin(visitor: Visitor, house: House, story: Story) -> None:
    async with visitor.client.ws_connect("/api/live", headers=bearer("machine-supervisor")) as socket:
        assert (await socket.receive_json())["data"] == {
            "now": house.clock.now().isoformat(),
            "state": None,
            "offers": [],
        }
        house.router.move(story.agent, AgentState.AWAY, "lunch")
        assert (await socket.receive_json())["data"]["reason"] == "lunch"


async def test_signing_out_closes_the_socket(visitor: Visitor) -> None:
    await visitor.sign_in("an")
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        await socket.receive_json()
        await visitor.call("DELETE", "/api/session")
        assert await close_code(socket) == 4401


async def test_a_server_that_stops_says_goodbye(visitor: Visitor, server: TestServer) -> None:
    await visitor.sign_in("an")
    async with visitor.client.ws_connect("/api/live", headers=origin(visitor)) as socket:
        await socket.receive_json()
        assert server.runner is not None
        await server.runner.shutdown()
        assert await close_code(socket) == 1001


async def close_code(socket: Socket) -> int | None:
    while (await socket.receive()).type is not WSMsgType.CLOSE:
        pass
    return socket.close_code
