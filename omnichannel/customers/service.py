"""The panel beside a thread: each source is asked with all the customer is known under, and what it said is kept a while."""

import asyncio
import json
import secrets as random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from omnichannel import timeline
from omnichannel.audit.service import Actor, Audit
from omnichannel.customers.shape import Order, facts_of, read_panel
from omnichannel.customers.store import CustomerStore
from omnichannel.errors import NoSuchContact
from omnichannel.identity import Identity
from omnichannel.ports import Meet, Seal
from omnichannel.webhooks.calling import Caller, CallFailed
from omnichannel.webhooks.guard import UrlRefused, check_url
from omnichannel.webhooks.words import signature
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.ids import ContactId, uuid7

TIMEOUT_S: Final = 2.0
FACTS_TIMEOUT_S: Final = 1.0  # a caller hears nothing yet
SOURCES_KNOWN_FOR: Final = timedelta(seconds=10)  # a call asks whether there is a source at all
TROUBLE_TTL: Final = timedelta(seconds=10)  # a source that is down is not asked for every page
CACHED: Final = 5000
ORDERS_SHOWN: Final = 50


class NoSuchSource(NotFound):
    """No such source."""


class Customers:
    """`may_be_private`: sources within our own network are allowed, as `caller` is."""

    def __init__(
        self, pool: Pool, clock: Clock, audit: Audit, seal: Seal, caller: Caller, meet: Meet
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._seal = seal
        self._caller = caller
        self._meet = meet
        self._store = CustomerStore(pool)
        self._cache: OrderedDict[tuple[UUID, int], tuple[datetime, Json]] = OrderedDict()
        self._has_sources: tuple[datetime, bool] | None = None

    async def panel(self, contact: ContactId) -> Json:
        """{panels: [{source, title, rows: [{label, value}], links: [{label, url}], at, problem}], orders, worth}.

        Takes two seconds at most, whatever the sources do. Raises NoSuchContact.
        """
        row = await self._store.customer(contact)
        if row is None:
            raise NoSuchContact
        sources = [one for one in await self._store.sources() if one["is_on"]]
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._look(one, row), name="look-up") for one in sources]
        orders = await self._store.orders(row["id"], ORDERS_SHOWN)
        return {
            "panels": [one.result() for one in asked],
            "orders": [_order(one) for one in orders],
            "worth": [
                {"currency": one["currency"], "orders": one["orders"], "value": str(one["value"])}
                for one in await self._store.worth(row["id"])
            ],
        }

    async def facts(self, contact: ContactId) -> Json:
        """{name: value}: what the sources said, for a flow's `contact.panel`. {} where nobody is asked or answers.

        Takes a second at most; what does not answer in time is not asked again for ten.
        """
        if not await self._is_worth_asking():
            return {}
        row = await self._store.customer(contact)
        if row is None:
            return {}
        sources = [one for one in await self._store.sources() if one["is_on"]]
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(self._look(one, row, FACTS_TIMEOUT_S), name="look-up") for one in sources
            ]
        return facts_of([one.result() for one in asked])

    async def sources(self) -> list[Json]:
        """[{id, title, url, ttl_s, on}]."""
        return [_source(row) for row in await self._store.sources()]

    async def save_source(
        self, title: str, url: str, ttl_s: int, actor: Actor, *, on: bool = True, secret: str | None = None,
        source: UUID | None = None,
    ) -> Json:  # fmt: skip
        """New (the answer holds its secret, this once), or in the place of `source`. Raises NoSuchSource, UrlRefused."""
        check_url(url, may_be_private=self._caller.may_be_private)
        before = next((one for one in await self._store.sources() if one["id"] == source), None)
        if source is not None and before is None:
            raise NoSuchSource
        known = secret or (random.token_urlsafe(32) if before is None else None)
        sealed = (
            before["secret"] if before is not None and known is None else self._seal.seal(str(known).encode())
        )
        kept = source or uuid7(self._clock.now())
        await self._store.save_source(kept, title, url, sealed, ttl_s, self._clock.now(), is_on=on)
        await self._audit.note(actor, "source.save", f"source:{kept}")
        self._forget()
        shown: Json = {"id": str(kept), "title": title, "url": url, "ttl_s": ttl_s, "on": on}
        return shown if known is None else {**shown, "secret": known}

    async def delete_source(self, source: UUID, actor: Actor) -> None:
        """Raises NoSuchSource."""
        if not await self._store.drop_source(source):
            raise NoSuchSource
        self._forget()
        await self._audit.note(actor, "source.delete", f"source:{source}")

    async def add_orders(self, orders: Sequence[tuple[Order, ContactId | Identity]], actor: Actor) -> Json:
        """{stored, changed}: all, or none. Who is not known yet becomes a contact. Raises NoSuchContact."""
        now, new = self._clock.now(), 0
        async with self._pool.acquire() as link, link.transaction():
            store = CustomerStore(link)
            for order, who in orders:
                contact = who
                if isinstance(contact, Identity):
                    contact = (
                        await self._meet(link, [(contact, contact.trust)], order.placed_at, None)
                    ).contact
                row = await store.customer(contact)
                if row is None:
                    raise NoSuchContact
                new += await store.add_order(row["id"], order, now)
            await self._audit.note(actor, "orders.add", "orders", {"count": len(orders)}, link=link)
        return {"stored": new, "changed": len(orders) - new}

    # --- parts --------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._cache.clear()
        self._has_sources = None

    async def _is_worth_asking(self) -> bool:
        now = self._clock.now()
        if self._has_sources is None or now >= self._has_sources[0]:
            found = any(one["is_on"] for one in await self._store.sources())
            self._has_sources = (now + SOURCES_KNOWN_FOR, found)
        return self._has_sources[1]

    async def _look(
        self, source: Mapping[str, Any], row: Mapping[str, Any], timeout_s: float = TIMEOUT_S
    ) -> Json:
        place, now = (source["id"], row["id"]), self._clock.now()
        known = self._cache.get(place)
        if known is not None and now < known[0]:
            return known[1]
        found, problem = None, None
        try:
            found = await self._asked(source, row, timeout_s)
            problem = None if found is not None else "Its answer can't be read."
        except (CallFailed, UrlRefused) as exc:
            problem = str(exc)
        ttl = timedelta(seconds=source["ttl_s"]) if found is not None else TROUBLE_TTL
        shown: Json = {
            "source": str(source["id"]), "title": source["title"], "rows": [], "links": [], **(found or {}),
            "at": timeline.iso(now), "problem": problem,
        }  # fmt: skip
        self._cache[place] = (now + ttl, shown)
        while len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return shown

    async def _asked(
        self, source: Mapping[str, Any], row: Mapping[str, Any], timeout_s: float
    ) -> Json | None:
        asked: Json = {
            "contact": str(row["public_id"]), "name": row["display_name"], "language": row["locale"],
            "customer_no": row["customer_no"], "identities": row["identities"],
        }  # fmt: skip
        body = json.dumps(asked, ensure_ascii=False)
        secret = self._seal.open(source["secret"]).decode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Threadline",
            "Threadline-Signature": signature(secret, body, self._clock.now()),
        }
        answer = await self._caller.call("POST", source["url"], headers, timeout_s, body)
        if answer.status != 200:
            raise CallFailed(f"It answered {answer.status} instead of 200.")
        return read_panel(answer.body, source["title"])


def _source(row: Mapping[str, Any]) -> Json:
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "url": row["url"],
        "ttl_s": row["ttl_s"],
        "on": row["is_on"],
    }


def _order(row: Mapping[str, Any]) -> Json:
    return {
        "source": row["source"],
        "number": row["number"],
        "placed_at": timeline.iso(row["placed_at"]),
        "value": str(row["value"]),
        "currency": row["currency"],
        "status": row["status"],
        "title": row["title"],
    }
