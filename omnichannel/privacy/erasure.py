"""Takes a person out of everything, and leaves what is counted.

Entries, calls, cases and orders keep their facts: when, by which channel, who of ours, how long, what came of it.
Everything a person said, is called or is known by goes. What is long is done in batches, the names last: a process
that dies half-way does it all again when the job comes back, and whoever is erased twice is erased once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from omnichannel.privacy.errors import Held, NotNow
from omnichannel.privacy.ports import Contents, Tapes
from omnichannel.privacy.store import Person, PrivacyStore
from omnichannel.privacy.traces import senders, traces
from threadline.db.pool import Pool
from threadline.kernel.events import Json

BATCH: Final = 1_000
STRAGGLERS: Final = 100_000  # rows: an entry numbered earlier may be committed later
ENTRY_FACTS: Final = [
    "call", "thread", "direction", "entry", "language", "started_at", "answered_at", "ended_at", "outcome", "queue",
    "queue_title", "agent", "agent_name",
]  # fmt: skip
CALL_FACTS: Final = [
    "direction", "flow", "language", "step", "type", "outcome", "queue", "reason", "reservation", "agent", "by",
    "recording", "action", "mode", "result", "box",
]  # fmt: skip


class Eraser:
    """`erase` may be called again and again."""

    def __init__(self, pool: Pool, tapes: Tapes, contents: Contents) -> None:
        self._pool = pool
        self._tapes = tapes
        self._contents = contents

    async def check(self, person: Person) -> None:
        """Raises Held, NotNow."""
        if person.legal_hold:
            raise Held
        store = PrivacyStore(self._pool)
        if await store.is_moving(person, await store.calls_of(person)):
            raise NotNow

    async def erase(self, person: Person, now: datetime) -> Json:
        """How many of what was touched. Raises Held, NotNow."""
        await self.check(person)
        store = PrivacyStore(self._pool)
        calls = await store.calls_of(person)
        recordings = await self._tapes.forget(calls)
        entries, last, dropped = await self._entries(person, now)
        await self._inbound(person)
        dropped += await self._names(person, last, now)
        await self._contents.drop_contents(dropped)
        return {"entries": entries, "calls": len(calls), "recordings": recordings, "files": len(dropped)}

    async def _entries(self, person: Person, now: datetime) -> tuple[int, int, list[str]]:
        """The threads' entries, batch by batch: how many, the last one, and the contents of their files."""
        after, count, dropped = 0, 0, list[str]()
        while batch := await PrivacyStore(self._pool).entry_batch(person, after, BATCH):
            async with self._pool.acquire() as link, link.transaction():
                dropped += await blank(PrivacyStore(link), batch, now)
            after, count = batch[-1], count + len(batch)
        return count, after, dropped

    async def _inbound(self, person: Person) -> None:
        store = PrivacyStore(self._pool)
        known = await store.known_values(person)
        wanted, after = [text.encode() for text in traces(known)], 0
        while batch := await store.inbound_batch(after, BATCH):
            await store.apply("drop_inbound", after, batch[-1], senders(known), wanted)
            after = batch[-1]

    async def _names(self, person: Person, last: int, now: datetime) -> list[str]:
        """All that is short, in one transaction; what came into the threads meanwhile goes first."""
        dropped: list[str] = []
        async with self._pool.acquire() as link, link.transaction():
            store = PrivacyStore(link)
            await store.lock_contacts(person.contacts)
            await store.apply("mark_erasing")
            last -= STRAGGLERS
            while batch := await store.entry_batch(person, last, BATCH):
                dropped += await blank(store, batch, now)
                last = batch[-1]
            await _blank_calls(store, await store.calls_of(person))
            known = await store.known_values(person)
            await _blank_copies(store, person, traces(known), now)
            rows = await store.rows("drop_uploads", [f"visitor:{text}" for text in senders(known)])
            dropped += [row["sha256"] for row in rows]
            await _blank_threads(store, person)
            await _blank_contacts(store, person, now)
        return dropped


async def blank(store: PrivacyStore, entries: Sequence[int], now: datetime) -> list[str]:
    """Takes the words out of entries, within the caller's transaction. Returns the contents of their files."""
    await store.apply("mark_erasing")
    await store.apply("drop_early_statuses", entries)
    await store.apply("drop_raw_mails", entries)
    await store.apply("blank_entries", entries)
    await store.apply("blank_bodies", entries, ENTRY_FACTS)
    for statement in ("blank_deliveries", "drop_aliases", "drop_email_refs"):
        await store.apply(statement, entries)
    await store.apply("blank_outbox", entries, now)
    return [row["sha256"] for row in await store.rows("drop_files", entries)]


async def _blank_calls(store: PrivacyStore, calls: Sequence[UUID]) -> None:
    for statement in ("blank_calls", "blank_legs", "blank_waiting", "blank_callbacks", "blank_evaluations"):
        await store.apply(statement, calls)
    await store.apply("blank_call_events", calls, CALL_FACTS)


async def _blank_copies(store: PrivacyStore, person: Person, known: list[str], now: datetime) -> None:
    """What was imported, and what other systems were told."""
    await store.apply("blank_import_lines", known)
    names = [str(name) for name in (*person.contact_names, *person.thread_names)]
    await store.apply("blank_webhook_deliveries", [*known, *names], now)


async def _blank_threads(store: PrivacyStore, person: Person) -> None:
    for statement in ("blank_happenings", "blank_rule_runs", "blank_cases"):
        await store.apply(statement, person.threads)


async def _blank_contacts(store: PrivacyStore, person: Person, now: datetime) -> None:
    """The identities last: everything else looks for them."""
    for statement in (
        "blank_orders", "blank_merges", "drop_automatic_mails", "drop_suggestions", "drop_correspondence",
        "drop_profiles_wanted",
    ):  # fmt: skip
        await store.apply(statement, person.contacts)
    await store.apply("keep_wishes", person.contacts, now)
    await store.apply("blank_identities", person.contacts)
    await store.apply("blank_contacts", person.contacts, now)
