"""A real server on a port of the system's choice, the other rooms in memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from tests.support.web_standins import House, furnish
from tests.support.web_story import Story, tell_story
from threadline.kernel.events import Json
from web.app import make_app

Client = TestClient[Any, Any]


@dataclass
class Visitor:
    """A browser: one cookie jar, and the CSRF token once signed in."""

    client: Client
    csrf: str = ""

    async def sign_in(self, login: str) -> Json:
        response = await self.client.post("/api/session", json={"login": login, "password": login})
        assert response.status == 201
        session: Json = await response.json()
        self.csrf = str(session["csrf"])
        return session

    async def call(self, method: str, path: str, **options: Any) -> ClientResponse:
        headers = {"X-CSRF-Token": self.csrf, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnish(tmp_path)


@pytest.fixture
def story(house: House) -> Story:
    return tell_story(house)


@pytest.fixture
async def server(house: House) -> AsyncIterator[TestServer]:
    running = TestServer(make_app(house.services()))
    async with running:
        yield running


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    async with TestClient(server) as opened:
        yield opened


@pytest.fixture
def visitor(client: Client, story: Story) -> Visitor:
    return Visitor(client)


def bearer(login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer token-{login}"}
