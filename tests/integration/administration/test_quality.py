"""Scorecards on a whole server: an admin makes them, supervisors give by them, an agent sees his own; all of it audited."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.support.house import house
from threadline.compose import Server
from threadline.db.pool import Pool
from threadline.kernel.ids import AgentId, CallId, uuid7

pytestmark = pytest.mark.integration

Answer = tuple[int, dict[str, Any]]
CARE = {
    "id": "care", "titles": {"en": "Care", "vi": "Chăm sóc"}, "most": 5,
    "criteria": [{"en": "Greets", "vi": "Chào"}, {"en": "Listens", "vi": "Lắng nghe"}, {"en": "Sells", "vi": "Bán hàng"}],
    "queues": ["support"],
}  # fmt: skip


@dataclass
class Floor:
    """A server, its people by name, and a call that An and Bao served one after the other."""

    server: Server
    http: aiohttp.ClientSession
    pool: Pool
    people: dict[str, AgentId]
    tokens: dict[str, str]
    call: CallId

    async def ask(
        self, who: str, method: str, path: str, body: object = None, seen: str | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        headers |= {} if seen is None else {"If-Match": f'"{seen}"'}
        url = f"http://127.0.0.1:{self.server.http_port}{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def gives(
        self, who: str, points: list[int | None], *, agent: str = "an", comment: str = ""
    ) -> Answer:
        given = {"agent": str(self.people[agent]), "scorecard": "care", "points": points, "comment": comment}
        return await self.ask(who, "PUT", f"/api/calls/{self.call}/evaluations", given)

    async def sees(self, who: str) -> list[dict[str, Any]]:
        status, found = await self.ask(who, "GET", f"/api/calls/{self.call}/evaluations")
        assert status == 200
        return list(found["evaluations"])

    async def served(self, agent: str, at: datetime, queue: str = "support") -> CallId:
        call = CallId(uuid7(at))
        await self.pool.execute(
            "insert into call (id, direction, from_raw, to_number, source, queue, agent_id, started_at, answered_at, ended_at)"
            " values ($1, 'inbound', '', '1900', 'trunk:x', $2, $3, $4, $4, $5)",
            call, queue, self.people[agent], at, at + timedelta(minutes=3),
        )  # fmt: skip
        return call


@pytest.fixture
async def floor(tmp_path: Path, dsn: str, pool: Pool) -> AsyncIterator[Floor]:
    roles = {"an": "agent", "bao": "agent", "chi": "supervisor", "giang": "supervisor", "dung": "admin"}
    async with house(tmp_path / "data", dsn) as server, aiohttp.ClientSession() as http:
        await server.router.define_queue("support", "Support", need={"support": 1}, ring_timeout_s=5)
        people = {
            name: await server.people.add(name, None, role=role, display_name=name.title())
            for name, role in roles.items()
        }
        tokens = {
            name: await server.people.create_token(name, role, people[name]) for name, role in roles.items()
        }
        made = Floor(server, http, pool, people, tokens, CallId(UUID(int=0)))
        made.call = await made.served("an", datetime.now(UTC) - timedelta(hours=1))
        await pool.execute(
            "insert into talk_by_hand (call_id, agent_id, node, began_at, ended_at) values ($1, $2, 'x', now(), now())",
            made.call, people["bao"],
        )  # fmt: skip
        assert (await made.ask("dung", "POST", "/api/scorecards", CARE))[0] == 201
        yield made


async def test_a_supervisor_gives_corrects_and_takes_back_and_the_agent_sees_it(floor: Floor) -> None:
    status, found = await floor.ask("chi", "GET", f"/api/calls/{floor.call}/evaluations")
    assert [one["name"] for one in found["agents"]] == ["An", "Bao"]
    assert [one["id"] for one in found["scorecards"]] == ["care"]

    status, given = await floor.gives("chi", [5, 3, None], comment="Calm, and quick.")
    assert (status, given["percent"], given["by_name"]) == (200, 80, "Chi")
    status, given = await floor.gives("chi", [5, 4, None], comment="Calm.")
    assert (given["percent"], len(await floor.sees("chi"))) == (90, 1)
    assert (await floor.gives("giang", [1, 1, 1]))[1]["percent"] == 20

    (his, other) = await floor.sees("an")
    assert (his["points"], his["comment"], his["criteria"]) == ([5, 4, None], "Calm.", CARE["criteria"])
    assert await floor.sees("bao") == []
    assert (await floor.ask("an", "GET", "/api/quality"))[0] == 403

    card = {**CARE, "criteria": [{"en": "Is friendly", "vi": "Thân thiện"}]}
    del card["id"]
    status, cards = await floor.ask("chi", "GET", "/api/scorecards")
    version = cards["scorecards"][0]["version"]
    assert (await floor.ask("chi", "PUT", "/api/scorecards/care", card, version))[0] == 403
    assert (await floor.ask("dung", "PUT", "/api/scorecards/care", card, "another"))[0] == 409
    assert (await floor.ask("dung", "PUT", "/api/scorecards/care", card, version))[0] == 200
    assert (await floor.sees("an"))[0]["criteria"] == CARE["criteria"]  # as it was then

    status, refused = await floor.ask("chi", "DELETE", f"/api/evaluations/{other['id']}")
    assert (status, refused["error"]["reason"]) == (409, "not_yours")
    assert (await floor.ask("dung", "DELETE", f"/api/evaluations/{other['id']}"))[0] == 200
    assert (await floor.ask("dung", "DELETE", "/api/scorecards/care"))[0] == 200
    assert len(await floor.sees("an")) == 1

    _, page = await floor.ask("dung", "GET", "/api/audit?action=evaluation.give")
    corrected = page["notes"][1]["detail"]
    assert (corrected["before"]["percent"], corrected["after"]["percent"]) == (80, 90)
    assert "Calm" not in str(page)


@pytest.mark.parametrize(
    ("points", "agent", "field"),
    [
        ([None, None, None], "an", "points"),
        ([5], "an", "points"),
        ([6, 1, 1], "an", "points"),
        ([5, 5, 5], "giang", "agent"),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field(
    floor: Floor, points: list[int | None], agent: str, field: str
) -> None:
    status, refused = await floor.gives("chi", points, agent=agent)
    assert (status, refused["error"]["field"]) == (422, field)
    assert await floor.sees("chi") == []


async def test_calls_are_found_by_agent_queue_words_and_whether_they_were_evaluated(floor: Floor) -> None:
    now = datetime.now(UTC)
    older = [await floor.served("bao", now - timedelta(hours=2 + n)) for n in range(60)]
    elsewhere = await floor.served("an", now - timedelta(days=3), "sales")
    await floor.served("an", now - timedelta(days=60))
    recording = uuid7(now)
    await floor.pool.execute(
        "insert into recording (id, call_id, kind, path, state, started_at) values ($1, $2, 'call', 'x', 'ready', $3)",
        recording, older[7], now,
    )  # fmt: skip
    await floor.pool.execute(
        "insert into transcript (recording_id, state, updated_at) values ($1, 'ready', now())", recording
    )
    await floor.pool.execute(
        "insert into transcript_segment values ($1, 1, 'customer', 3.5, 6, 'tôi muốn trả góp', '[]')",
        recording,
    )
    assert (await floor.gives("chi", [5, 3, None]))[0] == 200
    assert (await floor.gives("giang", [4, 4, 4]))[0] == 200

    async def found(question: str) -> list[str]:
        status, page = await floor.ask("chi", "GET", f"/api/quality?{question}")
        assert status == 200
        return [one["call"] for one in page["calls"]]

    _, page = await floor.ask("chi", "GET", "/api/quality")
    first = page["calls"][0]
    assert (first["call"], first["agent_name"], first["percent"]) == (str(floor.call), "An", 80)
    assert {one["name"]: (one["calls"], one["evaluated"], one["percent"]) for one in page["agents"]} == {
        "An": (2, 1, 80), "Bao": (60, 0, None),
    }  # fmt: skip
    rest = await found(f"before={page['next'].replace('+', '%2B')}")
    assert [one["call"] for one in page["calls"]] + rest == [
        str(one) for one in (floor.call, *older, elsewhere)
    ]
    assert await found("queue=sales") == [str(elsewhere)]
    assert await found(f"agent={floor.people['an']}&days=90&state=open") != []
    assert await found("state=done") == [str(floor.call)]
    assert await found("words=tra%20gop") == [str(older[7])]
    assert (await floor.ask("chi", "GET", "/api/quality?before=yesterday"))[0] == 422
