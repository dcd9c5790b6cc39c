"""A visitor writes while the server dies as in a power cut and starts again: each word arrives once."""

from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from playwright.async_api import expect

from tests.e2e.chat.conftest import Site, Visitor, eventually, visit
from tests.support.chromium import Chromium
from tests.support.server import ThreadlineServer

pytestmark = pytest.mark.e2e

SAID = "select b.text from interaction i join interaction_body b on b.interaction_id = i.id where i.direction = 'in' order by i.id"
WORDS = ["My unit drips", "one", "two", "three", "four", "five"]


async def open_a_chat(server: ThreadlineServer, site: Site) -> None:
    """An admin makes a chat for the site."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.http_url, cookie_jar=jar, raise_for_status=True) as client:
        login = {"login": "admin", "password": server.admin_password}
        async with client.post("/api/session", json=login) as reply:
            headers = {"X-CSRF-Token": (await reply.json())["csrf"]}
        made: dict[str, Any] = {
            "kind": "chat", "address": "shop", "title": "The shop", "config": {"origins": site.origin}
        }  # fmt: skip
        async with client.post("/api/endpoints", json=made, headers=headers) as reply:
            site.tag["key"] = (await reply.json())["id"]
        await client.put(f"/api/endpoints/{site.tag['key']}/state", json={"state": "on"}, headers=headers)


async def leave_a_message(visitor: Visitor, text: str) -> None:
    """Nobody is at work yet: the form asks for a way back."""
    await visitor.open()
    await visitor.chat.get_by_label("How can we help?").fill(text)
    await visitor.chat.get_by_label("Phone number").fill("0901234567")
    await visitor.chat.get_by_role("button", name="Send the message").click()
    await visitor.reads(text)


async def test_what_is_said_while_the_server_dies_and_restarts_is_there_once_and_in_order(
    tmp_path: Path, dsn: str
) -> None:
    server = ThreadlineServer(
        tmp_path / "data", environment={"THREADLINE_DATABASE_URL": dsn}, start_timeout_s=180
    )
    site = Site()
    runner = await site.serve(server.http_url)
    link = await asyncpg.connect(dsn)
    try:
        async with server, Chromium() as chromium:
            await open_a_chat(server, site)
            lan = await visit(chromium, site.url)
            await leave_a_message(lan, WORDS[0])
            await lan.say(WORDS[1])
            await server.kill9()  # whether or not it was taken
            await lan.say(WORDS[2])
            await server.start()
            await lan.again()  # at once: what was not taken is in the browser's memory only
            await lan.say(WORDS[3])
            await expect(lan.bubbles()).to_have_text(WORDS[:4])
            await lan.say(WORDS[4])
            await server.restart()
            await lan.say(WORDS[5])

            async def is_all_there() -> bool:
                return len(await link.fetch(SAID)) >= len(WORDS)

            await eventually(is_all_there, "every word is in the thread")
            await lan.again()
            await lan.reads(*WORDS)
            assert [row["text"] for row in await link.fetch(SAID)] == WORDS
    finally:
        await link.close()
        await runner.cleanup()
