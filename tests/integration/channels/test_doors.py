"""Providers at the door, admins at their endpoints, agents at their answers: through the real web room."""

import asyncio
import io
import json
from typing import Any

import pytest

from omnichannel.channels.port import Endpoint
from tests.integration.channels.support import ADMIN, AGENT, Client, take_all
from tests.support.touchpoint import SECRET, Touchpoint, delivery, said
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import ThreadDelta

pytestmark = pytest.mark.integration


def door(shop: Endpoint) -> str:
    return shop.hook_url.removeprefix("https://contact.example.vn")


async def test_a_signed_delivery_is_kept_before_it_is_answered(
    client: Client, shop: Endpoint, pool: Pool
) -> None:
    body, headers = delivery([said(1, "lan"), said(2, "lan")])
    answer = await client.post(door(shop), data=body, headers=headers)
    assert (answer.status, await answer.text()) == (200, '{"ok":true}')
    assert await pool.fetchval("select count(*) from inbound_event") == 2


@pytest.mark.parametrize("how", ["other secret", "other body", "old", "unsigned", "two"])
async def test_what_is_not_proven_never_reaches_the_database(
    client: Client, shop: Endpoint, rooms: Correspondence, pool: Pool, how: str
) -> None:
    body, headers = delivery([said(1, "lan")], "another secret" if how == "other secret" else SECRET)
    if how == "other body":
        body = body.replace(b"lan 1", b"lan 2")
    elif how == "old":
        headers["X-Threadline-Timestamp"] = str(int(headers["X-Threadline-Timestamp"]) - 301)
    elif how == "unsigned":
        del headers["X-Threadline-Signature"]
    elif how == "two":
        headers["X-Threadline-Signature"] = "v1=" + "0" * 64 + ", v1=" + "1" * 64
    answer = await client.post(door(shop), data=body, headers=headers)
    assert answer.status == 403
    assert await pool.fetchval("select count(*) from inbound_event") == 0
    assert rooms.figures.forged == 1
    assert ("hooks_forged", 1) in [(one.name, one.value) for one in await rooms.figures.read()]


async def test_a_door_is_shut_while_its_endpoint_is_off_and_for_everything_too_large(
    client: Client, shop: Endpoint, rooms: Correspondence
) -> None:
    body, headers = delivery([said(1, "lan")])
    assert (
        await client.post(door(shop).replace("webhook", "zalo"), data=body, headers=headers)
    ).status == 404
    huge, signed = delivery([said(1, "lan", "x" * 1_100_000)])
    assert (await client.post(door(shop), data=io.BytesIO(huge), headers=signed)).status == 413
    await rooms.endpoints.switch(shop.id, "off")
    assert (await client.post(door(shop), data=body, headers=headers)).status == 404
    await rooms.endpoints.switch(shop.id, "on")
    assert (await client.post(door(shop), data=body, headers=headers)).status == 200


async def test_an_admin_configures_an_endpoint_and_its_secrets_never_come_back(
    client: Client, pool: Pool, touchpoint: Touchpoint
) -> None:
    channels = (await (await client.get("/api/channels", headers=ADMIN)).json())["channels"]
    fields = next(one["fields"] for one in channels if one["kind"] == "webhook")
    assert [one["name"] for one in fields] == ["secret", "url", "file_hosts"]
    asked: dict[str, Any] = {
        "kind": "webhook",
        "address": "till",
        "title": "Till",
        "config": {"url": touchpoint.url},
    }
    incomplete = await client.post("/api/endpoints", json=asked, headers=ADMIN)
    assert (incomplete.status, (await incomplete.json())["error"]["field"]) == (422, "secrets.secret")
    wrong = await client.post("/api/endpoints", json=asked | {"config": {"secret": "x"}}, headers=ADMIN)
    assert (await wrong.json())["error"]["field"] == "config.secret"
    made = await client.post("/api/endpoints", json=asked | {"secrets": {"secret": SECRET}}, headers=ADMIN)
    assert made.status == 201
    shown = await made.json()
    assert (shown["state"], shown["secrets"]) == ("off", ["secret"])
    assert shown["hook_url"] == f"https://contact.example.vn/hooks/webhook/{shown['id']}"
    path = f"/api/endpoints/{shown['id']}"
    assert (
        await client.post("/api/endpoints", json=asked | {"secrets": {"secret": "y"}}, headers=ADMIN)
    ).status == 409
    checks = (await (await client.post(path + "/check", headers=ADMIN)).json())["checks"]
    assert [one["is_ok"] for one in checks] == [True, True]
    on = await client.put(path + "/state", json={"state": "on"}, headers=ADMIN)
    assert (await on.json())["state"] == "on"
    await client.put(path, json={"title": "Till 2", "queue": "sales"}, headers=ADMIN)
    listed = await (await client.get("/api/endpoints", headers=ADMIN)).text()
    assert "Till 2" in listed
    assert SECRET not in listed
    assert SECRET.encode() not in await pool.fetchval("select secrets from endpoint where address = 'till'")
    assert (await client.delete(path, headers=ADMIN)).status == 200
    assert (await client.get(path, headers=ADMIN)).status == 404
    assert (await client.get("/api/endpoints", headers=AGENT)).status == 403
    actions = [row["action"] for row in await pool.fetch("select action from audit_log order by id")]
    assert actions == ["endpoint.add", "endpoint.on", "endpoint.change", "endpoint.delete"]


async def test_an_admin_looks_at_a_parked_delivery_and_has_it_tried_again(
    client: Client, shop: Endpoint, rooms: Correspondence, pool: Pool
) -> None:
    body, headers = delivery([said(1, "lan")])
    await client.post(door(shop), data=body, headers=headers)
    await pool.execute("update inbound_event set parked_at = now(), error = 'it was full'")
    events = (await (await client.get("/api/inbound/parked", headers=ADMIN)).json())["events"]
    assert [one["error"] for one in events] == ["it was full"]
    raw = await client.get(f"/api/inbound/{events[0]['id']}/raw", headers=ADMIN)
    assert json.loads(await raw.read())["text"] == "lan 1"
    assert await take_all(rooms) == 0
    replayed = await client.post(f"/api/inbound/{events[0]['id']}/replay", headers=ADMIN)
    assert replayed.status == 200
    assert await take_all(rooms) == 1
    assert (await client.post(f"/api/inbound/{events[0]['id']}/replay", headers=ADMIN)).status == 404


async def test_an_agent_answers_by_a_way_he_was_shown(
    client: Client,
    shop: Endpoint,
    rooms: Correspondence,
    told: list[ThreadDelta],
    touchpoint: Touchpoint,
    pool: Pool,
) -> None:
    html = (
        '<p onclick="x()">Chào <b>bạn</b></p><script>alert(1)</script><img src="https://evil.example/a.png">'
    )
    body, headers = delivery([said(1, "lan", html=html)])
    await client.post(door(shop), data=body, headers=headers)
    await take_all(rooms)
    thread, entry = told[0].thread, told[0].entry
    assert entry["html"] is True
    page = await client.get(f"/api/entries/{entry['id']}/html", headers=AGENT)
    assert "sandbox" in page.headers["Content-Security-Policy"]
    text = await page.text()
    assert "<b>bạn</b>" in text
    assert "script>" not in text
    assert "onclick" not in text
    ways = (await (await client.get(f"/api/threads/{thread}/reach", headers=AGENT)).json())["ways"]
    letter = {"identity": ways[0]["identity"], "endpoint": ways[0]["endpoint"], "text": "Chào bạn"}
    sent = await client.post(f"/api/threads/{thread}/messages", json=letter, headers=ADMIN)
    assert sent.status == 201
    queued = await sent.json()
    assert (queued["status"], queued["direction"], queued["endpoint"]) == ("queued", "out", "Shop")
    cancelled = await client.post(f"/api/entries/{queued['id']}/cancel", headers=AGENT)
    assert (await cancelled.json())["status"] == "cancelled"
    assert (await client.post(f"/api/entries/{queued['id']}/retry", headers=AGENT)).status == 200
    empty = await client.post(f"/api/threads/{thread}/messages", json=letter | {"text": " "}, headers=ADMIN)
    assert (empty.status, (await empty.json())["error"]["code"]) == (409, "refused")
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rooms.outbound.run(), name="outbox")
        while not touchpoint.taken:
            await rooms.endpoints.switched.wait(0.1)
        running.cancel()
    assert touchpoint.taken == {"lan": ["Chào bạn"]}
