"""What this room needs of others, and what its own parts need of one another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from omnichannel.channels.port import Endpoint, StoredFile
from omnichannel.identity import Identity, Trust
from omnichannel.store import Owner
from threadline.db.pool import Connection
from threadline.kernel.ids import AgentId, ThreadId


class Seal(Protocol):
    """Keeps secrets in the database unreadable without the server's key (threadline.secret_key)."""

    def seal(self, plain: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes:
        """Raises ThreadlineError for what another key sealed."""
        ...


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that became an entry of a thread just now, within the transaction that stores it.

    `is_echo`: it left by the provider's own inbox. `by`: the customer, an agent, a rule of ours, or a machine.
    """

    entry: int
    thread_row: int
    thread: ThreadId
    endpoint: Endpoint
    identity_row: int | None
    direction: Literal["in", "out"]
    is_automatic: bool
    is_echo: bool
    by: Literal["customer", "agent", "rule", "system"]
    at: datetime
    text: str
    subject: str | None
    agent: AgentId | None = None  # who wrote it, of our own people


class Follower(Protocol):
    """Does something of its own for every new message, in and out, in the same transaction: both happen or neither."""

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """Returns the entries it added to threads, whose pages are told once all is committed."""
        ...


class Mentioned(Protocol):
    """Notes who is named in a note (omnichannel.cases), within the note's transaction."""

    async def __call__(
        self, link: Connection, entry: int, text: str, by: AgentId | None, /
    ) -> Sequence[AgentId]: ...


class Meet(Protocol):
    """Finds or makes the contact behind identities, the main one first, and attaches the others as trust allows.

    Takes the identities' locks; the caller's transaction holds them.
    """

    async def __call__(
        self, link: Connection, known: Sequence[tuple[Identity, Trust]], at: datetime, display: str | None
    ) -> Owner: ...


class Kept(Protocol):
    """A file in the vault."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class Files(Protocol):
    """The vault of files (omnichannel.attachments)."""

    async def keep(
        self,
        name: str,
        mime: str,
        data: bytes,
        *,
        uploaded_by: str | None,
        content_id: str | None = None,
        link: "Connection | None" = None,
        interaction: int | None = None,
    ) -> Kept:
        """Raises Refused for a file nobody should open."""
        ...

    async def stored(self, file: UUID) -> StoredFile:
        """Raises NotFound."""
        ...

    def url(self, file: UUID, expires_s: float) -> str: ...

    async def attach(
        self, link: Connection, files: Sequence[UUID], interaction: int, *, uploaded_by: str | None = None
    ) -> None:
        """Raises NotFound for one that is not his."""
        ...


CleanHtml = Callable[[str], str]
"""What is left of a message's HTML once nothing in it can run or reach out."""
