"""The rows of messages: entries, receipts, files that are still with a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.channels.port import File
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about to become an entry. The numbers are row ids."""

    thread_row: int
    endpoint_row: int
    identity_row: int | None
    kind: str
    channel: str
    direction: str
    actor_kind: str
    actor: AgentId | None
    at: datetime
    provider_msg_id: str | None
    reply_to: int | None
    status: str
    preview: str
    text: str
    html: str | None
    meta: Json


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_unsure`: the last attempt to send it ended without an answer."""

    status: str | None
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class Early:
    """A receipt that came before we knew whose it is."""

    status: str
    code: str | None
    detail: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A message of ours that may be out. `is_leaving`: an attempt runs at this moment."""

    entry: int
    text: str
    is_leaving: bool


class MessageStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_message(self, new: NewMessage) -> int | None:
        """The id of the entry; None when its provider delivered it before."""
        found: int | None = await self._link.fetchval(
            SQL["add_message"], new.thread_row, new.endpoint_row, new.identity_row, new.kind, new.channel,
            new.direction, new.actor_kind, new.actor, new.at, new.provider_msg_id, new.reply_to, new.status,
            new.preview, new.text, new.html, new.meta,
        )  # fmt: skip
        return found

    async def message_of(self, endpoint_row: int, provider_msg_id: str) -> int | None:
        return await self._number("message_of", endpoint_row, provider_msg_id)

    async def shown(self, entry: int) -> Mapping[str, Any] | None:
        row = await self._link.fetchrow(SQL["shown"], entry)
        return None if row is None else dict(row)

    async def thread_row(self, thread: ThreadId) -> int | None:
        return await self._number("thread_row", thread)

    async def status(self, entry: int) -> Standing | None:
        row = await self._link.fetchrow(SQL["status"], entry)
        if row is None:
            return None
        return Standing(row["status"], row["unsure_at"] is not None)

    async def set_status(self, entry: int, shown: str, said: Early) -> None:
        """`shown` is what the entry shows now, `said` what the provider (or we) said of it."""
        delivery: Json = {
            "status": said.status,
            "code": said.code,
            "detail": said.detail,
            "at": said.at.isoformat(),
        }
        await self._link.execute(
            SQL["set_status"], entry, shown, delivery, said.status, said.code, said.detail, said.at
        )  # fmt: skip

    async def sent_until(self, identity_row: int, endpoint_row: int, until: datetime) -> list[int]:
        rows = await self._link.fetch(SQL["sent_until"], identity_row, endpoint_row, until)
        return [row["id"] for row in rows]

    async def keep_early_status(
        self, endpoint_row: int, provider_msg_id: str, said: Early, now: datetime
    ) -> None:
        await self._link.execute(
            SQL["keep_early_status"], endpoint_row, provider_msg_id, said.status, said.code, said.detail, said.at, now
        )  # fmt: skip

    async def take_early_statuses(self, endpoint_row: int, provider_msg_ids: Sequence[str]) -> list[Early]:
        rows = await self._link.fetch(SQL["take_early_statuses"], endpoint_row, list(provider_msg_ids))
        return [Early(row["status"], row["code"], row["detail"], row["at"]) for row in rows]

    async def prune_early_statuses(self, before: datetime) -> None:
        await self._link.execute(SQL["prune_early_statuses"], before)

    async def lock_name(self, provider_msg_id: str) -> None:
        await self._link.execute(SQL["lock_name"], provider_msg_id)

    async def name_message(self, entry: int, provider_msg_id: str) -> bool:
        """False where the id is another entry's, or the entry has one."""
        return await self._number("name_message", entry, provider_msg_id) is not None

    async def add_alias(self, endpoint_row: int, provider_msg_id: str, entry: int) -> None:
        await self._link.execute(SQL["add_alias"], endpoint_row, provider_msg_id, entry)

    async def drop_copy(self, entry: int) -> bool:
        return await self._number("drop_copy", entry) is not None

    async def add_meta(self, entry: int, meta: Json) -> None:
        await self._link.execute(SQL["add_meta"], entry, meta)

    async def ours_by_key(self, key: str, endpoint_row: int) -> int | None:
        return await self._number("ours_by_key", key, endpoint_row)

    async def ours_under_way(self, endpoint_row: int, identity_row: int, now: datetime) -> list[UnderWay]:
        rows = await self._link.fetch(SQL["ours_under_way"], endpoint_row, identity_row, now)
        return [UnderWay(row["interaction_id"], row["text"] or "", bool(row["is_leaving"])) for row in rows]

    async def html(self, entry: int) -> str | None:
        found: str | None = await self._link.fetchval(SQL["html"], entry)
        return found

    async def files(self, entry: int) -> dict[str, UUID]:
        """Inline images by content id."""
        return {row["content_id"]: row["id"] for row in await self._link.fetch(SQL["files"], entry)}

    async def add_pending_file(self, file_id: UUID, entry: int, file: File, at: datetime) -> None:
        await self._link.execute(
            SQL["add_pending_file"], file_id, entry, file.name, file.mime, file.content_id, file.url, at
        )

    async def add_lost_file(
        self, file_id: UUID, entry: int, file: File, state: str, detail: str, at: datetime
    ) -> None:
        await self._link.execute(
            SQL["add_lost_file"], file_id, entry, file.name, file.mime, file.content_id, state, detail, at
        )

    async def _number(self, name: str, *arguments: object) -> int | None:
        found: int | None = await self._link.fetchval(SQL[name], *arguments)
        return found
