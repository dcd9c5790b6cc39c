"""What all of this room works with: a transaction with its audit notes, and the mover of entries."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.regathering import BATCH, Regathering
from omnichannel.contacts.store import ContactStore, Person
from omnichannel.errors import NoSuchContact
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import AgentId, ContactId

AT_ONCE: Final = 12  # steps a caller waits for; what is left goes on without him


class ContactDesk:
    """Shared by everything people do about contacts."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, audit: Audit, *, batch: int = BATCH) -> None:
        self.pool = pool
        self.clock = clock
        self.bus = bus
        self.audit = audit
        self.regathering = Regathering(pool, clock, bus, batch=batch)

    @asynccontextmanager
    async def change(self) -> AsyncIterator["Change"]:
        """One transaction with its audit notes."""
        async with self.pool.acquire() as link, link.transaction():
            yield Change(ContactStore(link), self, link)

    async def work_off(self, job: int) -> bool:
        """Moves entries until `job` is done, within a caller's patience. False: it goes on in the background."""
        store = ContactStore(self.pool)
        for _ in range(AT_ONCE):
            jobs = await store.regatherings([job])
            if not jobs:
                return True
            if not await self.regathering.step():
                break
        self.regathering.wake()
        return not await store.regatherings([job])


class Change:
    """Within one transaction."""

    def __init__(self, store: ContactStore, desk: ContactDesk, link: Connection) -> None:
        self.store = store
        self.now = desk.clock.now()
        self._desk = desk
        self._link = link

    async def person(self, contact: ContactId) -> Person:
        """Raises NoSuchContact."""
        found = await self.store.person(contact)
        if found is None:
            raise NoSuchContact
        return found

    async def note(self, actor: Actor, action: str, contact: ContactId, detail: Json) -> None:
        await self._desk.audit.note(actor, action, f"contact:{contact}", detail, self._link)


def agent_of(actor: Actor) -> AgentId | None:
    return AgentId(UUID(actor.id)) if actor.kind == "agent" and actor.id else None


def rule_of(actor: Actor) -> str | None:
    """What a merge says of who did it where that was no agent."""
    return None if actor.kind == "agent" else f"{actor.kind} {actor.id or ''}".strip()
