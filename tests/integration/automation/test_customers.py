"""The panel against a real server, and orders."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from omnichannel.customers.shape import Order
from omnichannel.errors import NoSuchContact
from omnichannel.identity import read
from omnichannel.threads import Threads
from omnichannel.webhooks.words import is_signed
from tests.integration.automation.receiver import Receiver
from tests.integration.channels.support import deliver, take_all
from tests.support.touchpoint import said
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import CallId, ContactId, uuid7

pytestmark = pytest.mark.integration
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
LAN: Final = "+84901234567"


@pytest.fixture
async def lan(rooms: Correspondence, shop: Endpoint, pool: Pool) -> ContactId:
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    return ContactId(await pool.fetchval("select public_id from contact"))


async def test_the_panel_shows_what_a_source_says_and_asks_it_once_within_its_time(
    automation: Automation, receiver: Receiver, lan: ContactId
) -> None:
    receiver.answer = {
        "title": "Shop",
        "rows": [{"label": "Points", "value": 120}, {"value": "no label"}, "junk"],
        "links": [
            {"label": "Open", "url": "https://shop.example.vn/lan"},
            {"label": "X", "url": "javascript:alert(1)"},
        ],
    }
    made = await automation.customers.save_source("ERP", receiver.url, 60, SYSTEM)
    panel = (await automation.customers.panel(lan))["panels"]
    assert isinstance(panel, list)
    assert isinstance(panel[0], dict)
    assert panel[0]["title"] == "Shop"
    assert panel[0]["rows"] == [{"label": "Points", "value": "120"}]
    assert panel[0]["links"] == [{"label": "Open", "url": "https://shop.example.vn/lan"}]
    await automation.customers.panel(lan)
    [(headers, body)] = receiver.heard
    assert is_signed(str(made["secret"]), body, headers["Threadline-Signature"], datetime.now(UTC))
    assert receiver.events[0]["identities"][0]["value"] == "lan"


async def test_a_source_that_is_silent_costs_two_seconds_and_says_so(
    automation: Automation, receiver: Receiver, lan: ContactId
) -> None:
    receiver.is_silent = True
    await automation.customers.save_source("ERP", receiver.url, 60, SYSTEM)
    panels = (await automation.customers.panel(lan))["panels"]
    assert isinstance(panels, list)
    assert isinstance(panels[0], dict)
    assert (panels[0]["problem"], panels[0]["rows"]) == ("It did not answer in time.", [])


async def test_orders_are_stored_once_and_count_for_their_customer(
    automation: Automation, lan: ContactId, pool: Pool
) -> None:
    order = Order("shop", "A1", NOON, Decimal("1500000.50"), "VND", "paid", "Máy lạnh")
    minh = read("phone", "0901234567", scope="", region="VN")
    assert await automation.customers.add_orders([(order, lan)], SYSTEM) == {"stored": 1, "changed": 0}
    again = Order("shop", "A1", NOON, Decimal("1400000"), "VND", "paid", "Máy lạnh")
    other = Order("shop", "A2", NOON, Decimal("10"), "USD")
    assert await automation.customers.add_orders([(again, lan), (other, minh)], SYSTEM) == {
        "stored": 1,
        "changed": 1,
    }
    shown = await automation.customers.panel(lan)
    assert shown["worth"] == [{"currency": "VND", "orders": 1, "value": "1400000.00"}]
    assert await pool.fetchval("select count(*) from contact") == 2
    third = Order("shop", "A3", NOON, Decimal("1"), "VND")
    with pytest.raises(NoSuchContact):
        await automation.customers.add_orders([(third, lan), (third, ContactId(uuid7(NOON)))], SYSTEM)
    assert await pool.fetchval("select count(*) from customer_order") == 2


async def test_a_callers_flow_is_told_what_the_sources_say_and_is_never_held_up_by_one_that_is_silent(
    automation: Automation, receiver: Receiver, pool: Pool
) -> None:
    clock = SystemClock()
    threads = Threads(pool, clock, Bus(), panel=automation.customers.facts)

    async def calls() -> Json:
        call = CallId(uuid7(clock.now()))
        caller = await threads.call_arrived(call, LAN, LAN, "1900", "VN", clock.now(), None)
        return dict(caller.facts)

    assert (await calls())["panel"] == {}
    receiver.answer = {"rows": [{"label": "Đơn hàng", "value": 3}, {"label": "Debt", "value": "0"}]}
    made = await automation.customers.save_source("ERP", receiver.url, 60, SYSTEM)
    assert (await calls())["panel"] == {"don_hang": 3, "debt": 0}
    await calls()
    assert len(receiver.heard) == 1
    receiver.is_silent = True
    await automation.customers.save_source("ERP", receiver.url, 60, SYSTEM, source=UUID(str(made["id"])))
    assert (await calls())["panel"] == {}
    await automation.customers.delete_source(UUID(str(made["id"])), SYSTEM)
    assert (await calls())["panel"] == {}
