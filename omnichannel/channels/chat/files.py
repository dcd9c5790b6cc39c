"""Gives the files a visitor uploaded to the entry of the message he sent them with."""

import logging
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from omnichannel.channels.chat.channel import KIND
from omnichannel.channels.chat.store import ChatStore
from omnichannel.ports import StoredMessage
from threadline.db.pool import Connection
from threadline.kernel.errors import NotFound

log = logging.getLogger(__name__)


class Uploads(Protocol):
    """What is needed of omnichannel.attachments."""

    async def attach(
        self, link: Connection, files: Sequence[UUID], interaction: int, *, uploaded_by: str | None = None
    ) -> None:
        """Raises NotFound."""
        ...


class ChatFiles:
    """omnichannel.ports.Follower."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        if fact.endpoint.kind != KIND or fact.direction != "in":
            return ()
        files, uploaded_by = await ChatStore(link).brought(fact.entry)
        if not files or uploaded_by is None:
            return ()
        try:
            await self._uploads.attach(link, files, fact.entry, uploaded_by=uploaded_by)
        except NotFound:
            log.warning("files of a chat message are gone", extra={"entry": fact.entry, "files": len(files)})
        return ()
