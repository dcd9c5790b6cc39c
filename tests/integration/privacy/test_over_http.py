"""A customer asks what is known of her, then to be forgotten: over HTTP, by a whole server with its jobs and rules."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from tests.support.house import house
from tests.support.touchpoint import SECRET, Touchpoint, delivery, said
from threadline.compose import Server
from threadline.db.pool import Pool
from threadline.kernel.events import Json

pytestmark = pytest.mark.integration

PATIENCE_S: Final = 90.0
THANKS: Final[Json] = {
    "title": "Thanks", "when": "message_in", "on": True, "then": [{"do": "reply", "texts": {"en": "We have it."}}],
}  # fmt: skip
NOTHING_OPEN: Final = "select not exists (select from happening where rules_open)"


@dataclass
class Town:
    """`pool` is a test's own look into the server's database."""

    server: Server
    http: aiohttp.ClientSession
    pool: Pool
    tokens: dict[str, str]
    shop: Endpoint
    touchpoint: Touchpoint

    async def ask(
        self, who: str | None, method: str, path: str, body: Any = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        async with self.http.request(method, self.url(path), json=body, headers=headers) as reply:
            return reply.status, await reply.json()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.http_port}{path}"

    async def writes(self, number: int, text: str) -> None:
        """Lan does, and the rules are through with it."""
        body, headers = delivery([said(number, "lan", text)])
        hook = f"/hooks/{self.shop.kind}/{self.shop.id}"
        async with self.http.post(self.url(hook), data=body, headers=headers) as reply:
            assert reply.status == 200
        stored = "select exists (select from interaction_body where text = $1)"
        await until(lambda: self.pool.fetchval(stored, text))
        await until(lambda: self.pool.fetchval(NOTHING_OPEN))
        await until(
            lambda: self.pool.fetchval("select not exists (select from outbox where state = 'queued')")
        )

    async def done(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request, once the jobs carried it out."""

        async def is_done() -> bool:
            _, now = await self.ask("admin", "GET", f"/api/privacy/requests/{request['id']}")
            request.update(now)
            return bool(now["state"] != "queued")

        await until(is_done)
        return request

    async def fetched(self, path: str) -> tuple[int, bytes]:
        """Of somebody who has nothing but the link."""
        async with aiohttp.ClientSession() as anybody, anybody.get(self.url(path)) as reply:
            return reply.status, await reply.read()


async def until(is_it: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await is_it():
            await asyncio.sleep(0.05)


@pytest.fixture
async def town(tmp_path: Path, dsn: str, pool: Pool) -> AsyncIterator[Town]:
    async with house(tmp_path / "data", dsn) as server, Touchpoint() as touchpoint:
        tokens = {}
        for role in ("agent", "admin"):
            who = await server.people.add(f"{role}-1", None, role=role, display_name=role)
            tokens[role] = await server.people.create_token(role, role, who)
        endpoints = server.correspondence.endpoints
        made = await endpoints.add("webhook", "shop", "Shop", {"url": touchpoint.url}, {"secret": SECRET})
        shop = await endpoints.switch(made.id, "on")
        await server.automation.rules.save(THANKS, SYSTEM)
        async with aiohttp.ClientSession() as http:
            yield Town(server, http, pool, tokens, shop, touchpoint)


async def lan_of(town: Town) -> dict[str, Any]:
    _, found = await town.ask("agent", "GET", "/api/search?q=lan")
    [contact] = found["contacts"]
    return dict(contact)


async def test_a_customer_gets_her_archive_is_forgotten_and_never_written_to_again(town: Town) -> None:
    """One server for all of it; nobody but admins may ask, and nobody without the link may fetch."""
    await town.writes(1, "Máy lạnh hỏng")
    assert town.touchpoint.taken == {"lan": ["We have it."]}
    lan = await lan_of(town)
    archive = await _archive_for_whom_it_may_be(town, lan)
    await _forgotten(town, lan)
    assert (await town.fetched(archive))[0] == 404
    await _not_written_to(town, lan)


async def _archive_for_whom_it_may_be(town: Town, lan: dict[str, Any]) -> str:
    """Its link."""
    export = f"/api/contacts/{lan['contact']}/export"
    for who, status in ((None, 401), ("agent", 403)):
        assert (await town.ask(who, "POST", export))[0] == status
    status, asked = await town.ask("admin", "POST", export)
    assert (status, asked["state"]) == (202, "queued")
    done = await town.done(asked)
    assert done["state"] == "done"
    link = f"/api/privacy/requests/{done['id']}/link"
    assert (await town.ask("agent", "POST", link))[0] == 403
    _, reply = await town.ask("admin", "POST", link)
    status, raw = await town.fetched(reply["url"])
    assert (status, len(raw)) == (200, done["bytes"])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        everything = "".join(archive.read(name).decode() for name in archive.namelist() if ".json" in name)
    assert "Máy lạnh hỏng" in json.dumps(everything, ensure_ascii=False)
    forged = reply["url"].replace("s=", "s=x")
    late = reply["url"].replace("e=", "e=9")
    assert [(await town.fetched(path))[0] for path in (forged, late)] == [404, 404]
    _, notes = await town.ask("admin", "GET", "/api/audit?action=privacy.fetch")
    assert [note["target"] for note in notes["notes"]] == [f"contact:{lan['contact']}"]
    return str(reply["url"])


async def _forgotten(town: Town, lan: dict[str, Any]) -> None:
    about = f"/api/contacts/{lan['contact']}"
    status, _ = await town.ask("agent", "PUT", f"{about}/do-not-contact", {"wanted": True})
    assert status == 200
    assert (await town.ask("agent", "POST", f"{about}/erasure"))[0] == 403
    status, asked = await town.ask("admin", "POST", f"{about}/erasure")
    assert status == 202
    assert (await town.done(asked))["state"] == "done"
    _, found = await town.ask("agent", "GET", "/api/search?q=may%20lanh")
    assert (found["contacts"], found["entries"]) == ([], [])


async def _not_written_to(town: Town, lan: dict[str, Any]) -> None:
    await town.writes(2, "Tôi đây")
    again = await lan_of(town)
    assert again["contact"] != lan["contact"]
    _, reach = await town.ask("agent", "GET", f"/api/threads/{again['thread']}/reach")
    [way] = reach["ways"]
    assert way["do_not_contact"] is True
    message = {"identity": way["identity"], "endpoint": way["endpoint"], "text": "Hello"}
    status, _ = await town.ask("agent", "POST", f"/api/threads/{again['thread']}/messages", message)
    assert status == 409
    assert town.touchpoint.taken == {"lan": ["We have it."]}
