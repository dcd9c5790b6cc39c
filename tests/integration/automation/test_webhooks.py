"""Webhooks against a real server: signed, once each, tried again, replayed, and never into our own network."""

from datetime import UTC, datetime

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from omnichannel.webhooks.calling import Caller
from omnichannel.webhooks.guard import UrlRefused
from omnichannel.webhooks.words import is_signed
from tests.integration.automation.receiver import Receiver
from tests.integration.channels.support import deliver, take_all
from tests.support.touchpoint import said
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration


async def tell_all(automation: Automation) -> None:
    while await automation.telling.look():
        pass


async def test_what_happens_is_told_once_and_signed(
    automation: Automation, rooms: Correspondence, shop: Endpoint, receiver: Receiver
) -> None:
    made = await automation.webhooks.add("ERP", receiver.url, ["message.*", "case.opened"], SYSTEM)
    await deliver(rooms, shop, [said(1, "lan", "Xin chào")])
    await take_all(rooms)
    await tell_all(automation)
    assert sorted(event["event"] for event in receiver.events) == ["case.opened", "message.created"]
    message = next(event for event in receiver.events if event["event"] == "message.created")
    assert message["data"]["entry"]["text"] == "Xin chào"
    assert message["data"]["contact"]
    opened = next(event for event in receiver.events if event["event"] == "case.opened")
    assert opened["data"]["case"]["status"] == "new"
    headers, body = receiver.heard[0]
    assert is_signed(str(made["secret"]), body, headers["Threadline-Signature"], datetime.now(UTC))
    assert not is_signed("another", body, headers["Threadline-Signature"], datetime.now(UTC))


async def test_a_delivery_that_fails_is_tried_again_later_and_can_be_replayed(
    automation: Automation, rooms: Correspondence, shop: Endpoint, receiver: Receiver, pool: Pool
) -> None:
    made = await automation.webhooks.add("ERP", receiver.url, ["message.created"], SYSTEM)
    webhook = (await pool.fetchrow("select id from webhook"))["id"]  # type: ignore[index]  # there is one
    receiver.statuses = [500]
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    await tell_all(automation)
    [line] = await automation.webhooks.deliveries(webhook)
    assert (line["state"], line["attempts"], line["status"]) == ("queued", 1, 500)
    assert line["next_at"] is not None
    assert (await automation.webhooks.everything())[0]["failing_since"] is not None
    await pool.execute("update webhook_delivery set not_before = now()")
    await tell_all(automation)
    [line] = await automation.webhooks.deliveries(webhook)
    assert (line["state"], line["attempts"]) == ("sent", 2)
    await automation.webhooks.replay(webhook, int(str(line["id"])), SYSTEM)
    await tell_all(automation)
    keys = {headers["Threadline-Delivery"] for headers, _ in receiver.heard}
    assert (len(receiver.heard), len(keys)) == (3, 1)
    assert made["failing_since"] is None


async def test_a_webhook_that_fails_for_days_or_is_gone_is_switched_off(
    automation: Automation, rooms: Correspondence, shop: Endpoint, receiver: Receiver, pool: Pool
) -> None:
    await automation.webhooks.add("ERP", receiver.url, ["message.created"], SYSTEM)
    await pool.execute("update webhook set failing_since = now() - interval '4 days'")
    receiver.statuses = [503]
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    await tell_all(automation)
    assert (await automation.webhooks.everything())[0]["state"] == "broken"
    receiver.statuses = [410]
    await pool.execute("update webhook set state = 'on', failing_since = null")
    await deliver(rooms, shop, [said(2, "lan")])
    await take_all(rooms)
    await tell_all(automation)
    assert (await automation.webhooks.everything())[0]["state"] == "broken"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x", "https://[::1]/x", "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data",
        "https://localhost/", "https://2130706433/", "http://example.com/", "https://user@example.com/", "file:///etc/passwd",
        "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    ],
)  # fmt: skip
async def test_nothing_within_our_own_network_is_called(url: str) -> None:
    async with Caller() as caller:
        with pytest.raises(UrlRefused):
            await caller.call("POST", url, {}, 5.0, "{}")
