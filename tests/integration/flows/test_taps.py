"""A menu that is tapped leads where typing leads, on Messenger and where nothing can be tapped."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from omnichannel.channels.port import Endpoint, HookRequest
from tests.integration.flows.sample import DESK, PATH
from tests.integration.flows.test_written import Shop, a_shop
from tests.support.fake_meta import APP_SECRET, PAGE, TOKEN, VERIFY_TOKEN, signed
from tests.support.touchpoint import Touchpoint
from threadline.chat import ChatParts
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus

pytestmark = pytest.mark.integration

ON_MESSENGER = DESK.replace("channels: [voice, chat, webhook]", "channels: [voice, chat, webhook, messenger]")
AHEAD = timedelta(hours=1)  # of ours is the clock of whoever tells us; he is heard at once all the same


class Page:
    """The shop's page on Messenger, and Lan who writes to it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._count = 0

    async def open(self, yaml: str) -> None:
        flow, revision, _ = await self._shop.flows.save(yaml, "test", "")
        await self._shop.flows.publish(flow, revision)
        secrets = {"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "access_token": TOKEN}
        made = await self._shop.rooms.endpoints.add("messenger", PAGE, "Page", {}, secrets)
        self._shop.endpoint = await self._shop.rooms.endpoints.switch(made.id, "on")
        await self._shop.written.set_entry(self._shop.endpoint, flow)

    async def takes(self, text: str, payload: str | None = None) -> None:
        self._count += 1
        now = SystemClock().now()
        message: dict[str, Any] = {"mid": f"m{self._count}", "text": text}
        if payload is not None:
            message["quick_reply"] = {"payload": payload}
        event: dict[str, Any] = {"sender": {"id": "lan"}, "recipient": {"id": PAGE}, "message": message}
        event["timestamp"] = int((now + AHEAD).timestamp() * 1000)
        body = json.dumps(
            {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [event]}]}
        ).encode()
        headers = {name.lower(): value for name, value in signed(body).items()}
        channel, endpoint = self._shop.rooms.registry.channels["messenger"], self._shop.endpoint
        assert endpoint is not None
        request = HookRequest("POST", "http://x", {}, headers, body, now)
        await self._shop.rooms.inbox(endpoint, channel.receive(endpoint, request).deliveries)
        await self._shop.settle()

    async def offered(self) -> list[tuple[str, str]]:
        """(label, payload) of the newest message's quick replies."""
        row = await self._shop.pool.fetchval("select payload from outbox order by id desc limit 1")
        return [(choice["shown"], choice["payload"]) for choice in row["choices"]]


@pytest.fixture
async def page(pool: Pool, tmp_path: Path) -> AsyncIterator[tuple[Page, Shop]]:
    async with Touchpoint() as touch, a_shop(pool, tmp_path, touch) as shop:
        made = Page(shop)
        await made.open(ON_MESSENGER)
        yield made, shop


async def test_taps_keys_and_words_lead_the_same_way(page: tuple[Page, Shop]) -> None:
    lan, shop = page
    await lan.takes("Hello")
    assert await shop.heard() == ["Welcome!", "What is it about?"]
    assert await lan.offered() == [("Orders", "choice:main:1"), ("A person", "choice:main:2")]
    await lan.takes("Orders", "choice:main:1")
    await lan.takes("1234")
    await lan.takes("1")
    await lan.takes("5678")
    assert await shop.path() == PATH


async def test_a_button_further_up_answers_no_other_question(page: tuple[Page, Shop]) -> None:
    lan, shop = page
    await lan.takes("Hello")
    await lan.takes("A person", "choice:main:2")
    assert (await shop.path())[-1] == "pin"
    await lan.takes("Orders", "choice:main:1")  # asked for a pin now: no key of that menu
    assert (await shop.path())[-1] == "pin"
    assert (await shop.heard())[-1] == "Your pin?"


async def test_labels_too_long_to_tap_are_listed(page: tuple[Page, Shop]) -> None:
    lan, shop = page
    long = ON_MESSENGER.replace("{any: Orders}", "{any: Orders and whatever else there is}")
    flow, revision, _ = await shop.flows.save(long, "test", "")
    await shop.flows.publish(flow, revision)
    await lan.takes("Hello")
    assert (await shop.heard())[-1] == "What is it about?\n1. Orders and whatever else there is\n2. A person"
    assert await lan.offered() == []
    await lan.takes("1")
    assert (await shop.path())[-1] == "number"


async def test_a_chat_that_a_flow_answers_is_never_away(page: tuple[Page, Shop]) -> None:
    _, shop = page

    async def nobody(_: Endpoint) -> bool:
        return False

    chat = ChatParts().open(shop.pool, SystemClock(), Bus(), shop.rooms, nobody)
    made = await shop.rooms.endpoints.add("chat", "site", "Site", {"origins": "https://shop.example"}, {})
    site = await shop.rooms.endpoints.switch(made.id, "on")
    assert (await chat.about(site))["is_staffed"] is False
    await shop.written.set_entry(site, "desk")
    assert (await chat.about(site))["is_staffed"] is True
