"""The rows of mailboxes: how far they are taken, which ids lead where, and what machines wrote to whom."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Mark:
    """The last UID of a folder that is committed."""

    uid_validity: int
    uid: int
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail that is referred to stands; the numbers are row ids."""

    entry: int
    thread_row: int
    thread: ThreadId
    work_item: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it was stored."""

    key: str | None
    reply_to: int | None
    meta: Json


def id_hash(message_id: str) -> bytes:
    """As which a Message-ID stands in `email_ref`; the part before the @ tells cases apart, RFC 5322 section 3.6.4."""
    return hashlib.sha256(message_id.strip().encode()).digest()[:16]


class EmailStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def mark(self, endpoint_row: int, folder: str) -> Mark | None:
        row = await self._link.fetchrow(SQL["mark"], endpoint_row, folder)
        return None if row is None else Mark(row["uid_validity"], row["uid"], row["moved_at"])

    async def move_mark(
        self, endpoint_row: int, folder: str, uid_validity: int, uid: int, at: datetime
    ) -> None:
        await self._link.execute(SQL["move_mark"], endpoint_row, folder, uid_validity, uid, at)

    async def leave_ids(self, key: str, message_ids: Sequence[str]) -> None:
        hashes = [id_hash(one) for one in message_ids]
        await self._link.execute(SQL["leave_ids"], key, hashes, list(message_ids))

    async def count_automatic(self, endpoint_row: int, address: str, since: datetime, key: str) -> int:
        return int(await self._link.fetchval(SQL["count_automatic"], endpoint_row, address, since, key))

    async def add_automatic(
        self, endpoint_row: int, address: str, key: str, at: datetime, forget_before: datetime
    ) -> None:
        await self._link.execute(SQL["add_automatic"], endpoint_row, address, key, at, forget_before)

    async def is_suppressed(self, address: str) -> bool:
        return bool(await self._link.fetchval(SQL["is_suppressed"], address))

    async def letter(self, entry: int) -> Letter | None:
        row = await self._link.fetchrow(SQL["letter"], entry)
        return None if row is None else Letter(row["provider_msg_id"], row["reply_to_id"], row["meta"])

    async def referred(self, message_ids: Sequence[str], but: int) -> list[Place]:
        rows = await self._link.fetch(SQL["referred"], [id_hash(one) for one in message_ids], but)
        return [_place(row) for row in rows]

    async def entry_place(self, entry: int) -> Place | None:
        row = await self._link.fetchrow(SQL["entry_place"], entry)
        return None if row is None else _place(row)

    async def work_item_of(self, numbers: Sequence[int], thread_row: int) -> int | None:
        found: int | None = await self._link.fetchval(SQL["work_item_of"], list(numbers), thread_row)
        return found

    async def add_refs(self, entry: int, message_ids: Sequence[str], kind: str) -> None:
        await self._link.execute(SQL["add_refs"], entry, [id_hash(one) for one in message_ids], kind)

    async def place(self, entry: int, reply_to: int | None, work_item: int | None) -> None:
        await self._link.execute(SQL["place"], entry, reply_to, work_item)

    async def cross_link(self, entry: int, other: Place) -> None:
        await self._link.execute(SQL["cross_link"], entry, str(other.thread), str(other.entry))

    async def add_note(self, place: Place, at: datetime, text: str, meta: Json) -> int:
        row: int = await self._link.fetchval(
            SQL["add_note"], place.thread_row, at, text, place.work_item, meta
        )
        return row

    async def keep_raw(self, entry: int, endpoint_row: int, key: str) -> None:
        await self._link.execute(SQL["keep_raw"], entry, endpoint_row, key)

    async def raw(self, entry: int) -> bytes | None:
        """The mail an entry was made of."""
        found: bytes | None = await self._link.fetchval(SQL["raw"], entry)
        return found


def _place(row: Any) -> Place:
    return Place(row["entry"], row["thread_row"], ThreadId(row["thread"]), row["work_item"])
