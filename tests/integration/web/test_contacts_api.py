"""Contacts over HTTP on the real room: names, merges, the chooser, imports; and pages that follow a merge."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.audit.service import Audit
from omnichannel.contacts.importing.service import ContactImports
from omnichannel.contacts.service import Contacts
from omnichannel.threads import Threads
from tests.integration.web.conftest import bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from threadline.db.pool import Pool
from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, uuid7
from web.app import make_app

pytestmark = pytest.mark.integration

LAN, HUNG = "+84912345678", "+84987654321"
MACHINE = bearer("machine-supervisor")


@dataclass(frozen=True, slots=True)
class Desk:
    client: "TestClient[Any, Any]"
    threads: Threads
    imports: ContactImports

    async def call(self, number: str) -> tuple[CallId, Json]:
        call = CallId(uuid7(self.threads._clock.now()))
        at = self.threads._clock.now()
        caller = await self.threads.call_arrived(call, number, number, "1900", "VN", at, None)
        return call, await self.threads.contact(caller.contact)

    async def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Json:
        response = await self.client.request(method, path, headers=MACHINE, **options)
        assert response.status == status, await response.text()
        found: Json = await response.json()
        return found


@pytest.fixture
async def desk(pool: Pool, house: House, story: Story) -> AsyncIterator[Desk]:
    clock, bus = house.services().clock, house.services().bus
    audit = Audit(pool, clock)
    threads, imports = Threads(pool, clock, bus), ContactImports(pool, clock, audit)
    services = replace(
        house.services(), threads=threads, contacts=Contacts(pool, clock, bus, audit), contact_imports=imports
    )
    dung = await house.services().people.token("token-dung")
    assert dung is not None
    assert dung.agent is not None
    await pool.execute(
        "insert into agent (id, login, role, display_name) values ($1, 'dung', 'admin', 'Dung')",
        dung.agent.id,
    )
    async with TestClient(TestServer(make_app(services))) as client:
        yield Desk(client, threads, imports)


async def test_a_merge_and_its_undo_are_one_request_each_and_the_page_follows(desk: Desk) -> None:
    _, lan = await desk.call(LAN)
    _, hung = await desk.call(HUNG)
    changed = await desk.ask("PATCH", f"/api/contacts/{lan['id']}", json={"name": "Lan", "vip": True})
    assert (changed["name"], changed["vip"]) == ("Lan", True)
    async with (
        desk.client.ws_connect("/api/live", headers=MACHINE, autoping=False) as live,
        asyncio.timeout(20),
    ):
        await live.receive_json()
        await live.send_json({"type": "watch", "thread": hung["thread"]})
        await live.ping()
        while (await live.receive()).type is not WSMsgType.PONG:  # what was sent before it is obeyed
            continue
        merged = await desk.ask("POST", f"/api/contacts/{lan['id']}/merge", json={"loser": hung["id"]})
        told = await live.receive_json()
        assert told["type"] == "thread.moved"
        assert (told["data"]["to"], told["data"]["reason"]) == (lan["thread"], "merged")
        entry = {
            "identity": {"kind": "phone", "value": HUNG},
            "channel": "sms",
            "direction": "in",
            "text": "Hi",
        }
        await desk.ask("POST", "/api/messages", 201, json=entry)
        while (told := await live.receive_json())["type"] != "thread.delta":
            continue
        assert told["data"]["thread"] == lan["thread"]
    shown = await desk.ask("GET", f"/api/contacts/{hung['id']}")
    assert shown["id"] == lan["id"]
    undone = await desk.ask("POST", f"/api/merges/{merged['merge']}/undo")
    assert (undone["contact"], undone["state"]) == (hung["id"], "done")
    timeline = await desk.ask("GET", f"/api/threads/{hung['thread']}/timeline")
    assert isinstance(timeline["entries"], list)
    assert len(timeline["entries"]) == 2


async def test_an_agent_chooses_who_called_and_gives_the_identity_another_home(desk: Desk) -> None:
    call, lan = await desk.call(LAN)
    chosen = await desk.ask("POST", "/api/choices", json={"call": str(call), "name": "Hùng"})
    kin = await desk.ask("GET", f"/api/contacts/{chosen['contact']}/kin")
    assert isinstance(kin["candidates"], list)
    assert len(kin["candidates"]) == 2
    identities = (await desk.ask("GET", f"/api/contacts/{lan['id']}"))["identities"]
    assert isinstance(identities, list)
    assert isinstance(identities[0], dict)
    path = f"/api/contacts/{lan['id']}/identities/{identities[0]['id']}"
    await desk.ask("PATCH", path, json={"confirmed": True})
    refused = await desk.ask("PATCH", path, 409, json={"shared": False})
    assert refused["error"]
    assert await desk.ask("POST", f"{path}/move", json={}) == {"contact": None, "thread": None}


async def test_an_import_is_previewed_applied_and_reported(desk: Desk) -> None:
    admin = bearer("dung")
    data = "Tên;SĐT\nLan;0912345678\nHùng;12\n".encode()
    sent = await desk.client.post("/api/contact-imports?name=a.csv", data=data, headers=admin)
    shown = await sent.json()
    assert (sent.status, shown["counts"]["refused"], shown["delimiter"]) == (201, 1, ";")
    path = f"/api/contact-imports/{shown['id']}"
    assert (await desk.client.post(f"{path}/apply", headers=admin)).status == 202
    while await desk.imports.step():
        continue
    report = await desk.client.get(f"{path}/report", headers=admin)
    assert "write it with its country code" in await report.text()
    assert (await (await desk.client.get(path, headers=admin)).json())["counts"]["made"] == 1
