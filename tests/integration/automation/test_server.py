"""A whole server: a rule made over HTTP answers what came over HTTP."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from tests.support.touchpoint import SECRET, Touchpoint, delivery, said
from threadline.compose import running

pytestmark = pytest.mark.integration


async def test_a_rule_made_over_http_answers_a_customer(tmp_path: Path, dsn: str) -> None:
    settings = replace(settings_for(tmp_path, dsn), private_webhooks=True)
    async with running(settings) as server, Touchpoint() as shop, aiohttp.ClientSession() as http:
        base = f"http://{LOOPBACK}:{server.http_port}"
        token = await server.people.create_token("till", "admin", None)
        rooms = server.correspondence
        made = await rooms.endpoints.add("webhook", "shop", "Shop", {"url": shop.url}, {"secret": SECRET})
        await rooms.endpoints.switch(made.id, "on")
        rule = {
            "title": "Thanks", "when": "message_in", "if": "true", "on": True,
            "then": [{"do": "reply", "texts": {"en": "Hi ${contact.name}"}}],
        }  # fmt: skip
        login = {"Authorization": f"Bearer {token}"}
        async with http.post(f"{base}/api/rules", json=rule, headers=login) as answer:
            assert (answer.status, (await answer.json())["findings"]) == (201, [])
        body, headers = delivery([said(1, "lan")])
        async with http.post(f"{base}/hooks/webhook/{made.id}", data=body, headers=headers) as answer:
            assert answer.status == 200
        async with asyncio.timeout(90):
            while not shop.taken:
                await asyncio.sleep(0.1)
        assert shop.taken == {"lan": ["Hi Khách lan"]}
