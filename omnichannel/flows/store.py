"""Rows of flows in writing. Statements are in queries.sql under the methods' names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from omnichannel.ports import StoredMessage
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer wrote and no flow has heard yet."""

    id: int
    thread_row: int
    endpoint_row: int
    identity_row: int
    entry: int
    words: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation as it is kept. `asked`: the question to the world whose answer is still to come."""

    id: int
    thread_row: int
    thread: ThreadId
    endpoint_row: int
    identity_row: int
    flow: str
    revision: int
    state: Json
    asked: Json | None
    path: tuple[str, ...]
    work_item: int | None


class WrittenStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    # secrets and entries

    async def secret(self, name: str) -> bytes | None:
        found: bytes | None = await self._link.fetchval(SQL["secret"], name)
        return found

    async def secret_names(self) -> frozenset[str]:
        return frozenset(row["name"] for row in await self._link.fetch(SQL["secret_names"]))

    async def keep_secret(self, name: str, sealed: bytes, now: datetime) -> None:
        await self._link.execute(SQL["keep_secret"], name, sealed, now)

    async def drop_secret(self, name: str) -> None:
        await self._link.execute(SQL["drop_secret"], name)

    async def entries(self) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["entries"])]

    async def set_entry(self, endpoint_row: int, flow: str, revision: int | None) -> None:
        await self._link.execute(SQL["set_entry"], endpoint_row, flow, revision)

    async def drop_entry(self, endpoint_row: int) -> None:
        await self._link.execute(SQL["drop_entry"], endpoint_row)

    async def entry_flow(self, endpoint_row: int) -> tuple[str, int | None] | None:
        row = await self._link.fetchrow(SQL["entry_flow"], endpoint_row)
        return None if row is None else (row["flow_id"], row["revision"])

    async def has_entry(self, endpoint_row: int, thread_row: int) -> bool:
        return bool(await self._link.fetchval(SQL["has_entry"], endpoint_row, thread_row))

    # words

    async def add_words(self, fact: StoredMessage) -> None:
        await self._link.execute(
            SQL["add_words"], fact.thread_row, fact.endpoint.row, fact.identity_row, fact.entry, fact.text,
            fact.at,
        )  # fmt: skip

    async def claim_words(self, now: datetime) -> Words | None:
        row = await self._link.fetchrow(SQL["claim_words"], now)
        return None if row is None else Words(*row)

    async def done_words(self, words: int) -> None:
        await self._link.execute(SQL["done_words"], words)

    async def put_off_words(self, words: int, until: datetime) -> None:
        await self._link.execute(SQL["put_off_words"], words, until)

    # conversations

    async def has_person(self, thread_row: int) -> bool:
        return bool(await self._link.fetchval(SQL["has_person"], thread_row))

    async def is_case_open(self, number: int) -> bool:
        return bool(await self._link.fetchval(SQL["is_case_open"], number))

    async def open_case(self, thread_row: int) -> int | None:
        found: int | None = await self._link.fetchval(SQL["open_case"], thread_row)
        return found

    async def ask_for(self, case_row: int, asked: Json) -> None:
        await self._link.execute(SQL["ask_for"], case_row, asked)

    async def live_session(self, thread_row: int, endpoint_row: int) -> Kept | None:
        return _kept(await self._link.fetchrow(SQL["live_session"], thread_row, endpoint_row))

    async def tapped(self, entry: int) -> str:
        found: str | None = await self._link.fetchval(SQL["tapped"], entry)
        return found or ""

    async def session_thread(self, row: int) -> int | None:
        found: int | None = await self._link.fetchval(SQL["session_thread"], row)
        return found

    async def session(self, row: int) -> Kept | None:
        return _kept(await self._link.fetchrow(SQL["session"], row))

    async def add_session(self, words: Words, flow: str, revision: int, state: Json, now: datetime) -> int:
        made: int = await self._link.fetchval(
            SQL["add_session"], words.thread_row, words.endpoint_row, words.identity_row, flow, revision,
            state, now,
        )  # fmt: skip
        return made

    async def save_session(self, kept: Kept, wake_at: datetime | None, ended_at: datetime | None) -> None:
        await self._link.execute(
            SQL["save_session"], kept.id, kept.state, kept.asked, list(kept.path), kept.work_item, wake_at,
            ended_at,
        )  # fmt: skip

    async def end_session(self, thread_row: int, endpoint_row: int, now: datetime) -> None:
        await self._link.execute(SQL["end_session"], thread_row, endpoint_row, now)

    async def due_sessions(self, now: datetime) -> list[int]:
        return [row["id"] for row in await self._link.fetch(SQL["due_sessions"], now)]

    async def asking_sessions(self) -> list[tuple[int, Json]]:
        return [(row["id"], row["asked"]) for row in await self._link.fetch(SQL["asking_sessions"])]

    async def next_wake(self) -> datetime | None:
        found: datetime | None = await self._link.fetchval(SQL["next_wake"])
        return found

    async def paths(self, thread_row: int) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._link.fetch(SQL["paths"], thread_row)]

    async def newest_path(self) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["newest_path"])
        return None if row is None else dict(row)

    async def known(self, thread_row: int, identity_row: int) -> Mapping[str, Any]:
        row = await self._link.fetchrow(SQL["known"], thread_row, identity_row)
        assert row is not None, "the words' own thread and identity"
        return dict(row)


def _kept(row: Any) -> Kept | None:
    if row is None:
        return None
    return Kept(
        row["id"], row["thread_id"], ThreadId(row["thread"]), row["endpoint_id"], row["identity_id"],
        row["flow_id"], row["revision"], row["state"], row["asked"], tuple(row["path"]), row["work_item"],
    )  # fmt: skip
