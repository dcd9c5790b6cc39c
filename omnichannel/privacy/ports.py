"""What privacy needs of other rooms. `threadline.compose` passes it in."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from threadline.db.pool import Connection
from threadline.kernel.events import Json


class Jobs(Protocol):
    """Background work that outlives the process that took it (recordings.jobs)."""

    def handle(self, kind: str, handler: Callable[[Json], Awaitable[None]], *, attempts: int = 3) -> None: ...

    def every(self, kind: str, seconds: float, handler: Callable[[Json], Awaitable[None]]) -> None: ...

    async def enqueue(
        self, link: Connection, kind: str, payload: Json, *, delay_s: float = 0, once: str | None = None
    ) -> None: ...


class Tape(Protocol):
    """A recording of a call: its facts with the transcript as JSON, and its file if that is there."""

    @property
    def id(self) -> UUID: ...
    @property
    def facts(self) -> Json: ...
    @property
    def path(self) -> Path | None: ...


class Tapes(Protocol):
    """Recordings and transcripts (recordings.forgetting)."""

    async def of_calls(self, calls: Sequence[UUID]) -> Sequence[Tape]: ...

    async def forget(self, calls: Sequence[UUID]) -> int:
        """File, row and transcript of everything recorded of these calls; how many there were."""
        ...

    async def expire_recordings(self, before: datetime, limit: int) -> int: ...

    async def expire_transcripts(self, before: datetime, limit: int) -> int: ...


class Contents(Protocol):
    """Where files of messages lie (omnichannel.attachments)."""

    def content(self, sha256: str) -> Path: ...

    async def drop_contents(self, names: Sequence[str]) -> None:
        """Removes those no row names any more, at once."""
        ...
