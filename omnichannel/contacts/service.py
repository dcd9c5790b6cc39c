"""Contacts as people work on them. Whoever arrives is met in meeting.py, within the transaction of what he brings."""

from collections.abc import Mapping
from typing import Any

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts import choosing, editing, kin, merging, suggesting
from omnichannel.contacts.choosing import Choice
from omnichannel.contacts.desk import ContactDesk
from omnichannel.contacts.regathering import BATCH
from omnichannel.contacts.store import ContactStore
from omnichannel.errors import NoSuchContact
from omnichannel.identity import read
from omnichannel.store import ThreadStore
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import CallId, ContactId, ThreadId


class Contacts:
    """One call each, audited, undone as easily. The functions it calls have the rules and what they raise.

    A change that moves entries is true at once; they follow in batches, small contacts before the call returns.
    """

    def __init__(
        self, pool: Pool, clock: Clock, bus: Bus, audit: Audit, *, region: str = "VN", batch: int = BATCH
    ) -> None:
        self._desk = ContactDesk(pool, clock, bus, audit, batch=batch)
        self._region = region

    async def run(self) -> None:
        """Moves what is left to move, until cancelled."""
        await self._desk.regathering.run()

    async def settle(self) -> None:
        """Moves all there is to move now."""
        while await self._desk.regathering.step():
            continue

    async def step(self) -> bool:
        """One batch of it. False: nothing to do now."""
        return await self._desk.regathering.step()

    async def kin(self, contact: ContactId) -> Json:
        """{candidates, suggestions, merges}. Raises NoSuchContact."""
        person = await ContactStore(self._desk.pool).person(contact)
        if person is None:
            raise NoSuchContact
        return await kin.kin(self._desk.pool, person.row)

    async def thread_of(self, thread: ThreadId) -> ThreadId | None:
        """Where a thread's name leads to."""
        place = await ThreadStore(self._desk.pool).place(thread)
        return None if place is None else place.thread

    async def merge(self, winner: ContactId, loser: ContactId, actor: Actor, *, anyway: bool = False) -> Json:
        """{merge, contact, thread}."""
        return await merging.merge(self._desk, winner, loser, actor, anyway=anyway)

    async def undo_merge(self, merge: int, actor: Actor) -> Json:
        """{merge, contact, thread, winner, state}."""
        return await merging.undo_merge(self._desk, merge, actor)

    async def confirm(self, suggestion: int, actor: Actor, *, anyway: bool = False) -> Json:
        """{contact, thread, merge}."""
        return await suggesting.confirm(self._desk, suggestion, actor, anyway=anyway)

    async def dismiss(self, suggestion: int, actor: Actor) -> None:
        await suggesting.dismiss(self._desk, suggestion, actor)

    async def choose(
        self,
        actor: Actor,
        *,
        call: CallId | None = None,
        entry: int | None = None,
        contact: ContactId | None = None,
        name: str | None = None,
    ) -> Json:
        """{contact, thread, entries}."""
        return await choosing.choose(self._desk, Choice(call, entry, contact, name), actor)

    async def edit(self, contact: ContactId, changes: Mapping[str, Any], actor: Actor) -> ContactId:
        """The contact it leads to."""
        return (await editing.edit(self._desk, contact, changes, actor)).contact

    async def add_identity(
        self,
        contact: ContactId,
        kind: str,
        value: str,
        actor: Actor,
        *,
        scope: str = "",
        shared: bool = False,
    ) -> str:
        """The identity's id. Raises IdentityUnreadable."""
        identity = read(kind, value, scope=scope, region=self._region)
        return await editing.add_identity(self._desk, contact, identity, actor, shared=shared)

    async def confirm_identity(self, contact: ContactId, identity: int, actor: Actor) -> None:
        await editing.confirm_identity(self._desk, contact, identity, actor)

    async def share_identity(self, contact: ContactId, identity: int, actor: Actor, *, shared: bool) -> None:
        await editing.share_identity(self._desk, contact, identity, actor, shared=shared)

    async def take_identity(
        self, contact: ContactId, identity: int, actor: Actor, *, to: ContactId | None = None
    ) -> Json:
        """{contact, thread}."""
        return await editing.take_identity(self._desk, contact, identity, actor, to=to)
