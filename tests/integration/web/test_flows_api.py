"""Flows over HTTP, on a whole server: nothing lost between two admins, nothing red published, what calls did."""

import io
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from telephony.store import Batch, CallRow, EndedCall, TelephonyStore
from tests.integration.telephony.stage import MENU
from tests.support.house import HOTLINE, house
from threadline.compose import Server
from threadline.db.pool import Pool
from threadline.kernel.events import CallEvent, CallEventKind
from threadline.kernel.ids import CallId, uuid7

pytestmark = pytest.mark.integration

RED = MENU + "tests:\n  - {name: nobody says so, script: [{hear: never}]}\n"
GREEN = MENU + 'tests:\n  - {name: fine, script: [{hear: main, press: "4"}, {hear: fine}]}\n'


@dataclass
class Office:
    server: Server
    http: aiohttp.ClientSession
    tokens: dict[str, str]

    async def ask(self, who: str, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        url = f"http://127.0.0.1:{self.server.http_port}/api{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def save(self, who: str, yaml: str, based_on: int | None = None) -> tuple[int, dict[str, Any]]:
        body = {"yaml": yaml, "based_on": based_on, "message": "why"}
        return await self.ask(who, "POST", "/flows", body)

    async def sound(self, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.tokens['dung']}"}
        async with self.http.get(
            f"http://127.0.0.1:{self.server.http_port}/api{path}", headers=headers
        ) as answer:
            assert answer.status == 200
            return await answer.read()


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    async with house(tmp_path / "data", dsn) as server:
        await server.router.define_queue("support", "Support", need={"support": 1})
        tokens = {}
        for login, name, role in (
            ("dung", "Dũng Lê", "admin"), ("tam", "Tâm Đỗ", "admin"), ("chi", "Chi", "supervisor"),
        ):  # fmt: skip
            person = await server.people.add(login, None, role=role, display_name=name)
            tokens[login] = await server.people.create_token(login, role, person)
        async with aiohttp.ClientSession() as http:
            yield Office(server, http, tokens)


async def test_two_admins_at_once_lose_no_text_and_read_each_others_names(office: Office) -> None:
    assert (await office.save("chi", MENU))[0] == 403
    status, broken = await office.save("dung", MENU.replace("next: fine", "next: fin"))
    assert status == 422
    assert "there is no step fin" in [one["message"] for one in broken["error"]["findings"]]
    status, made = await office.save("dung", MENU)
    assert (status, made["id"], made["n"]) == (201, "little_menu", 1)
    assert (await office.save("dung", MENU + "# mine\n", 1))[1]["n"] == 2
    status, late = await office.save("tam", MENU + "# his\n", 1)
    assert (status, late["error"]["code"]) == (409, "outdated")
    assert "Dũng Lê" in late["error"]["message"]
    assert "Tâm Đỗ" in late["error"]["message"]
    assert late["error"]["theirs"]["yaml"] == MENU + "# mine\n"
    assert (await office.save("tam", MENU + "# his\n", late["error"]["theirs"]["n"]))[1]["n"] == 3
    assert (await office.ask("chi", "GET", "/flows/little_menu?revision=2"))[1]["yaml"] == MENU + "# mine\n"
    _, diff = await office.ask("chi", "GET", "/flows/little_menu/diff?old=2&new=3")
    assert diff["lines"][-2:] == ["-# mine", "+# his"]
    _, listed = await office.ask("chi", "GET", "/flows/little_menu/revisions")
    assert [(one["n"], one["author"]) for one in listed["revisions"]] == [
        (3, "Tâm Đỗ"), (2, "Dũng Lê"), (1, "Dũng Lê"),
    ]  # fmt: skip
    assert (await office.ask("chi", "GET", "/flows/nothing"))[0] == 404


async def test_a_red_test_is_not_published_and_every_move_is_audited(office: Office) -> None:
    await office.save("dung", GREEN)
    await office.save("dung", RED, 1)
    publish = "/flows/little_menu/publish"
    assert (await office.ask("chi", "POST", publish, {"revision": 1}))[0] == 403
    assert (await office.ask("dung", "POST", publish, {"revision": 1}))[0] == 200
    status, red = await office.ask("dung", "POST", publish, {"revision": 2})
    assert (status, red["error"]["code"], red["error"]["tests"][0]["name"]) == (
        409, "tests_red", "nobody says so",
    )  # fmt: skip
    await office.save("dung", GREEN + "# new\n", 2)
    await office.server.flows.set_route(HOTLINE, "Hotline", "little_menu")
    canary = {"number": HOTLINE, "revision": 3, "percent": 10}
    assert (await office.ask("dung", "PUT", "/flows/little_menu/canary", canary))[0] == 200
    _, row = await office.ask("chi", "GET", "/flows")
    assert row["flows"][0]["published"] == 1
    assert (row["flows"][0]["numbers"][0]["canary"], row["flows"][0]["numbers"][0]["percent"]) == (3, 10)
    await office.ask("dung", "POST", publish, {"revision": 3})
    await office.ask("tam", "POST", publish, {"revision": 1})
    _, tried = await office.ask("dung", "POST", "/flows/little_menu/trial-number", {"revision": 3})
    answering = office.server.flows.answering(tried["number"])
    assert answering is not None
    assert answering.revision == 3
    _, notes = await office.ask("dung", "GET", "/audit?action=flow")
    assert [note["action"] for note in notes["notes"]] == [
        "flow.try", "flow.roll_back", "flow.publish", "flow.canary", "flow.save", "flow.publish", "flow.save",
        "flow.save",
    ]  # fmt: skip


async def test_a_text_is_checked_tested_walked_and_patched_without_being_stored(office: Office) -> None:
    _, found = await office.ask("chi", "POST", "/flows/-/check", {"yaml": GREEN})
    assert [one["severity"] for one in found["findings"]] == ["warning"]
    assert [step["id"] for step in found["outline"]["steps"]] == ["main", "fine", "to_support", "end"]
    _, tests = await office.ask("chi", "POST", "/flows/-/test", {"yaml": GREEN})
    assert [(one["name"], one["passed"]) for one in tests["tests"]] == [("fine", True)]
    assert tests["coverage"]["missed_steps"] == ["to_support"]
    _, walk = await office.ask("chi", "POST", "/flows/-/walk", {"yaml": GREEN, "acts": [{"press": "4"}]})
    assert walk["visited"] == ["main", "fine", "end"]
    body = {"yaml": GREEN, "path": ["steps", "main", "timeout"], "value": "9s"}
    _, patched = await office.ask("chi", "POST", "/flows/-/patch", body)
    assert patched["yaml"] == GREEN.replace("timeout: 30s", "timeout: 9s")
    status, bad = await office.ask("chi", "POST", "/flows/-/walk", {"yaml": "steps: ["})
    assert (status, bad["error"]["findings"][0]["severity"]) == (422, "error")
    assert (await office.ask("chi", "GET", "/flows"))[1] == {"flows": []}


async def test_a_flow_of_another_system_is_read_and_not_stored(office: Office) -> None:
    body = {"name": "menus.vxml", "text": "<vxml version='2.1'><form><block>Hello.</block></form></vxml>"}
    assert (await office.ask("chi", "POST", "/flows/-/import", body))[0] == 403
    status, found = await office.ask("dung", "POST", "/flows/-/import", body)
    assert status == 200
    assert "\nthreadline: 1\n" in found["yaml"]
    assert {"verdict", "line", "name", "step", "why", "todo"} == found["remarks"][0].keys()
    assert (await office.ask("dung", "POST", "/flows/-/import", {**body, "text": "<html/>"}))[0] == 422
    assert (await office.ask("chi", "GET", "/flows"))[1] == {"flows": []}


async def test_prompts_are_heard_and_recordings_kept(office: Office) -> None:
    spoken = await office.sound("/flows/-/speech?text=Hello&language=en-US")
    with wave.open(io.BytesIO(spoken)) as sound:
        assert sound.getframerate() == 8000
        assert sound.getnframes() > 1000
    assert await office.sound("/flows/-/speech?text=Hello&language=en-US-x-male") != spoken
    headers = {"Authorization": f"Bearer {office.tokens['dung']}"}
    url = f"http://127.0.0.1:{office.server.http_port}/api/flows/-/recordings?prompt=greet&language=en-US"
    async with office.http.post(url, data=spoken, headers=headers) as answer:
        kept = await answer.json()
    assert answer.status == 201
    assert (await office.sound(f"/flows/-/recording?audio={kept['audio']}"))[:4] == b"RIFF"
    async with office.http.post(url, data=b"no sound at all", headers=headers) as answer:
        assert answer.status == 422
    three_minutes = io.BytesIO()
    with wave.open(three_minutes, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(b"\x00\x10\x00\xf0" * (8_000 * 180))
    async with office.http.post(url, data=io.BytesIO(three_minutes.getvalue()), headers=headers) as answer:
        assert answer.status == 201


async def test_a_draft_calls_nobody_whose_phone_is_not_there(office: Office) -> None:
    await office.save("dung", MENU)
    calls = "/flows/little_menu/draft-calls"
    assert (await office.ask("chi", "POST", calls, {"revision": 1}))[0] == 403
    assert (await office.ask("dung", "POST", calls, {"revision": 7}))[0] == 404
    status, refused = await office.ask("dung", "POST", calls, {"revision": 1})
    assert (status, refused["error"]["reason"]) == (422, "no_phone")
    nobody = f"/flows/-/draft-calls/{uuid7(office.server.clock.now())}"
    assert (await office.ask("dung", "POST", f"{nobody}/keys", {"keys": "1"}))[0] == 404
    assert (await office.ask("dung", "POST", f"{nobody}/hangup"))[0] == 404


async def test_what_calls_did_is_counted_by_step_and_way(office: Office, pool: Pool) -> None:
    await office.save("dung", MENU)
    store, now = TelephonyStore(pool), office.server.clock.now()
    batch = Batch()
    for steps, reason in (
        (["main", "fine", "end"], "flow_ended"), (["main", "fine", "end"], "flow_ended"), (["main"], "customer_hung_up"),
    ):  # fmt: skip
        call = CallId(uuid7(now))
        batch.calls.append(
            CallRow(
                call, "inbound", "+84901234567", "", HOTLINE, "trunk:x", "little_menu", 1, None, None, now
            )
        )
        for place, step in enumerate(steps):
            at = now + timedelta(seconds=2 * place)
            batch.events.append(
                CallEvent(call, at, CallEventKind.STEP, {"step": step, "type": "say", "label": None})
            )
        batch.events.append(
            CallEvent(call, now, CallEventKind.KEYS, {"step": "main", "keys": "9", "outcome": "no_match"})
        )
        batch.ended.append(
            EndedCall(call, None, None, None, now, now + timedelta(seconds=9), "abandoned", reason)
        )
    await store.write(batch)
    until = (now + timedelta(hours=1)).isoformat().replace("+", "%2B")
    _, paths = await office.ask("chi", "GET", f"/flows/little_menu/paths?until={until}")
    ways = {(way["from"], way["to"]): (way["calls"], way["hung_up"]) for way in paths["ways"]}
    assert ways == {
        ("main", "fine"): (2, 0),
        ("fine", "end"): (2, 0),
        ("end", None): (2, 0),
        ("main", None): (1, 1),
    }
    assert paths["keys"] == [{"step": "main", "outcome": "no_match", "keys": "9", "times": 3}]
    _, calls = await office.ask("chi", "GET", f"/flows/little_menu/calls?until={until}&step=fine")
    assert [one["last_step"] for one in calls["calls"]] == ["end", "end"]
    assert (await office.ask("chi", "GET", "/flows/little_menu/paths?since=2020-01-01T00:00:00Z"))[0] == 422
