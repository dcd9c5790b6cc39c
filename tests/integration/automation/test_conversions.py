"""Orders are put down to what came last before each of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.customers.conversions import Conversions, PeriodUnreadable, table
from omnichannel.customers.shape import Order
from omnichannel.identity import read
from omnichannel.threads import Threads
from threadline.automation import Automation
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import AgentId, uuid7

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)


class Shop:
    """Customers who write, are written to, and order."""

    def __init__(self, pool: Pool, automation: Automation) -> None:
        self._threads = Threads(pool, SystemClock(), Bus())
        self._automation = automation
        self._number = 0

    async def touch(
        self, who: str, at: datetime, channel: str, direction: str = "in", agent: bool = False
    ) -> None:
        actor = AgentId(uuid7(at)) if agent else None
        await self._threads.add_message(
            thread=None, identity=("phone", who), channel=channel, direction=direction, text="x", at=at, actor=actor
        )  # fmt: skip

    async def order(
        self, who: str, at: datetime, value: str, currency: str = "VND", status: str = "paid"
    ) -> None:
        self._number += 1
        order = Order("shop", str(self._number), at, Decimal(value), currency, status)
        await self._automation.customers.add_orders([(order, read("phone", who, region="VN"))], SYSTEM)


@pytest.fixture
async def shop(pool: Pool, automation: Automation) -> Shop:
    return Shop(pool, automation)


LAN, MINH, HOA = "+84901000001", "+84901000002", "+84901000003"


async def test_the_last_touch_before_an_order_gets_it_within_the_window_only(pool: Pool, shop: Shop) -> None:
    await shop.touch(LAN, MONDAY + 0.1 * DAY, "sms")
    await shop.touch(LAN, MONDAY + 1 * DAY, "zalo", "out")  # a campaign, later than her message
    await shop.touch(MINH, MONDAY + 1 * DAY, "zalo", "out")
    await shop.touch(HOA, MONDAY + 2 * DAY, "sms")
    await shop.touch(HOA, MONDAY + 2.1 * DAY, "sms", "out", agent=True)
    await shop.order(LAN, MONDAY + 2 * DAY, "100000")
    await shop.order(LAN, MONDAY + 3 * DAY, "20", "USD")
    await shop.order(LAN, MONDAY + 0.05 * DAY, "999")  # before anything was said
    await shop.order(HOA, MONDAY + 3 * DAY, "500", status="Cancelled")
    await shop.order(HOA, MONDAY + 9.2 * DAY, "700")  # too late
    await shop.order(MINH, MONDAY + 7.9 * DAY, "300")  # after the period, within the window
    found: list[Any] = await Conversions(pool).count(MONDAY, MONDAY + WEEK, WEEK)
    lines = {(one["channel"], one["touch"]): one for one in found}
    zalo = lines["zalo", "automatic"]
    assert (zalo["reached"], zalo["converted"], zalo["rate"], zalo["orders"]) == (2, 2, 1.0, 3)
    assert sorted((one["currency"], one["value"]) for one in zalo["worth"]) == [
        ("USD", "20.00"),
        ("VND", "100300.00"),
    ]
    assert (lines["sms", "customer"]["reached"], lines["sms", "customer"]["converted"]) == (2, 0)
    assert (lines["sms", "agent"]["reached"], lines["sms", "agent"]["orders"]) == (1, 0)
    assert found[0] == zalo


async def test_a_merged_customer_is_one_and_his_orders_are_his(pool: Pool, shop: Shop) -> None:
    await shop.touch(LAN, MONDAY, "sms")
    await shop.touch(MINH, MONDAY + DAY, "sms")
    await shop.order(MINH, MONDAY + 2 * DAY, "100")
    rows = await pool.fetch("select id from contact order by id")
    await pool.execute("update contact set root_id = $1 where id = $2", rows[0]["id"], rows[1]["id"])
    (line,) = [dict(one) for one in await Conversions(pool).count(MONDAY, MONDAY + WEEK, DAY * 2)]
    assert (line["reached"], line["converted"], line["orders"]) == (1, 1, 1)


@pytest.mark.parametrize("span", [timedelta(), -DAY, 93 * DAY])
async def test_a_period_has_an_end_and_a_length(pool: Pool, span: timedelta) -> None:
    with pytest.raises(PeriodUnreadable):
        await Conversions(pool).count(MONDAY, MONDAY + span, WEEK)


def test_orders_of_addresses_nobody_was_reached_by_are_left_out() -> None:
    stray = {
        "channel": "sms", "endpoint": None, "title": None, "touch": "agent", "currency": "VND", "orders": 1,
        "contacts": 1, "roots": [1], "value": Decimal(1),
    }  # fmt: skip
    assert table([], [stray]) == []
