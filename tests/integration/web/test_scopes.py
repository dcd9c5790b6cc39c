"""Tokens with scopes: every scope at every route, over HTTP and a real database, and a token's life."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.errors import PersonUnreadable
from omnichannel.people import CHEAP, People
from omnichannel.people.tokens import NoSuchToken, Tokens
from tests.integration.web.conftest import bearer
from tests.support.web_people import Bearer
from tests.support.web_standins import NOON, House
from tests.support.web_story import Story
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.scopes import Scope
from web.api.endpoint import declared
from web.api.tokens import MadeToken
from web.app import HANDLERS, make_app
from web.auth import PUBLIC
from web.scopes import AREAS, allows, area_of

pytestmark = pytest.mark.integration

POINTS = [point for point in map(declared, HANDLERS) if point.roles != PUBLIC]


class Keys:
    """People whose token `scope-X` is an admin's with only that scope."""

    def __init__(self, house: House) -> None:
        self._people = house.services().people

    async def token(self, secret: str) -> Any:
        kind, _, scope = secret.partition("-")
        if kind == "scope":
            return Bearer("program", "admin", None, frozenset({scope}))
        return await self._people.token(secret)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._people, name)


@pytest.fixture
async def gate(house: House) -> AsyncIterator["TestClient[Any, Any]"]:
    services = replace(house.services(), people=cast(Any, Keys(house)))
    async with TestClient(TestServer(make_app(services))) as client:
        yield client


async def test_every_scope_opens_its_routes_and_no_other(gate: "TestClient[Any, Any]") -> None:
    wrong, asked = [], 0
    for point, scope in itertools.product(POINTS, Scope):
        path = point.path
        while "{" in path:
            begin, _, rest = path.partition("{")
            path = f"{begin}{uuid4()}{rest.partition('}')[2]}"
        headers = {"Authorization": f"Bearer scope-{scope}"}
        reply = await gate.request(point.method, path, headers=headers, data=b"", allow_redirects=False)
        said = (
            (await reply.json()) if reply.content_type == "application/json" and reply.status == 403 else {}
        )
        is_refused = isinstance(said, dict) and said.get("error", {}).get("code") == "out_of_scope"
        asked += 1
        if is_refused == allows(frozenset({scope}), point.method, point.area):
            wrong.append((point.method, point.path, scope.value, reply.status))
    assert wrong == []
    assert asked == len(POINTS) * len(Scope)


def test_administration_is_open_to_its_own_scope_only_and_looking_is_no_changing() -> None:
    for point in POINTS:
        may = {scope for scope in Scope if allows(frozenset({scope}), point.method, point.area)}
        expected = {Scope.ADMIN, point.area}
        if point.method == "GET" and point.area is not Scope.ADMIN:
            expected.add(Scope.READ)
        assert may == expected, point.path
        assert allows(None, point.method, point.area)


def test_what_is_named_nowhere_needs_the_widest_scope() -> None:
    assert area_of("/api/something-new/{id}") is Scope.ADMIN
    assert area_of("/api/contacts/{id}/kin") is Scope.CONTACTS
    assert area_of("/api/contacts/{id}/erasure") is Scope.ADMIN
    assert area_of("/api/tokens") is Scope.ADMIN
    assert Scope.READ not in AREAS.values()


async def test_a_token_without_scopes_may_what_its_role_may(
    story: Story, gate: "TestClient[Any, Any]"
) -> None:
    reply = await gate.get("/api/agents", headers=bearer("dung"))
    assert reply.status == 200


async def test_a_tokens_life(pool: Pool) -> None:
    clock = VirtualClock(NOON)
    people = People(pool, clock, cost=CHEAP)
    tokens = Tokens(pool, clock, people, Audit(pool, clock))
    old = await people.create_token("old", "supervisor")
    made = await tokens.make(
        "crm", "agent", SYSTEM, scopes=[Scope.CONTACTS, Scope.READ], expires_at=NOON + timedelta(days=1)
    )
    before, secret = await people.token(old), str(made["token"])
    assert before is not None
    assert before.scopes is None
    found = await people.token(secret)
    assert found is not None
    assert (found.role, found.scopes) == ("agent", frozenset({"contacts", "read"}))
    assert secret not in str(await pool.fetch("select row_to_json(t)::text from api_token t"))
    clock.advance(30)
    await people.token(secret)
    shown = {one["name"]: one for one in await tokens.all()}
    assert shown["crm"]["last_used_at"] == NOON.isoformat()
    clock.advance(31)
    await people.token(secret)
    shown = {one["name"]: one for one in await tokens.all()}
    assert shown["crm"]["last_used_at"] == (NOON + timedelta(seconds=61)).isoformat()
    clock.advance(86_400)
    assert await people.token(secret) is None
    await tokens.revoke(UUID(str(shown["old"]["id"])), SYSTEM)
    assert await people.token(old) is None
    with pytest.raises(NoSuchToken):
        await tokens.revoke(UUID(str(shown["old"]["id"])), SYSTEM)
    notes = [row["action"] for row in await pool.fetch("select action from audit_log order by id")]
    assert notes == ["token.create", "token.revoke"]


@pytest.mark.parametrize("scopes", [[], ["everything"]])
async def test_a_token_for_nothing_or_something_unknown_is_not_made(pool: Pool, scopes: list[str]) -> None:
    clock = VirtualClock(NOON)
    tokens = Tokens(pool, clock, People(pool, clock, cost=CHEAP), Audit(pool, clock))
    with pytest.raises(PersonUnreadable):
        await tokens.make("crm", "agent", SYSTEM, scopes=scopes)
    with pytest.raises(PersonUnreadable):
        await tokens.make("crm", "agent", SYSTEM, expires_at=NOON)


async def test_tokens_are_made_listed_and_revoked_over_http(pool: Pool, house: House) -> None:
    clock = VirtualClock(NOON)
    people = People(pool, clock, cost=CHEAP)
    tokens = Tokens(pool, clock, people, Audit(pool, clock))
    services = replace(house.services(), people=cast(Any, people), tokens=tokens)
    admin = {"Authorization": f"Bearer {await people.create_token('root', 'admin')}"}
    async with TestClient(TestServer(make_app(services))) as client:
        wanted = {"name": "sync", "role": "admin", "scopes": ["contacts"]}
        made = await (await client.post("/api/tokens", json=wanted, headers=admin)).json()
        MadeToken.model_validate(made)
        his = {"Authorization": f"Bearer {made['token']}"}
        assert (await client.get("/api/contacts?identity=lan", headers=his)).status == 200
        refused = await client.post("/api/tokens", json=wanted, headers=his)
        assert (refused.status, (await refused.json())["error"]["code"]) == (403, "out_of_scope")
        listed = await (await client.get("/api/tokens", headers=admin)).json()
        assert {one["name"] for one in listed["tokens"]} == {"sync", "root"}
        assert made["token"] not in str(listed)
        assert (await client.delete(f"/api/tokens/{made['id']}", headers=admin)).status == 204
        assert (await client.get("/api/contacts?identity=lan", headers=his)).status == 401
