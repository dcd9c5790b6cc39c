"""Which contacts led to orders: every order counts for what came last before it.

A touch is a call, a message or a mail, of the customer or of ours; the last one within some days before an order is
what the order is put down to. A proactive chat, a campaign's message, a rule's answer are touches of ours.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from omnichannel.customers.store import CustomerStore
from threadline.db.pool import Pool
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

NO_ORDERS: Final = ("cancelled", "canceled", "refunded", "returned", "failed", "void")
"""An order in one of these states is none."""
LONGEST: Final = timedelta(days=92)

Key = tuple[str, str | None, str]


class PeriodUnreadable(Invalid):
    """The period begins before it ends, and has at most 92 days."""


class Conversions:
    """Reads only."""

    def __init__(self, pool: Pool) -> None:
        self._store = CustomerStore(pool)

    async def count(self, since: datetime, until: datetime, within: timedelta) -> list[Json]:
        """[{channel, endpoint, title, touch, reached, converted, rate, orders, worth: [{currency, orders, value}]}].

        `touch`: customer, agent, automatic. `reached` contacts in the period, `converted` of them ordered within
        `within` of their last touch. The best first. Raises PeriodUnreadable.
        """
        if not timedelta() < until - since <= LONGEST:
            raise PeriodUnreadable
        reached = await self._store.reached(since, until)
        converted = await self._store.converted(since, until, within, NO_ORDERS)
        return table(reached, converted)


def table(reached: Sequence[Mapping[str, Any]], converted: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Both halves by address and touch. Pure."""
    lines: dict[Key, Json] = {}
    for row in reached:
        lines[_key(row)] = {
            "channel": row["channel"],
            "endpoint": _key(row)[1],
            "title": row["title"],
            "touch": row["touch"],
            "reached": row["contacts"],
            "converted": 0,
            "rate": 0.0,
            "orders": 0,
            "worth": [],
        }
    buyers: dict[Key, set[int]] = {}
    for row in converted:
        line = lines.get(_key(row))
        if line is None:
            continue
        who = buyers.setdefault(_key(row), set())
        who.update(row["roots"])
        worth = line["worth"]
        assert isinstance(worth, list)
        worth.append({"currency": row["currency"], "orders": row["orders"], "value": str(row["value"])})
        line["orders"] = int(str(line["orders"])) + row["orders"]
        line["converted"] = len(who)
        line["rate"] = round(len(who) / int(str(line["reached"])), 4)
    return sorted(lines.values(), key=lambda line: (-int(str(line["converted"])), -int(str(line["reached"]))))


def _key(row: Mapping[str, Any]) -> Key:
    return row["channel"], None if row["endpoint"] is None else str(row["endpoint"]), row["touch"]
