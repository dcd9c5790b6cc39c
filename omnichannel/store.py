"""The rows of contacts, identities, threads and their entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.identity import Identity
from omnichannel.timeline import Cursor
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Owner:
    """The contact and thread behind an identity; the numbers are row ids."""

    identity_row: int
    contact: ContactId
    thread: ThreadId
    thread_row: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thread's name leads to: the numbers are row ids."""

    thread_row: int
    thread: ThreadId
    contact_row: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """Where a call that arrived before belongs."""

    contact: ContactId
    thread: ThreadId
    thread_row: int
    session_row: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer."""

    name: str | None
    language: str | None
    attrs: Mapping[str, Any]
    open_tickets: int
    last_agent: AgentId | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Whose call it is. `entry`: its timeline entry, None when the call was taken before."""

    owner: Owner
    facts: Facts
    entry: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that arrives, by the identity it came by."""

    identity: Identity
    call: CallId
    at: datetime
    preview: str
    meta: Json


@dataclass(frozen=True, slots=True)
class OldCall:
    """A call that is over. `meta` completes what its entry holds."""

    call: CallId
    answered_at: datetime | None
    ended_at: datetime
    result: str
    preview: str
    meta: Json


@dataclass(frozen=True, slots=True)
class NewInteraction:
    """A message, mail or note about to be stored."""

    thread_row: int
    kind: str
    channel: str
    direction: str
    actor_kind: str
    actor: AgentId | None
    at: datetime
    preview: str
    text: str
    html: str | None
    meta: Json
    status: str | None = None
    endpoint_row: int | None = None
    identity_row: int | None = None
    session_row: int | None = None
    provider_msg_id: str | None = None


class ThreadStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def lock_identity(self, identity: Identity) -> None:
        await self._link.execute(SQL["lock_identity"], identity.lock_key)

    async def find_identity(self, identity: Identity) -> Owner | None:
        row = await self._link.fetchrow(SQL["find_identity"], identity.kind, identity.scope, identity.value)
        return None if row is None else _owner(dict(row))

    async def add_contact(
        self, contact: ContactId, thread: ThreadId, identity: Identity, name: str | None, at: datetime
    ) -> Owner:
        row = await self._link.fetchrow(
            SQL["add_contact"], contact, int(identity.contact_kind), name, at, thread, identity.kind, identity.scope,
            identity.value, identity.raw, int(identity.trust),
        )  # fmt: skip
        assert row is not None
        return _owner(dict(row))

    async def touch_identity(self, identity_row: int, at: datetime) -> None:
        await self._link.execute(SQL["touch_identity"], identity_row, at)

    async def find_call(self, call: CallId) -> CallRow | None:
        row = await self._link.fetchrow(SQL["find_call"], str(call))
        if row is None:
            return None
        return CallRow(
            ContactId(row["contact"]), ThreadId(row["thread"]), row["thread_row"], row["session_row"]
        )

    async def take_calls(self, calls: Sequence[NewCall]) -> list[Taken | None]:
        """In the order of `calls`; None where nobody is known by that identity. `meta` gets the thread's id."""
        rows = await self._link.fetch(
            SQL["take_calls"],
            *([getattr(one.identity, name) for one in calls] for name in ("kind", "scope", "value")),
            [str(one.call) for one in calls], [one.at for one in calls], [one.preview for one in calls],
            [one.meta for one in calls],
        )  # fmt: skip
        found = {row["call"]: _taken(dict(row)) for row in rows}
        return [found.get(str(one.call)) for one in calls]

    async def close_calls(self, calls: Sequence[OldCall]) -> list[Mapping[str, Any] | None]:
        """The timeline entries in the order of `calls`; None for a call that never arrived."""
        rows = await self._link.fetch(
            SQL["close_calls"],
            [str(one.call) for one in calls], [one.answered_at for one in calls], [one.ended_at for one in calls],
            [one.result for one in calls], [one.preview for one in calls], [one.meta for one in calls],
        )  # fmt: skip
        found = {row["call"]: dict(row) for row in rows}
        return [found.get(str(one.call)) for one in calls]

    async def call_entry(self, call: CallId) -> int | None:
        found: int | None = await self._link.fetchval(SQL["call_entry"], str(call))
        return found

    async def annotate_call(self, entry: int, tags: Sequence[str], fields: Mapping[str, str]) -> None:
        await self._link.execute(SQL["annotate_call"], entry, list(tags), dict(fields))

    async def wrap_up_call(self, entry: int, said: Json | None) -> None:
        await self._link.execute(SQL["wrap_up_call"], entry, said)

    async def tag_contact(self, thread_row: int, tags: Sequence[str], fields: Mapping[str, str]) -> None:
        await self._link.execute(SQL["tag_contact"], thread_row, list(tags), dict(fields))

    async def open_work_item(self, thread_row: int, call: CallId, subject: str, at: datetime) -> None:
        await self._link.execute(SQL["open_work_item"], thread_row, str(call), subject, at)

    async def add_interaction(self, new: NewInteraction) -> int | None:
        """The id of the entry; None when the provider delivered it before."""
        found: int | None = await self._link.fetchval(
            SQL["add_interaction"], new.thread_row, new.endpoint_row, new.identity_row, new.session_row, new.kind,
            new.channel, new.direction, new.actor_kind, new.actor, new.at, new.provider_msg_id, new.status,
            new.preview, new.text, new.html, new.meta,
        )  # fmt: skip
        return found

    async def find_delivered(self, endpoint_row: int, provider_msg_id: str) -> tuple[int, ThreadId] | None:
        row = await self._link.fetchrow(SQL["find_delivered"], endpoint_row, provider_msg_id)
        return None if row is None else (row["id"], ThreadId(row["thread"]))

    async def endpoint(self, kind: str, address: str) -> int:
        """The row of an address of ours, made when it is new."""
        found: int | None = await self._link.fetchval(SQL["find_endpoint"], kind, address)
        if found is not None:
            return found
        await self._link.execute(SQL["add_endpoint"], kind, address)
        return await self._number("find_endpoint", kind, address)

    async def place(self, thread: ThreadId) -> Place | None:
        """After merges: the winner's thread."""
        row = await self._link.fetchrow(SQL["find_thread"], thread)
        return None if row is None else Place(row["thread_row"], ThreadId(row["thread"]), row["contact_row"])

    async def find_thread(self, thread: ThreadId) -> int | None:
        place = await self.place(thread)
        return None if place is None else place.thread_row

    async def entry(self, entry: int) -> Mapping[str, Any]:
        row = await self._link.fetchrow(SQL["entry"], entry)
        assert row is not None
        return dict(row)

    async def timeline(
        self, thread: ThreadId, before: Cursor, limit: int, channel: str | None = None
    ) -> Sequence[Mapping[str, Any]]:
        rows = await self._link.fetch(SQL["timeline"], thread, before.at, before.id, limit, channel)
        return [dict(row) for row in rows]

    async def timeline_of_several(
        self, contact_row: int, before: Cursor, limit: int, channel: str | None = None
    ) -> Sequence[Mapping[str, Any]]:
        rows = await self._link.fetch(
            SQL["timeline_of_several"], contact_row, before.at, before.id, limit, channel
        )
        return [dict(row) for row in rows]

    async def pop(self, thread: ThreadId) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["pop"], thread)
        return None if row is None else dict(row)

    async def facts(self, thread: ThreadId) -> Facts | None:
        row = await self._link.fetchrow(SQL["facts"], thread)
        return None if row is None else _facts(dict(row))

    async def conversation(self, thread: ThreadId) -> Json:
        """{channels, last_message_at?}: a flow's `thread`, as of its newest 200 entries; no key for what never was."""
        row = await self._link.fetchrow(SQL["conversation"], thread)
        assert row is not None
        found: Json = {"channels": [*row["channels"]]}
        return (
            found
            if row["last_message_at"] is None
            else {**found, "last_message_at": row["last_message_at"].isoformat()}
        )

    async def threads_known_as(self, identities: Sequence[Identity]) -> list[ThreadId]:
        kinds, values = [one.kind for one in identities], [one.value for one in identities]
        return [
            ThreadId(row["public_id"])
            for row in await self._link.fetch(SQL["threads_known_as"], kinds, values)
        ]

    async def thread_of(self, contact: ContactId) -> ThreadId | None:
        found: UUID | None = await self._link.fetchval(SQL["thread_of"], contact)
        return None if found is None else ThreadId(found)

    async def remember_language(self, contact: ContactId, language: str) -> None:
        await self._link.execute(SQL["remember_language"], contact, language)

    async def names(self, queue: str | None, agent: AgentId | None) -> tuple[str | None, str | None]:
        """(title of the queue, name of the agent)."""
        row = await self._link.fetchrow(SQL["names"], queue, agent)
        assert row is not None
        return row["queue_title"], row["agent_name"]

    async def _number(self, name: str, *arguments: object) -> int:
        found: int = await self._link.fetchval(SQL[name], *arguments)
        return found


def _taken(row: Mapping[str, Any]) -> Taken:
    entry = None if row["entry"] is None else {**row, "id": row["entry"]}
    return Taken(_owner(row), _facts(row), entry)


def _owner(row: Mapping[str, Any]) -> Owner:
    return Owner(
        row["id"], ContactId(row["contact"]), ThreadId(row["thread"]), row["thread_row"], row["last_seen"]
    )


def _facts(row: Mapping[str, Any]) -> Facts:
    return Facts(row["display_name"], row["locale"], row["attrs"], row["open_tickets"], row["last_agent"])
