"""Webhooks as admins keep them, and the log of what was told."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from omnichannel import timeline
from omnichannel.audit.service import Actor, Audit
from omnichannel.ports import Seal
from omnichannel.webhooks.guard import check_url
from omnichannel.webhooks.store import WebhookStore
from omnichannel.webhooks.words import EVENTS, unknown_events
from threadline.db.bell import Bell
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid, NotFound
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7
from threadline.kernel.versions import difference

NEWEST: Final = 2**63 - 1
PAGE_MAX: Final = 200


class NoSuchWebhook(NotFound):
    """No such webhook."""


class EventsUnknown(Invalid):
    """There are no such events."""


class Webhooks:
    """`may_be_private`: URLs within our own network are allowed."""

    def __init__(
        self, pool: Pool, clock: Clock, audit: Audit, seal: Seal, bell: Bell, *, may_be_private: bool
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._seal = seal
        self._bell = bell
        self._may_be_private = may_be_private
        self._store = WebhookStore(pool)

    async def everything(self) -> list[Json]:
        """[{id, title, url, events, state, failing_since, waiting}]."""
        return [_shown(row) for row in await self._store.webhooks()]

    async def add(
        self, title: str, url: str, events: Sequence[str], actor: Actor, secret: str | None = None
    ) -> Json:
        """A new one, on; with `secret`, which is told this once. Raises UrlRefused, EventsUnknown."""
        known = secret or secrets.token_urlsafe(32)
        webhook = uuid7(self._clock.now())
        made = await self._save(webhook, title, url, events, self._seal.seal(known.encode()), "on")
        await self._audit.note(actor, "webhook.add", f"webhook:{webhook}")
        return {**made, "secret": known}

    async def change(
        self, webhook: UUID, actor: Actor, *, title: str | None, url: str | None, events: Sequence[str] | None,
        on: bool | None, secret: str | None,
    ) -> Json:  # fmt: skip
        """What is given replaces what was. Raises NoSuchWebhook, UrlRefused, EventsUnknown."""
        row = await self._found(webhook)
        state = row["state"] if on is None else "on" if on else "off"
        sealed = row["secret"] if secret is None else self._seal.seal(secret.encode())
        made = await self._save(
            webhook, title or row["title"], url or row["url"], row["events"] if events is None else events, sealed, state
        )  # fmt: skip
        await self._audit.note(actor, "webhook.change", f"webhook:{webhook}", difference(_shown(row), made))
        self._bell.ring()
        return made

    async def delete(self, webhook: UUID, actor: Actor) -> None:
        """Raises NoSuchWebhook."""
        if not await self._store.drop_webhook(webhook):
            raise NoSuchWebhook
        await self._audit.note(actor, "webhook.delete", f"webhook:{webhook}")

    async def deliveries(self, webhook: UUID, before: int | None = None, limit: int = 50) -> list[Json]:
        """[{id, key, event, state, attempts, next_at, status, error, queued_at, ended_at}], the newest first."""
        await self._found(webhook)
        rows = await self._store.deliveries(webhook, before or NEWEST, max(1, min(limit, PAGE_MAX)))
        return [_delivery(row) for row in rows]

    async def body(self, webhook: UUID, delivery: int) -> str:
        """What was sent. Raises NoSuchWebhook."""
        row = await self._store.delivery(webhook, delivery)
        if row is None:
            raise NoSuchWebhook("No such delivery.")
        return str(row["body"])

    async def replay(self, webhook: UUID, delivery: int, actor: Actor) -> None:
        """Sends it once more, under the same key. Raises NoSuchWebhook."""
        if not await self._store.replay(webhook, delivery, self._clock.now()):
            raise NoSuchWebhook("No such delivery, or it is leaving at this moment.")
        await self._audit.note(actor, "webhook.replay", f"webhook:{webhook}", {"delivery": delivery})
        self._bell.ring()

    async def _save(
        self, webhook: UUID, title: str, url: str, events: Sequence[str], sealed: bytes, state: str
    ) -> Json:
        check_url(url, may_be_private=self._may_be_private)
        if unknown := unknown_events(events):
            raise EventsUnknown(
                f"there is no event {unknown[0]}; there are {', '.join(EVENTS)}, case.* and *"
            )
        await self._store.save_webhook(webhook, title, url, events, sealed, state, self._clock.now())
        return _shown(await self._found(webhook))

    async def _found(self, webhook: UUID) -> Mapping[str, Any]:
        row = await self._store.webhook(webhook)
        if row is None:
            raise NoSuchWebhook
        return row


def _shown(row: Mapping[str, Any]) -> Json:
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "url": row["url"],
        "events": list(row["events"]),
        "state": row["state"],
        "failing_since": _time(row["failing_since"]),
        "waiting": row["waiting"],
    }


def _delivery(row: Mapping[str, Any]) -> Json:
    return {
        "id": str(row["id"]),
        "key": str(row["key"]),
        "event": row["event"],
        "state": row["state"],
        "attempts": row["attempts"],
        "next_at": _time(row["not_before"]) if row["state"] == "queued" else None,
        "status": row["last_status"],
        "error": row["last_error"],
        "queued_at": _time(row["queued_at"]),
        "ended_at": _time(row["ended_at"]),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else timeline.iso(at)
