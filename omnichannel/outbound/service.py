"""The outbox: an agent's (or a rule's) message is an entry and a row to be sent in one transaction.

Sent at least once: a worker takes a message by a lease, and one that dies leaves it to the next when the lease is
over. Where a provider recognises our key that is exactly once; docs/channels.md says where it can't be.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from omnichannel import timeline
from omnichannel.audit.service import Actor, Audit
from omnichannel.channels.port import Endpoint, Known, StoredFile
from omnichannel.channels.registry import Registry
from omnichannel.correspondence.store import Early, MessageStore, NewMessage
from omnichannel.endpoints.service import Endpoints
from omnichannel.errors import CannotSend, NoSuchEntry, NoSuchThread
from omnichannel.messages import clean, deltas
from omnichannel.outbound import rules
from omnichannel.outbound.sender import Learn, Sender, Sending
from omnichannel.outbound.store import OutboxStore, Recipient
from omnichannel.ports import Files, Follower, Seal, StoredMessage
from threadline.db.bell import Bell
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import AgentId, ThreadId, uuid7

NO_FILES: Final = "This server keeps no files."


class Outbound:
    """What leaves. `followers` act within the transaction that queues a message."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        endpoints: Endpoints,
        registry: Registry,
        attachments: Files | None = None,
        followers: Sequence[Follower] = (),
        *,
        sending: Sending = Sending(),  # noqa: B008  # frozen
        learn: Learn | None = None,
        seal: Seal | None = None,
    ) -> None:
        """`learn` takes what providers tell of whom they gave a message to; `seal` opens texts that are kept sealed."""
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._endpoints = endpoints
        self._registry = registry
        self._files = attachments
        self._followers = followers
        self._store = OutboxStore(pool)
        self._audit = Audit(pool, clock)
        self.bell = Bell("threadline_outbox")
        endpoints.wakes.append(self.bell)
        self._sender = Sender(
            pool, clock, bus, endpoints, registry, attachments, self.bell, sending, learn, seal
        )

    async def run(self) -> None:
        """Sends until cancelled."""
        await self._sender.run()

    async def reach(self, thread: ThreadId) -> list[Json]:
        """Every way to the customer of a thread, as rules.ways shows them. Raises NoSuchThread."""
        thread_row = await _thread_row(self._pool, thread)
        rows = await self._store.reach(thread_row)
        return rules.ways(rows, await self._endpoints.of_kind(), self._registry.channels, self._clock.now())

    async def send(
        self,
        *,
        thread: ThreadId,
        identity: int,
        endpoint: UUID,
        text: str,
        agent: AgentId | None = None,
        rule: str | None = None,
        html: str | None = None,
        subject: str | None = None,
        files: Sequence[UUID] = (),
        reply_to: str | None = None,
        template: Json | None = None,
    ) -> Json:
        """The entry, its status "queued". Without `agent` a machine says it: the rule `rule`, or the server.

        Raises NoSuchThread, NoSuchEndpoint, and CannotSend with a sentence for people.
        """
        ours = await self._endpoints.by_id(endpoint)
        kept = await self._stored(files)
        draft = rules.Draft(text, html, subject, tuple(kept), template, is_person=agent is not None)
        async with self._pool.acquire() as link, link.transaction():
            told = await self.queue_within(
                link, thread, identity, ours, draft, agent=agent, rule=rule, files=files, reply_to=reply_to
            )
            news = await deltas(MessageStore(link), told)
        self.bell.ring()
        for delta in news:
            self._bus.publish(delta)
        return news[0].entry

    async def queue_within(
        self,
        link: Connection,
        thread: ThreadId,
        identity: int,
        ours: Endpoint,
        draft: rules.Draft,
        *,
        agent: AgentId | None = None,
        rule: str | None = None,
        files: Sequence[UUID] = (),
        reply_to: str | None = None,
    ) -> list[int]:
        """As `send`, in the caller's transaction: the entries he tells once it is committed, the message first.

        Raises NoSuchThread, CannotSend.
        """
        thread_row = await _thread_row(link, thread)
        to = await OutboxStore(link).recipient(thread_row, identity, ours.row)
        if to is None:
            raise CannotSend("This customer is not known under that identity.", "no_way")
        now = self._clock.now()
        channel = self._registry.channels.get(ours.kind)
        rules.check(ours, channel, to, draft, now)
        if channel is not None:
            draft = rules.offered(draft, channel.limits)
        entry = await self._queue(link, thread_row, ours, to, draft, now, agent, rule, reply_to)
        if self._files is not None and files:
            uploader = None if agent is None else f"agent:{agent}"
            await self._files.attach(link, files, entry, uploaded_by=uploader)
        fact = _fact(entry, thread_row, thread, ours, to, draft, now, agent, rule)
        told = [entry]
        for follower in self._followers:
            told += await follower.stored(link, fact)
        return told

    def reaches(self, ours: Endpoint, identity_kind: str) -> bool:
        """Whether somebody who never wrote there can be written to by that address."""
        channel = self._registry.channels.get(ours.kind)
        return (
            channel is not None and channel.identity_kind == identity_kind and identity_kind in rules.ANYBODY
        )

    async def queue_unknown(
        self,
        link: Connection,
        thread: ThreadId,
        to: Known,
        ours: Endpoint,
        draft: rules.Draft,
        *,
        sealed: bytes,
        refuses: bool,
    ) -> int:
        """A message to an identity that is not (yet) the thread's customer's, in the caller's transaction: the entry.

        `sealed` is what leaves; `draft.text` is all that is ever shown of it. `refuses`: whoever has the identity
        wants no messages there. Raises NoSuchThread, CannotSend.
        """
        thread_row, now = await _thread_row(link, thread), self._clock.now()
        recipient = Recipient(0, to.kind, to.scope, to.value, 0, refuses, None)
        rules.check(ours, self._registry.channels.get(ours.kind), recipient, draft, now)
        entry = await self._add(link, thread_row, ours, None, draft, now, {"sealed": True})
        payload = rules.payload(recipient, draft, now, None, is_reply=False) | {"sealed": sealed.decode()}
        await OutboxStore(link).add_outgoing(
            entry, ours.row, f"{to.kind}:{to.value}", payload, str(uuid7(now)), now, self.bell.name
        )
        return entry

    async def cancel(self, entry: str, actor: Actor) -> Json:
        """Holds a queued message back. Raises NoSuchEntry, CannotSend when it is leaving or gone."""
        row = await self._entry_row(entry)
        now = self._clock.now()
        async with self._pool.acquire() as link, link.transaction():
            if not await OutboxStore(link).cancel(row, now):
                raise CannotSend("It is leaving at this moment, or gone.", "leaving")
            said = Early("queued", "cancelled", None, now)
            await MessageStore(link).set_status(row, "cancelled", said)
            await self._audit.note(actor, "message.cancel", f"entry:{row}", link=link)
            [delta] = await deltas(MessageStore(link), [row])
            await self.bell.ring_everywhere(link)  # what waited behind it may go
        self.bell.ring()
        self._bus.publish(delta)
        return delta.entry

    async def retry(self, entry: str, actor: Actor) -> Json:
        """Sends a failed or cancelled message once more. Raises NoSuchEntry, CannotSend."""
        row = await self._entry_row(entry)
        now = self._clock.now()
        async with self._pool.acquire() as link, link.transaction():
            standing = await MessageStore(link).status(row)
            was_refused = standing is not None and standing.status == "failed"
            if not await OutboxStore(link).again(row, now, str(uuid7(now)), was_refused=was_refused):
                raise CannotSend(
                    "Only a message that failed or was cancelled can be sent again.", "not_again"
                )
            await OutboxStore(link).requeue_entry(row)
            await MessageStore(link).set_status(row, "queued", Early("queued", None, None, now))
            await self._audit.note(actor, "message.retry", f"entry:{row}", link=link)
            [delta] = await deltas(MessageStore(link), [row])
            await self.bell.ring_everywhere(link)
        self.bell.ring()
        self._bus.publish(delta)
        return delta.entry

    async def html(self, entry: str) -> str:
        """The HTML of an entry, inline images by signed URLs. Raises NoSuchEntry where it has none."""
        row, store = await self._entry_row(entry), MessageStore(self._pool)
        found = await store.html(row)
        if found is None:
            raise NoSuchEntry("This entry has no HTML.")
        if self._files is not None:
            for content_id, file in (await store.files(row)).items():
                found = found.replace(f"cid:{content_id}", self._files.url(file, rules.INLINE_S))
        return found

    async def depth(self) -> tuple[int, datetime | None]:
        """(messages that wait, since when the oldest does)."""
        return await self._store.depth()

    # --- parts --------------------------------------------------------------------------------------------

    async def _stored(self, files: Sequence[UUID]) -> list[StoredFile]:
        if files and self._files is None:
            raise CannotSend(NO_FILES, "no_files")
        try:
            return [await self._files.stored(file) for file in files] if self._files is not None else []
        except NotFound as exc:
            raise CannotSend("A file is not there any more: attach it again.", "file_gone") from exc

    async def _queue(
        self,
        link: Connection,
        thread_row: int,
        ours: Endpoint,
        to: Recipient,
        draft: rules.Draft,
        now: datetime,
        agent: AgentId | None,
        rule: str | None,
        reply_to: str | None,
    ) -> int:
        store, wanted = OutboxStore(link), _number(reply_to)
        basis = await store.answered(thread_row, ours.row, wanted, to.row)
        if wanted is not None and basis is None:
            raise CannotSend("The message to be answered did not come by this address.", "other_address")
        meta: Json = {} if rule is None else {"rule": rule}
        meta |= {} if draft.subject is None else {"subject": draft.subject}
        meta |= {} if draft.template is None else {"template": draft.template}
        meta |= {"choices": [choice.shown for choice in draft.choices]} if draft.choices else {}
        entry = await self._add(link, thread_row, ours, to.row, draft, now, meta, agent, wanted)
        payload = rules.payload(to, draft, now, basis, is_reply=wanted is not None)
        await store.add_outgoing(entry, ours.row, str(to.row), payload, str(uuid7(now)), now, self.bell.name)
        return entry

    async def _add(
        self,
        link: Connection,
        thread_row: int,
        ours: Endpoint,
        identity_row: int | None,
        draft: rules.Draft,
        now: datetime,
        meta: Json,
        agent: AgentId | None = None,
        wanted: int | None = None,
    ) -> int:
        entry = await MessageStore(link).add_message(
            NewMessage(
                thread_row=thread_row,
                endpoint_row=ours.row,
                identity_row=identity_row,
                kind="email" if ours.kind == "email" else "message",
                channel=ours.kind,
                direction="out",
                actor_kind="bot" if agent is None else "agent",
                actor=agent,
                at=now,
                provider_msg_id=None,
                reply_to=wanted,
                status="queued",
                preview=timeline.preview(draft.subject or draft.text or rules.names(draft)),
                text=draft.text,
                html=None if draft.html is None else clean(draft.html),
                meta=meta,
            )
        )
        assert entry is not None
        return entry

    async def _entry_row(self, entry: str) -> int:
        row = _number(entry)
        found = None if row is None else await self._store.entry_of(row)
        if row is None or found is None:
            raise NoSuchEntry
        return row


async def _thread_row(link: "Connection | Pool", thread: ThreadId) -> int:
    row = await MessageStore(link).thread_row(thread)
    if row is None:
        raise NoSuchThread
    return row


def _number(entry: str | None) -> int | None:
    if entry is None:
        return None
    if not entry.isascii() or not entry.isdecimal() or len(entry) > 18:
        raise NoSuchEntry
    return int(entry)


def _fact(
    entry: int,
    thread_row: int,
    thread: ThreadId,
    ours: Endpoint,
    to: Recipient,
    draft: rules.Draft,
    now: datetime,
    agent: AgentId | None,
    rule: str | None,
) -> StoredMessage:
    by: Literal["agent", "rule", "system"] = "system"
    if agent is not None:
        by = "agent"
    elif rule is not None:
        by = "rule"
    return StoredMessage(
        entry=entry,
        thread_row=thread_row,
        thread=thread,
        endpoint=ours,
        identity_row=to.row,
        direction="out",
        is_automatic=agent is None,
        is_echo=False,
        by=by,
        at=now,
        text=draft.text,
        subject=draft.subject,
        agent=agent,
    )
