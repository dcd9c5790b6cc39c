"""Files of incoming messages: those that came with them are kept at once, the others fetched from their provider."""

import logging
from collections.abc import Sequence
from typing import Final

from omnichannel.channels.port import File
from omnichannel.correspondence.store import MessageStore
from omnichannel.ports import Files
from threadline.db.pool import Connection
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Refused
from threadline.kernel.ids import uuid7

log = logging.getLogger(__name__)

FILES_MAX: Final = 50
NAME_CHARS: Final = 200
NO_VAULT: Final = "This server keeps no files."


class IncomingFiles:
    """Takes over what a message brings, in the transaction that stores the message."""

    def __init__(self, clock: Clock, vault: Files | None) -> None:
        self._clock = clock
        self._vault = vault

    async def take(self, link: Connection, entry: int, files: Sequence[File]) -> None:
        for file in files[:FILES_MAX]:
            if file.data is not None:
                await self._keep(link, entry, file, file.data)
            elif file.url is not None:
                now = self._clock.now()
                await MessageStore(link).add_pending_file(uuid7(now), entry, _named(file), now)

    async def _keep(self, link: Connection, entry: int, file: File, data: bytes) -> None:
        if self._vault is None:
            await self._lost(link, entry, file, "lost", NO_VAULT)
            return
        try:
            await self._vault.keep(
                file.name, file.mime, data, uploaded_by=None, content_id=file.content_id, link=link, interaction=entry
            )  # fmt: skip
        except Refused as refused:
            await self._lost(link, entry, file, "refused", str(refused))

    async def _lost(self, link: Connection, entry: int, file: File, state: str, detail: str) -> None:
        now = self._clock.now()
        await MessageStore(link).add_lost_file(uuid7(now), entry, _named(file), state, detail, now)


def _named(file: File) -> File:
    """A name that is only a name, until the vault has looked at the file itself."""
    name = file.name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in name if char.isprintable())[:NAME_CHARS] or "file"
    return File(shown, file.mime[:NAME_CHARS], file.data, file.url, file.url_headers, file.content_id)
