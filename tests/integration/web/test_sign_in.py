"""Cookies, CSRF, origins, and how guessing slows down."""

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.web.conftest import Client, Visitor, bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from threadline.kernel.events import AgentState
from web.app import make_app

pytestmark = pytest.mark.integration


async def test_signing_in_sets_a_cookie_no_script_can_read(client: Client, story: Story) -> None:
    response = await client.post("/api/session", json={"login": "an", "password": "an"})
    cookie = response.cookies["threadline"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie.value not in await response.text()


async def test_behind_https_the_cookie_is_bound_to_this_host(
    client: Client, house: House, story: Story
) -> None:

    async with TestClient(TestServer(make_app(replace(house.services(), https=True)))) as secure:
        response = await secure.post("/api/session", json={"login": "an", "password": "an"})
    assert response.cookies["__Host-threadline"]["secure"]


async def test_who_am_i_before_and_after(visitor: Visitor, story: Story) -> None:
    assert (await (await visitor.call("GET", "/api/session")).json())["agent"] is None
    await visitor.sign_in("an")
    session = await (await visitor.call("GET", "/api/session")).json()
    assert session["agent"]["id"] == str(story.agent)
    assert session["agent"]["extension"] == "101"
    assert session["csrf"] == visitor.csrf


async def test_a_wrong_password_says_no_more_than_an_unknown_login(client: Client, story: Story) -> None:
    wrong = await client.post("/api/session", json={"login": "an", "password": "x"})
    unknown = await client.post("/api/session", json={"login": "nobody", "password": "x"})
    assert wrong.status == unknown.status == 401
    assert await wrong.text() == await unknown.text()


async def test_guessing_is_slowed_down_and_says_for_how_long(
    client: Client, house: House, story: Story
) -> None:
    for _ in range(8):
        response = await client.post("/api/session", json={"login": "an", "password": "guess"})
        house.clock.advance(0.1)
    assert response.status == 429
    assert response.headers["Retry-After"] == "1"
    assert (await client.post("/api/session", json={"login": "an", "password": "an"})).status == 429
    house.clock.advance(2)
    assert (await client.post("/api/session", json={"login": "an", "password": "an"})).status == 201


async def test_a_cookie_without_its_csrf_token_changes_nothing(visitor: Visitor, story: Story) -> None:
    await visitor.sign_in("an")
    path = f"/api/threads/{story.thread}/notes"
    for token in ("", "wrong", "csrf-ä"):
        response = await visitor.call("POST", path, json={"text": "x"}, headers={"X-CSRF-Token": token})
        assert (response.status, (await response.json())["error"]["code"]) == (403, "bad_csrf_token")
    assert (await visitor.call("POST", path, json={"text": "x"})).status == 201


async def test_a_bearer_token_needs_no_csrf_token(client: Client, story: Story) -> None:
    response = await client.post(
        f"/api/threads/{story.thread}/notes", json={"text": "x"}, headers=bearer("an")
    )
    assert response.status == 201


async def test_another_sites_page_can_not_sign_anybody_in(client: Client, story: Story) -> None:
    login = {"login": "an", "password": "an"}
    response = await client.post("/api/session", json=login, headers={"Origin": "https://elsewhere.example"})
    assert response.status == 403
    form = await client.post("/api/session", data=login)
    assert form.status == 415


async def test_signing_out_ends_the_session_and_the_shift(
    visitor: Visitor, house: House, story: Story
) -> None:
    await visitor.sign_in("an")
    house.router.move(story.agent, AgentState.READY)
    assert (await visitor.call("DELETE", "/api/session")).status == 200
    assert house.people.sessions == {}
    assert (await house.router.states())[0]["state"] == "logged_out"
    assert (await visitor.call("GET", "/api/agents")).status == 401


async def test_signing_out_during_a_call_leaves_the_call_alone(
    visitor: Visitor, house: House, story: Story
) -> None:
    await visitor.sign_in("an")
    house.router.move(story.agent, AgentState.TALKING)
    assert (await visitor.call("DELETE", "/api/session")).status == 200
    assert (await house.router.states())[0]["state"] == "talking"


async def test_the_language_stays_with_the_account(visitor: Visitor) -> None:
    await visitor.sign_in("an")
    changed = await visitor.call("PATCH", "/api/session", json={"locale": "vi-VN"})
    assert (await changed.json())["locale"] == "vi-VN"
    assert (await (await visitor.call("GET", "/api/session")).json())["locale"] == "vi-VN"
    assert (await visitor.call("PATCH", "/api/session", json={"locale": "xx"})).status == 422
