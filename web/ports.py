"""What the web room needs of the others. `threadline.compose` passes the implementations in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ContactId, RecordingId, ThreadId


class Agent(Protocol):
    """Someone who can sign in."""

    @property
    def id(self) -> AgentId: ...
    @property
    def login(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def extension(self) -> str | None: ...
    @property
    def wrap_up_s(self) -> int: ...


class Signed(Protocol):
    """A live web session: whose it is and the token its unsafe requests must carry."""

    @property
    def agent(self) -> Agent: ...
    @property
    def csrf(self) -> str: ...


class Principal(Protocol):
    """What a bearer token stands for; `agent` is None for a token of a machine."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def agent(self) -> Agent | None: ...
    @property
    def scopes(self) -> frozenset[str] | None: ...


class People(Protocol):
    """Agents, sessions and tokens (omnichannel.people)."""

    async def authenticate(self, login: str, password: str) -> Agent | None:
        """Takes the same time whether or not the login exists."""
        ...

    async def open_session(self, agent: AgentId, ttl_s: float) -> tuple[str, str]:
        """(token for the cookie, CSRF token)."""
        ...

    async def session(self, token: str) -> Signed | None: ...

    async def close_session(self, token: str) -> None: ...

    async def token(self, bearer: str) -> Principal | None: ...

    async def set_locale(self, agent: AgentId, locale: str) -> None: ...


class Threads(Protocol):
    """Contacts and their timelines (omnichannel.threads)."""

    async def contacts(self, identity: str, region: str) -> list[Json]: ...

    async def contact(self, contact: ContactId) -> Json:
        """Raises NotFound."""
        ...

    async def timeline(self, thread: ThreadId, before: str | None, limit: int, channel: str | None) -> Json:
        """{"entries": newest first, "next": str | None}. Raises NotFound, Invalid on a foreign cursor."""
        ...

    async def add_message(
        self,
        *,
        thread: ThreadId | None,
        identity: tuple[str, str] | None,
        channel: str,
        direction: str,
        text: str,
        html: str | None = None,
        subject: str | None = None,
        at: datetime | None = None,
        actor: AgentId | None,
        provider_msg_id: str | None = None,
        endpoint: str | None = None,
    ) -> Json: ...

    async def add_note(self, thread: ThreadId, agent: AgentId, text: str) -> Json: ...

    async def wrap_up(
        self, call: CallId, code: str | None, titles: Mapping[str, str], agent: AgentId
    ) -> None:
        """What became of a call; None takes it back. Raises NoSuchThread."""
        ...


class Router(Protocol):
    """Agents' states and queues (omnichannel.routing.service)."""

    async def set_state(self, agent: AgentId, state: AgentState, reason: str | None = None) -> None:
        """Raises Refused on a move the state machine does not have."""
        ...

    async def states(self) -> list[Json]:
        """[{agent, login, name, state, reason, since, until, call}]."""
        ...

    async def queues(self) -> list[Json]: ...


class Audio(Protocol):
    """A file to play."""

    @property
    def path(self) -> Path: ...
    @property
    def mime(self) -> str: ...


class Recordings(Protocol):
    """Recordings and transcripts (recordings.service)."""

    async def audio(self, recording: RecordingId) -> Audio:
        """Raises NotFound."""
        ...

    async def transcript(self, recording: RecordingId) -> Json:
        """{state, engine, language, detail, segments}. Raises NotFound."""
        ...

    async def waveform(self, recording: RecordingId) -> Json:
        """{seconds, lanes, masked}. Raises NotFound."""
        ...

    async def detail(self, recording: RecordingId) -> Json:
        """{call, state, ...}: who may hear it follows from the call. Raises NotFound."""
        ...

    async def for_call(self, call: CallId) -> list[Json]: ...


class Calls(Protocol):
    """Running and past calls (telephony.service)."""

    async def detail(self, call: CallId) -> Json:
        """Raises NotFound."""
        ...

    async def hold(self, call: CallId, agent: AgentId) -> None: ...

    async def resume(self, call: CallId, agent: AgentId) -> None: ...

    async def hang_up(self, call: CallId, agent: AgentId) -> None: ...

    async def decline(self, call: CallId, agent: AgentId, why: str) -> None: ...

    async def mute(self, call: CallId, agent: AgentId, *, muted: bool) -> None: ...

    async def press(self, call: CallId, agent: AgentId, keys: str) -> None: ...

    def active(self) -> Sequence[Json]: ...


class Operations(Protocol):
    """What an operator sees and does (telephony.operations)."""

    def overview(self) -> Json: ...

    def lift_ban(self, address: str, by: str) -> None:
        """Raises NotFound."""
        ...

    async def metrics(self) -> bytes: ...

    def ladder(self, call: CallId, *, bodies: bool) -> str:
        """Raises NotFound when nothing of the call is kept any more."""
        ...

    def pcap(self, call: CallId, *, bodies: bool) -> bytes:
        """As `ladder`."""
        ...


class OpenedFile(Protocol):
    """How a file is handed to a browser."""

    @property
    def path(self) -> Path: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def is_shown(self) -> bool:
        """It may be drawn in place."""
        ...


class KeptFile(Protocol):
    """A file in the vault."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def bytes(self) -> int: ...


class Files(Protocol):
    """The vault of files (omnichannel.attachments)."""

    @property
    def file_max(self) -> int:
        """Bytes of the largest file taken."""
        ...

    async def keep(self, name: str, mime: str, data: bytes, *, uploaded_by: str | None) -> KeptFile:
        """Raises Refused."""
        ...

    async def open(self, file: UUID) -> OpenedFile:
        """Raises NotFound."""
        ...

    async def open_link(self, file: UUID, until: str, signature: str) -> OpenedFile:
        """Raises NotFound, for a bad signature too."""
        ...
