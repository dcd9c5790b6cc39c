"""The rows of contacts, their identities, merges and suggestions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.contacts.fields import Fields
from omnichannel.identity import Candidate, Identity, Trust
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Held:
    """A row of `contact_identity` and whose it is. `place` is that of the identity asked for, from 0."""

    place: int
    row: int
    who: Candidate
    trust: Trust
    is_shared: bool
    last_seen: datetime
    contact: ContactId
    thread: ThreadId
    thread_row: int
    is_nameless: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A contact that is merged into no other, and its thread."""

    row: int
    contact: ContactId
    thread: ThreadId
    thread_row: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Locked:
    """A contact's fields, nobody else's to change until the transaction ends; `is_root`: merged into no other."""

    fields: Fields
    is_root: bool


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An identity of a contact, its row locked."""

    row: int
    owner: int
    contact: ContactId
    identity: Identity
    trust: Trust
    is_shared: bool


class ContactStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    # identities

    async def lock_identities(self, identities: Sequence[Identity]) -> None:
        keys = sorted({identity.lock_key for identity in identities})
        await self._link.execute(SQL["lock_identities"], keys)

    async def holders(self, identities: Sequence[Identity]) -> list[Held]:
        rows = await self._link.fetch(
            SQL["holders"],
            *([getattr(one, name) for one in identities] for name in ("kind", "scope", "value")),
        )
        return [_held(dict(row)) for row in rows]

    async def add_identity(
        self, contact: int, identity: Identity, trust: Trust, at: datetime, *, is_shared: bool = False
    ) -> int:
        return await self._number(
            "add_identity", contact, identity.kind, identity.scope, identity.value, identity.raw, int(trust),
            is_shared, at,
        )  # fmt: skip

    async def see_identity(self, row: int, at: datetime, trust: Trust) -> None:
        await self._do("see_identity", row, at, int(trust))

    async def replace_identity(self, old: int, new: int) -> None:
        await self._do("replace_identity", old, new)

    async def own_identities(self, contact: int) -> list[Mapping[str, Any]]:
        return await self._rows("own_identities", contact)

    async def identity_row(self, row: int) -> IdentityRow | None:
        found = await self._row("identity_row", row)
        if found is None:
            return None
        identity = Identity(found["kind"], found["scope"], found["value"], found["raw"] or found["value"])
        return IdentityRow(
            found["id"], found["contact_id"], ContactId(found["contact"]), identity, Trust(found["trust"]),
            found["is_shared"],
        )  # fmt: skip

    async def trust_identity(self, row: int, trust: Trust) -> None:
        await self._do("trust_identity", row, int(trust))

    async def share_identity(self, identity: Identity, is_shared: bool) -> None:
        await self._do("share_identity", identity.kind, identity.scope, identity.value, is_shared)

    async def give_identity(self, row: int, contact: int, trust: Trust, at: datetime) -> None:
        await self._do("give_identity", row, contact, int(trust), at)

    async def drop_identity(self, row: int) -> bool:
        """False: something came by it, so it stays."""
        return await self._link.fetchval(SQL["drop_identity"], row) is not None

    async def identity_of_contact(self, contact: int, identity: Identity) -> int | None:
        found: int | None = await self._link.fetchval(
            SQL["identity_of_contact"], contact, identity.kind, identity.scope, identity.value
        )
        return found

    # contacts

    async def add_person(
        self, contact: ContactId, kind: int, name: str | None, at: datetime, thread: ThreadId
    ) -> Person:
        row = await self._row("add_person", contact, kind, name, at, thread)
        assert row is not None
        return Person(row["contact_id"], contact, thread, row["thread_row"], Fields(kind, name))

    async def name_contact(self, contact: int, name: str) -> None:
        await self._do("name_contact", contact, name)

    async def person(self, contact: ContactId) -> Person | None:
        row = await self._row("person", contact)
        if row is None:
            return None
        return Person(
            row["id"], ContactId(row["contact"]), ThreadId(row["thread"]), row["thread_row"], _fields(row)
        )

    async def person_of_thread(self, thread: ThreadId) -> ContactId | None:
        found: UUID | None = await self._link.fetchval(SQL["person_of_thread"], thread)
        return None if found is None else ContactId(found)

    async def lock_people(self, contacts: Sequence[int]) -> dict[int, Locked]:
        rows = await self._rows("lock_people", list(contacts))
        return {row["id"]: Locked(_fields(row), row["root_id"] is None) for row in rows}

    async def keep_fields(self, contact: int, fields: Fields) -> None:
        await self._do(
            "keep_fields", contact, fields.kind, fields.name, fields.language, fields.timezone, fields.customer_no,
            fields.attrs,
        )  # fmt: skip

    async def candidate(self, contact: int, fields: Fields) -> Candidate:
        rows = await self._rows("externals", contact)
        ids = frozenset((row["scope"], row["value"]) for row in rows)
        return Candidate(contact, fields.customer_no, ids)

    async def owners_of_number(self, number: str, but: int) -> list[ContactId]:
        return [ContactId(row["public_id"]) for row in await self._rows("owners_of_number", number, but)]

    async def names_of(self, contact: int) -> Mapping[str, Any]:
        """{thread_row, thread, contact}."""
        row = await self._row("thread_row_of", contact)
        assert row is not None
        return row

    async def root_of(self, contact: int) -> int:
        return await self._number("root_of", contact)

    async def members(self, contact: int) -> list[Mapping[str, Any]]:
        return await self._rows("members", contact)

    # merges

    async def join_contacts(self, winner: int, loser: int) -> None:
        await self._do("join_contacts", winner, loser)

    async def move_identities(self, winner: int, loser: int) -> list[int]:
        return [row["id"] for row in await self._rows("move_identities", winner, loser)]

    async def note_merge(
        self, winner: int, loser: int, agent: AgentId | None, rule: str | None, at: datetime, snapshot: Json
    ) -> int:
        return await self._number("note_merge", winner, loser, agent, rule, at, snapshot)

    async def merge(self, merge: int) -> Mapping[str, Any] | None:
        return await self._row("merge", merge)

    async def merges(self, contact: int) -> list[Mapping[str, Any]]:
        return await self._rows("merges", contact)

    async def begin_undo(self, merge: int, at: datetime, agent: AgentId | None) -> None:
        await self._do("begin_undo", merge, at, agent)

    async def end_undo(self, merge: int, at: datetime) -> None:
        await self._do("end_undo", merge, at)

    async def own_tree(self, contact: int) -> list[int]:
        return [row["id"] for row in await self._rows("own_tree", contact)]

    async def cut(self, contact: int) -> None:
        await self._do("cut", contact)

    async def give_back_identities(self, contact: int, homes: Sequence[int]) -> None:
        await self._do("give_back_identities", contact, list(homes))

    # suggestions and choices

    async def suggest(
        self, contact: int, identity: Identity, trust: Trust, reason: str, at: datetime
    ) -> None:
        await self._do(
            "suggest", contact, identity.kind, identity.scope, identity.value, identity.raw, int(trust), reason, at
        )  # fmt: skip

    async def suggestions(self, contact: int) -> list[Mapping[str, Any]]:
        return await self._rows("suggestions", contact)

    async def suggestion(self, row: int) -> Mapping[str, Any] | None:
        return await self._row("suggestion", row)

    async def decide_suggestion(self, row: int, state: str, agent: AgentId | None, at: datetime) -> None:
        await self._do("decide_suggestion", row, state, agent, at)

    async def candidates(self, contact: int) -> list[Mapping[str, Any]]:
        return await self._rows("candidates", contact)

    async def call_session(self, call: CallId) -> Mapping[str, Any] | None:
        return await self._row("call_session", str(call))

    async def entry_place(self, entry: int) -> Mapping[str, Any] | None:
        return await self._row("entry_place", entry)

    async def repoint_session(self, session: int, old: int, new: int, thread_row: int) -> list[int]:
        return [row["id"] for row in await self._rows("repoint_session", session, old, new, thread_row)]

    async def repoint_entries(self, first: int, old: int, new: int, thread_row: int) -> list[int]:
        return [row["id"] for row in await self._rows("repoint_entries", first, old, new, thread_row)]

    async def repoint_waiting(self, call: CallId, thread: ThreadId) -> None:
        await self._do("repoint_waiting", call, thread)

    # regathering

    async def ask_to_regather(self, contact: int, merge: int | None, at: datetime) -> int:
        return await self._number("ask_to_regather", contact, merge, at)

    async def lock_regathering(self) -> None:
        await self._do("lock_regathering")

    async def next_regathering(self) -> Mapping[str, Any] | None:
        return await self._row("next_regathering")

    async def regatherings(self, asked: Sequence[int]) -> list[int]:
        return [row["id"] for row in await self._rows("regatherings", list(asked))]

    async def watch_for_stragglers(self, job: int) -> None:
        await self._do("watch_for_stragglers", job)

    async def has_stragglers(self, since: datetime) -> bool:
        return bool(await self._link.fetchval(SQL["has_stragglers"], since))

    async def end_regathering(self, job: int) -> None:
        await self._do("end_regathering", job)

    async def tree_rows(self, contacts: Sequence[int]) -> tuple[list[int], list[int]]:
        """(threads, identities at home there)."""
        row = await self._row("tree_rows", list(contacts))
        assert row is not None
        return row["threads"], row["identities"]

    async def move_by_identity(self, key: int, after: int, size: int, target: int) -> Mapping[str, Any]:
        return await self._batch("move_by_identity", key, after, size, target)

    async def move_by_home(self, key: int, after: int, size: int, target: int) -> Mapping[str, Any]:
        return await self._batch("move_by_home", key, after, size, target)

    async def move_by_thread(self, key: int, after: int, size: int, target: int) -> Mapping[str, Any]:
        return await self._batch("move_by_thread", key, after, size, target)

    async def move_sessions(
        self, sources: Sequence[int], openers: Sequence[int], homes: Sequence[int], target: int
    ) -> None:
        await self._do("move_sessions", list(sources), list(openers), list(homes), target)

    async def move_work_items(
        self, sources: Sequence[int], openers: Sequence[int], homes: Sequence[int], target: int
    ) -> None:
        await self._do("move_work_items", list(sources), list(openers), list(homes), target)

    async def _batch(self, name: str, *arguments: object) -> Mapping[str, Any]:
        row = await self._row(name, *arguments)
        assert row is not None
        return row

    async def _do(self, name: str, *arguments: object) -> None:
        await self._link.execute(SQL[name], *arguments)

    async def _number(self, name: str, *arguments: object) -> int:
        found: int = await self._link.fetchval(SQL[name], *arguments)
        return found

    async def _row(self, name: str, *arguments: object) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL[name], *arguments)
        return None if row is None else dict(row)

    async def _rows(self, name: str, *arguments: object) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL[name], *arguments)]


def _held(row: Mapping[str, Any]) -> Held:
    externals = frozenset((scope, value) for scope, value in row["externals"])
    return Held(
        row["place"] - 1, row["id"], Candidate(row["contact_id"], row["customer_no"], externals),
        Trust(row["trust"]), row["is_shared"], row["last_seen"], ContactId(row["contact"]), ThreadId(row["thread"]),
        row["thread_row"], row["is_nameless"],
    )  # fmt: skip


def _fields(row: Mapping[str, Any]) -> Fields:
    return Fields(
        row["kind"], row["display_name"], row["locale"], row["tz"], row["customer_no"], dict(row["attrs"])
    )
