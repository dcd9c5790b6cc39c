"""What admins change over HTTP, on a whole server: checked, audited with before and after, never over a colleague."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.support.house import HOTLINE, furnish, house
from threadline.compose import Server
from threadline.kernel.ids import AgentId, ThreadId

pytestmark = pytest.mark.integration

PASSWORD = "a-long-password"
Answer = tuple[int, dict[str, Any]]


@dataclass
class Office:
    """A server and an admin's token."""

    server: Server
    http: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, body: object = None, seen: str | None = None, *, is_new: bool = False
    ) -> Answer:
        headers = {} if seen is None else {"If-Match": f'"{seen}"'}
        if is_new:
            headers["If-None-Match"] = "*"
        url = f"http://127.0.0.1:{self.server.http_port}{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def audited(self, action: str) -> list[dict[str, Any]]:
        _, page = await self.ask("GET", f"/api/audit?action={action}")
        return [note["detail"] for note in page["notes"]]


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    async with house(tmp_path / "data", dsn) as server:
        dung = await server.people.add("dung", PASSWORD, role="admin", display_name="Dũng")
        token = await server.people.create_token("dung", "admin", dung)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            yield Office(server, http)


async def test_people_are_made_changed_disabled_and_never_the_last_admin(office: Office) -> None:
    an = {"login": "An", "name": "An Nguyễn", "extension": "101", "wrap_up_s": 20}
    status, made = await office.ask("POST", "/api/users", an)
    assert (status, made["login"], made["active"], made["phone"]) == (201, "an", True, None)
    assert await office.server.people.authenticate("an", made["password"]) is not None
    status, refused = await office.ask("POST", "/api/users", {**an, "extension": None})
    assert (status, refused["error"]["field"], refused["error"]["reason"]) == (422, "login", "taken")

    path, seen = f"/api/users/{made['id']}", made["version"]
    status, changed = await office.ask("PUT", path, {**an, "role": "supervisor"}, seen)
    assert (status, changed["role"]) == (200, "supervisor")
    status, late = await office.ask("PUT", path, {**an, "name": "An Trần"}, seen)
    assert (status, late["error"]["code"]) == (409, "outdated")
    assert await office.audited("user.change") == [
        {"before": {"role": "agent"}, "after": {"role": "supervisor"}}
    ]

    status, phone = await office.ask("POST", f"{path}/phone", {"md5": True})
    assert (status, phone["username"]) == (200, "101")
    account = await office.server.accounts.account("101")
    assert account is not None
    assert account.ha1_md5
    token, _ = await office.server.people.open_session(made["id"], 3600)
    status, password = await office.ask("POST", f"{path}/password")
    assert await office.server.people.session(token) is None
    assert await office.server.people.authenticate("an", password["password"]) is not None
    kept = await _case_of(office.server, AgentId(UUID(made["id"])))
    _, off = await office.ask("PUT", f"{path}/state", {"active": False}, changed["version"])
    assert (off["active"], off["phone"]) == (False, None)
    assert (await office.server.cases.show(kept))["owner"] is None  # his work waits for somebody who is there
    assert await office.server.people.authenticate("an", password["password"]) is None

    _, everybody = await office.ask("GET", "/api/users")
    dung = next(one for one in everybody["users"] if one["login"] == "dung")
    others = [one for one in everybody["users"] if one["role"] == "admin" and one["login"] != "dung"]
    for other in others:  # the first start made one
        await office.ask("PUT", f"/api/users/{other['id']}/state", {"active": False})
    status, last = await office.ask("PUT", f"/api/users/{dung['id']}/state", {"active": False})
    assert (status, last["error"]["code"]) == (409, "refused")


async def _case_of(server: Server, agent: AgentId) -> int:
    """The number of a case of his, asleep until tomorrow."""
    stored = await server.threads.add_message(
        thread=None, identity=("email", "lan@example.vn"), channel="email", direction="in", text="A sleeve is torn.", actor=None,
    )  # fmt: skip
    thread = ThreadId(UUID(str(stored["thread"])))
    case = await server.cases.open(thread, "A torn sleeve", agent=agent)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await server.cases.change(int(str(case["number"])), {"snoozed_until": tomorrow}, agent)
    return int(str(case["number"]))


async def test_two_admins_work_on_the_grid_and_only_the_same_cell_is_in_the_way(office: Office) -> None:
    ids = [str(await office.server.people.add(name, None, role="agent", display_name=name)) for name in "ab"]
    for skill in ("support", "lang:en"):
        assert (await office.ask("POST", "/api/skills", {"id": skill, "title": skill.title()}))[0] == 201
    mine = [{"person": ids[0], "skill": "support", "was": None, "level": 3}]
    theirs = [{"person": ids[1], "skill": "lang:en", "was": None, "level": 5}]
    answers = await asyncio.gather(
        *(office.ask("PUT", "/api/skills", {"cells": cells}) for cells in (mine, theirs))
    )
    assert [status for status, _ in answers] == [200, 200]
    late = [{**mine[0], "level": 1}, {"person": ids[1], "skill": "support", "was": None, "level": 2}]
    status, refused = await office.ask("PUT", "/api/skills", {"cells": late})
    assert (status, refused["error"]["code"]) == (409, "outdated")
    _, grid = await office.ask("GET", "/api/skills")
    levels = {one["id"]: one["skills"] for one in grid["people"]}
    assert (levels[ids[0]], levels[ids[1]]) == ({"support": 3}, {"lang:en": 5})
    gone = [{"person": ids[0], "skill": "support", "was": 3, "level": None}]
    assert (await office.ask("PUT", "/api/skills", {"cells": gone}))[0] == 200
    assert {"before": {"support": 3}, "after": {"support": None}} in await office.audited("user.skills")


async def test_a_queue_keeps_what_is_not_named_and_its_skills_can_not_go(office: Office) -> None:
    await office.ask("POST", "/api/skills", {"id": "support", "title": "Support"})
    queue = {
        "id": "support",
        "title": "Support",
        "need": {"support": 2},
        "ring_timeout_s": 15,
        "max_waiting": 9,
        "chat_unanswered_s": 0,
    }
    status, made = await office.ask("POST", "/api/queue-settings", queue)
    assert (status, made["need"], made["reopen_window_s"]) == (201, {"support": 2}, 259_200)
    assert (made["chat_unanswered_s"], made["chat_in_hand_s"]) == (0, 600)
    path = "/api/queue-settings/support"
    status, changed = await office.ask("PUT", path, {"title": "Hỗ trợ"}, made["version"])
    assert (status, changed["title"], changed["ring_timeout_s"], changed["max_waiting"]) == (
        200,
        "Hỗ trợ",
        15,
        9,
    )
    assert (await office.ask("PUT", path, {"title": "x"}, made["version"]))[0] == 409
    status, refused = await office.ask("PUT", path, {"title": "x", "need": {"nothing": 1}})
    assert (status, refused["error"]["field"]) == (422, "need")
    status, refused = await office.ask("PUT", path, {"title": "x", "chat_in_hand_s": 86_401})
    assert (status, refused["error"]["field"]) == (422, "chat_in_hand_s")
    assert (await office.ask("DELETE", "/api/skills/support"))[0] == 409
    assert (await office.ask("DELETE", path))[0] == 200
    assert await office.audited("queue.change") == [
        {"before": {"title": "Support"}, "after": {"title": "Hỗ trợ"}}
    ]


async def test_numbers_lead_to_flows_and_codes_to_agents(office: Office) -> None:
    await office.server.people.add(
        "chi", None, role="agent", display_name="Chi", skills={"support": 1, "billing": 1}
    )
    await furnish(office.server)
    _, shown = await office.ask("GET", "/api/numbers")
    (flow,) = shown["flows"]
    assert (shown["numbers"][0]["number"], shown["numbers"][0]["is_answered"]) == (HOTLINE, True)
    status, refused = await office.ask("DELETE", "/api/queue-settings/billing")  # no call was ever in it
    assert (status, refused["error"]["reason"], refused["error"]["names"]) == (409, "flows", [flow["id"]])
    status, made = await office.ask(
        "POST", "/api/numbers", {"number": "19005678", "title": "Shop", "flow": flow["id"]}
    )
    assert (status, office.server.flows.answering("19005678") is not None) == (201, True)
    wrong = {"title": "Shop", "flow": flow["id"], "revision": 99}
    status, refused = await office.ask("PUT", "/api/numbers/19005678", wrong, made["version"])
    assert (status, refused["error"]["field"]) == (422, "revision")
    assert (await office.ask("DELETE", "/api/numbers/19005678"))[0] == 200
    assert office.server.flows.answering("19005678") is None

    code = {"id": "solved", "titles": {"en": "Solved", "vi": "Đã xong"}, "queues": ["support"]}
    status, kept = await office.ask("POST", "/api/wrap-up-codes", code)
    assert (status, kept["place"], kept["is_active"]) == (201, 100, True)
    del code["id"]
    status, kept = await office.ask(
        "PUT", "/api/wrap-up-codes/solved", {**code, "is_active": False}, kept["version"]
    )
    assert (status, kept["is_active"]) == (200, False)
    assert (await office.ask("DELETE", "/api/wrap-up-codes/solved"))[0] == 200


async def test_a_trunk_is_tested_and_its_password_never_comes_back(office: Office) -> None:
    sip = office.server.sip.port  # this server itself answers as the carrier
    trunk = {
        "name": "viettel",
        "host": "127.0.0.1",
        "port": sip,
        "user": "lan",
        "password": "s3cret-of-the-trunk",
    }
    status, made = await office.ask("POST", "/api/trunks", trunk)
    assert (status, made["secrets"], made["is_running"]) == (201, ["password"], False)
    assert "s3cret" not in str(made)
    status, probed = await office.ask("POST", "/api/trunks/viettel/test")
    assert (status, probed["reach"]) == (200, "reachable")
    status, changed = await office.ask(
        "PUT", "/api/trunks/viettel", {"host": "127.0.0.1", "user": "lan"}, made["version"]
    )
    assert (status, changed["port"], changed["secrets"]) == (200, 5060, ["password"])
    (kept,) = await office.server.accounts.trunks()
    assert kept.password == "s3cret-of-the-trunk"
    status, refused = await office.ask("PUT", "/api/trunks/viettel", {"host": "a.vn", "srtp": "required"})
    assert (status, refused["error"]["field"]) == (422, "srtp")
    assert "s3cret" not in str(await office.audited("trunk"))
    assert (await office.ask("DELETE", "/api/trunks/viettel"))[0] == 200


async def test_a_rule_is_rehearsed_on_the_latest_messages(office: Office) -> None:
    for text in ("Where is my order?", "Hello"):
        message = {
            "identity": {"kind": "email", "value": "lan@example.vn"},
            "channel": "email",
            "direction": "in",
            "text": text,
        }
        assert (await office.ask("POST", "/api/messages", message))[0] == 201
    rule = {
        "title": "Orders",
        "when": "message_in",
        "if": 'message.text.contains("order")',
        "then": [{"do": "tag", "tags": ["order"]}],
    }
    status, found = await office.ask("POST", "/api/rules/rehearsal", {"rule": rule})
    assert (status, [(one["words"], one["applies"]) for one in found["entries"]]) == (
        200,
        [("Hello", False), ("Where is my order?", True)],
    )


async def test_calls_can_not_overflow_in_a_circle(office: Office) -> None:
    for queue, further in (("a", None), ("b", "a")):
        body = {"id": queue, "title": queue.upper(), "overflow_queue": further, "overflow_after_s": 60}
        assert (await office.ask("POST", "/api/queue-settings", body))[0] == 201
    status, refused = await office.ask("PUT", "/api/queue-settings/a", {"title": "A", "overflow_queue": "b"})
    assert (status, refused["error"]["reason"]) == (422, "circle")
    status, refused = await office.ask("DELETE", "/api/queue-settings/a")
    assert (status, refused["error"]["reason"], refused["error"]["names"]) == (409, "overflow", ["B"])


async def test_promises_and_hours_say_what_they_were_and_refuse_what_was_not_seen(office: Office) -> None:
    _, shown = await office.ask("GET", "/api/sla-policies")
    standard = shown["policies"][0]
    path, given = f"/api/sla-policies/{standard['id']}", {"title": "House", "first_reply_s": 600}
    assert (await office.ask("PUT", path, given, standard["version"]))[0] == 200
    assert (await office.ask("PUT", path, given, standard["version"]))[0] == 409
    (note,) = await office.audited("promise.change")
    assert note["after"]["first_reply_s"] == 600
    status, refused = await office.ask("PUT", path, given, is_new=True)
    assert (status, refused["error"]["field"], refused["error"]["reason"]) == (422, "name", "taken")
    hours = {"timezone": "Asia/Ho_Chi_Minh", "weekly": {"mon": [["08:00", "17:00"]]}}
    assert (await office.ask("PUT", "/api/calendars/shop", hours, is_new=True))[0] == 200
    status, refused = await office.ask("PUT", "/api/calendars/shop", {**hours, "weekly": {}}, is_new=True)
    assert (status, refused["error"]["field"], refused["error"]["reason"]) == (422, "name", "taken")
    status, refused = await office.ask("PUT", "/api/calendars/shop", {**hours, "timezone": "Asia/Hanoi"})
    assert (status, refused["error"]["field"], refused["error"]["reason"]) == (
        422,
        "timezone",
        "unknown_zone",
    )
    _, shown = await office.ask("GET", "/api/calendars")
    seen = shown["calendars"][0]["version"]
    assert (await office.ask("PUT", "/api/calendars/shop", {**hours, "weekly": {}}, seen))[0] == 200
    assert (await office.ask("PUT", "/api/calendars/shop", hours, seen))[0] == 409
    assert (await office.audited("calendar.change"))[0]["before"]["weekly"]["mon"] == [["08:00", "17:00"]]


async def test_an_address_is_not_written_over_a_colleague_s_change_but_may_be_switched_meanwhile(
    office: Office,
) -> None:
    given = {"kind": "webhook", "address": "till", "title": "Till", "secrets": {"secret": "s" * 32}}
    status, made = await office.ask("POST", "/api/endpoints", given)
    assert status == 201
    path, edit = f"/api/endpoints/{made['id']}", {"title": "Till 1"}
    assert (await office.ask("PUT", f"{path}/state", {"state": "on"}))[0] == 200
    status, changed = await office.ask("PUT", path, edit, made["version"])
    assert (status, changed["title"], changed["state"]) == (200, "Till 1", "on")
    status, late = await office.ask("PUT", path, {"title": "Till 2"}, made["version"])
    assert (status, late["error"]["code"]) == (409, "outdated")
