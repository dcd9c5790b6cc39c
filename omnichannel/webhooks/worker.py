"""Tells webhooks what happened: queued in one transaction with the note that it was, then sent at least once.

Deliveries are not in order (one that failed comes later): `at` in the body says what was first, `id` what is the same.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from omnichannel import timeline
from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.cases import shown
from omnichannel.cases.store import CaseStore
from omnichannel.correspondence.store import MessageStore
from omnichannel.ports import Seal
from omnichannel.webhooks.calling import Caller, CallFailed
from omnichannel.webhooks.guard import UrlRefused
from omnichannel.webhooks.store import Due, WebhookStore
from omnichannel.webhooks.words import OFF_AFTER, event_of, pause_after, signature, wants
from threadline.db.bell import Bell
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import ThreadId

log = logging.getLogger(__name__)

DELIVERIES: Final = UUID("2b0d0b5e-7b43-4b0c-8a51-6e2f3a1c9d77")
AT_ONCE: Final = 8
NEWS_AT_ONCE: Final = 100
TIMEOUT_S: Final = 10.0
LEASE: Final = timedelta(seconds=60)
IDLE_S: Final = 30.0
TROUBLE_S: Final = 1.0
KEPT: Final = timedelta(days=30)
GONE: Final = 410


class WebhookWorker:
    """`run` until cancelled. `bell` rings when there is something to tell."""

    def __init__(self, pool: Pool, clock: Clock, audit: Audit, seal: Seal, caller: Caller) -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._seal = seal
        self._caller = caller
        self._store = WebhookStore(pool)
        self.bell = Bell("threadline_webhooks")

    async def run(self) -> None:
        while True:
            try:
                if not await self.look():
                    await self._store.prune_deliveries(self._clock.now() - KEPT, NEWS_AT_ONCE)
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away: nothing of it was lost
                heed()
                log.warning("webhooks wait for the database", extra={"error": type(exc).__name__})
                await asyncio.sleep(TROUBLE_S)

    async def look(self) -> bool:
        """One round; whether there was anything to do."""
        told = await self.fan_out()
        now = self._clock.now()
        due = await self._store.claim_deliveries(now, now + LEASE, AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for one in due:
                tasks.create_task(self._deliver(one), name=f"webhook-{one.id}")
        return bool(told or due)

    async def fan_out(self) -> int:
        """Queues what happened for whoever wants it; how much happened."""
        async with self._pool.acquire() as link, link.transaction():
            store, now = WebhookStore(link), self._clock.now()
            news = await store.claim_news(NEWS_AT_ONCE)
            listeners = await store.webhooks_on() if news else []
            for one in news:
                event = event_of(one["kind"], one["data"])
                wanted = [] if event is None else [hook for hook, events in listeners if wants(events, event)]
                data = await self._data(link, one) if wanted else {}
                for hook in wanted:
                    key = uuid5(DELIVERIES, f"{hook}/{one['id']}")
                    assert event is not None
                    body: Json = {"id": str(key), "event": event, "at": timeline.iso(one["at"]), "data": data}
                    await store.add_delivery(
                        hook, key, event, json.dumps(body, ensure_ascii=False, default=str), now
                    )
            await store.told_news([one["id"] for one in news])
        return len(news)

    async def _data(self, link: Connection, one: Mapping[str, Any]) -> Json:
        """{thread, contact, by_rule?, entry?, case?, …}: as the API shows them at this moment."""
        data: Json = {name: str(one[name]) for name in ("thread", "contact") if one[name] is not None}
        if one["by_rule"] is not None:
            data["by_rule"] = one["by_rule"]
        if one["interaction_id"] is not None:
            row = await MessageStore(link).shown(one["interaction_id"])
            data["entry"] = None if row is None else timeline.entry(ThreadId(row["thread"]), row)
        if one["number"] is not None:
            card = await CaseStore(link).show_case(one["number"])
            data["case"] = None if card is None else shown.case(card, self._clock.now())
        return {**one["data"], **data}

    async def _deliver(self, due: Due) -> None:
        status, error = await self._attempt(due)
        now = self._clock.now()
        if status is not None and 200 <= status < 300:
            await self._store.end_delivery(due.id, "sent", now, status, None)
            await self._store.webhook_works(due.webhook)
            return
        pause = pause_after(due.attempts)
        if pause is None or status == GONE:
            await self._store.end_delivery(due.id, "failed", now, status, error)
        else:
            await self._store.put_off_delivery(due.id, now + pause, status, error)
        since = await self._store.webhook_fails(due.webhook, now)
        if (
            status == GONE or (since is not None and now - since >= OFF_AFTER)
        ) and await self._store.break_webhook(due.webhook, now):
            log.warning("webhook switched off", extra={"webhook": str(due.webhook), "status": status})
            await self._audit.note(SYSTEM, "webhook.broken", f"webhook:{due.webhook}")

    async def _attempt(self, due: Due) -> tuple[int | None, str | None]:
        """(status, what went wrong)."""
        secret = self._seal.open(due.secret).decode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Threadline",
            "Threadline-Event": due.event,
            "Threadline-Delivery": str(due.key),
            "Threadline-Signature": signature(secret, due.body, self._clock.now()),
        }
        try:
            answer = await self._caller.call("POST", due.url, headers, TIMEOUT_S, due.body)
        except (CallFailed, UrlRefused) as exc:
            return None, str(exc)
        is_taken = 200 <= answer.status < 300
        return answer.status, None if is_taken else f"It answered {answer.status} instead of 2xx."

    async def _idle_s(self) -> float:
        due = await self._store.next_delivery()
        return IDLE_S if due is None else min(IDLE_S, max(0.1, (due - self._clock.now()).total_seconds()))
