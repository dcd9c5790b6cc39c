"""The web over the real people, threads, routing and recordings on PostgreSQL: the shapes really meet."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.cases.service import Cases
from omnichannel.people import CHEAP, People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.support.web_standins import CallsInMemory, RecordingsInMemory
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import CallId
from threadline.kernel.queueing import QueueRequest
from web.api.models import AgentsReply, ContactsReply, Entry, QueuesReply, SessionReply, TimelineReply
from web.app import make_app
from web.services import Services

pytestmark = pytest.mark.integration

CALLER = "+84901234567"


@dataclass(frozen=True, slots=True)
class Rooms:
    people: People
    threads: Threads
    router: Router
    client: "TestClient[Any, Any]"


@pytest.fixture
async def rooms(pool: Pool, tmp_path: Path) -> AsyncIterator[Rooms]:
    clock, bus = SystemClock(), Bus()
    people = People(pool, clock, cost=CHEAP)
    cases = Cases(pool, clock, bus)
    threads = Threads(pool, clock, bus, mentioned=cases.mentioned)
    router = Router(pool, clock, bus, people, threads)
    await people.add(
        "an",
        "secret",
        role="agent",
        display_name="Trần An",
        extension="101",
        skills={"support": 3},
        locale="en-US",
    )
    await router.define_queue("support", "Support", need={"support": 1})
    services = Services(
        people, threads, router, RecordingsInMemory(tmp_path), CallsInMemory(), bus, clock, cases=cases
    )
    async with router, TestClient(TestServer(make_app(services))) as client:
        yield Rooms(people, threads, router, client)


async def test_the_customers_history_rides_on_the_offer(rooms: Rooms) -> None:
    client = rooms.client
    session = await (await client.post("/api/session", json={"login": "an", "password": "secret"})).json()
    SessionReply.model_validate(session)
    csrf = {"X-CSRF-Token": session["csrf"]}
    message = {
        "identity": {"kind": "phone", "value": "0901 234 567"},
        "channel": "chat",
        "direction": "in",
        "text": "Where is my cooker?",
    }
    entry = await (await client.post("/api/messages", json=message, headers=csrf)).json()
    Entry.model_validate(entry)
    origin = {"Origin": str(client.make_url("/")).rstrip("/")}
    async with client.ws_connect("/api/live", headers=origin) as live:
        assert (await live.receive_json())["data"]["state"]["state"] == "logged_out"
        path = f"/api/agents/{session['agent']['id']}/state"
        assert (await client.put(path, json={"state": "ready"}, headers=csrf)).status == 200
        await _call_arrives(rooms)
        kinds: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while "offer" not in kinds:
                received = await live.receive_json()
                kinds[received["type"]] = received["data"]
    pop = kinds["offer"]["pop"]
    assert pop["contact"]["thread"] == entry["thread"]
    assert "Where is my cooker?" in [one["text"] for one in pop["timeline"]]
    assert pop["call"]["path"] == [{"step": "main", "label": "Support", "type": "menu", "keys": "3"}]
    assert (await client.put(path, json={"state": "away"}, headers=csrf)).status == 409


async def _call_arrives(rooms: Rooms) -> None:
    call, now = CallId(uuid4()), SystemClock().now()
    caller = await rooms.threads.call_arrived(call, CALLER, CALLER, "+842873000000", "VN", now, None)
    facts: dict[str, Any] = {
        "id": str(call), "from": CALLER, "queue": "support", "language": "en-US", "started_at": now.isoformat(),
        "path": [{"step": "main", "label": "Support", "type": "menu", "keys": "3"}],
    }  # fmt: skip
    await rooms.router.join(QueueRequest(call, "support", caller.thread, 5, [], None, facts))


async def test_contacts_timelines_notes_agents_and_queues_fit_their_description(rooms: Rooms) -> None:
    agent = next(iter(await rooms.people.agents())).id
    token = {"Authorization": f"Bearer {await rooms.people.create_token('page', 'agent', agent)}"}
    await _call_arrives(rooms)
    found = await (
        await rooms.client.get("/api/contacts", params={"identity": "0901234567"}, headers=token)
    ).json()
    ContactsReply.model_validate(found)
    (contact,) = found["contacts"]
    thread = f"/api/threads/{contact['thread']}"
    note = await rooms.client.post(f"{thread}/notes", json={"text": "Called back."}, headers=token)
    Entry.model_validate(await note.json())
    page = await (await rooms.client.get(f"{thread}/timeline", params={"limit": "1"}, headers=token)).json()
    TimelineReply.model_validate(page)
    assert page["entries"][0]["actor"]["name"] == "Trần An"
    older = {"before": page["next"]}
    rest = await (await rooms.client.get(f"{thread}/timeline", params=older, headers=token)).json()
    assert [entry["kind"] for entry in rest["entries"]] == ["call"]
    AgentsReply.model_validate(await (await rooms.client.get("/api/agents", headers=token)).json())
    QueuesReply.model_validate(await (await rooms.client.get("/api/queues", headers=token)).json())
    assert (await rooms.client.get(f"/api/contacts/{contact['id']}", headers=token)).status == 200
    for missing in ("/api/contacts/", "/api/threads/"):
        tail = "/timeline" if "threads" in missing else ""
        assert (await rooms.client.get(f"{missing}{uuid4()}{tail}", headers=token)).status == 404
    assert (await rooms.client.get(f"{thread}/timeline?before=xyz", headers=token)).status == 422


async def test_the_language_is_kept(rooms: Rooms) -> None:
    session = await (
        await rooms.client.post("/api/session", json={"login": "AN ", "password": "secret"})
    ).json()
    csrf = {"X-CSRF-Token": session["csrf"]}
    assert (await rooms.client.patch("/api/session", json={"locale": "vi-VN"}, headers=csrf)).status == 200
    assert (await (await rooms.client.get("/api/session")).json())["agent"]["locale"] == "vi-VN"
    assert (await rooms.client.delete("/api/session", headers=csrf)).status == 200
    assert (await rooms.client.get("/api/agents")).status == 401


async def test_a_colleague_named_in_a_note_hears_of_it_at_once_until_he_opens_the_thread(
    rooms: Rooms,
) -> None:
    client, an = rooms.client, next(iter(await rooms.people.agents())).id
    bao = await rooms.people.add("bao", None, role="agent", display_name="Lê Bảo")
    tokens = {
        who: {"Authorization": f"Bearer {await rooms.people.create_token(name, 'agent', who)}"}
        for name, who in (("an's", an), ("bao's", bao))
    }
    await _call_arrives(rooms)
    (contact,) = await rooms.threads.contacts(CALLER, "VN")
    thread = f"/api/threads/{contact['thread']}"
    async with client.ws_connect("/api/live", headers=tokens[bao]) as live:
        note = {"text": "@Bao and @nobody: please call her; an@example.com is her address"}
        entry = await (await client.post(f"{thread}/notes", json=note, headers=tokens[an])).json()
        async with asyncio.timeout(30):
            while (heard := await live.receive_json())["type"] != "mention":
                pass
    assert heard["data"] == {"thread": contact["thread"], "entry": entry}
    (mention,) = (await (await client.get("/api/mentions", headers=tokens[bao])).json())["mentions"]
    assert (mention["entry"], mention["by"]) == (entry["id"], "Trần An")
    assert (await (await client.get("/api/mentions", headers=tokens[an])).json())["mentions"] == []
    await client.post(f"{thread}/mentions/seen", headers=tokens[bao])
    assert (await (await client.get("/api/mentions", headers=tokens[bao])).json())["mentions"] == []
