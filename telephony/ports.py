"""What telephony needs of the other rooms. `threadline.compose` passes the implementations in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from threadline.kernel.customers import Caller, CallSummary
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, RecordingId, ReservationId, ThreadId
from threadline.kernel.queueing import Place, QueueRequest

__all__ = [
    "Attendance",
    "CallSummary",
    "CallbackDesk",
    "Caller",
    "Desks",
    "Dispatcher",
    "Place",
    "QueueBook",
    "QueueRequest",
    "RecordingBook",
    "ThreadBook",
    "Voice",
]


class ThreadBook(Protocol):
    """Conversations, as a call sees them (omnichannel.service)."""

    async def call_arrived(
        self,
        call: CallId,
        number: str | None,
        raw: str,
        entry: str,
        region: str,
        at: datetime,
        display: str | None,
        *,
        is_outbound: bool = False,
    ) -> Caller:
        """Finds or makes the contact and thread, opens the session and its timeline entry.

        `number` is E.164 or None when withheld. Idempotent by `call`.
        """
        ...

    async def call_ended(self, summary: CallSummary) -> None:
        """Completes the call's timeline entry. Idempotent: the last one wins."""
        ...

    async def remember_language(self, contact: ContactId, language: str) -> None: ...

    async def annotate(
        self,
        thread: ThreadId,
        call: CallId,
        tags: Sequence[str],
        fields: Mapping[str, str],
        note: str | None,
        create_task: bool,
    ) -> None:
        """A flow step's `thread:` block."""
        ...


class Dispatcher(Protocol):
    """Routing, as a call sees it (omnichannel.routing.service). Offers come as OfferMade events."""

    async def join(self, request: QueueRequest) -> Place | str:
        """A place, or why there is none: full, no_agents, closed. Idempotent by call."""
        ...

    async def place(self, call: CallId) -> Place | None: ...

    async def leave(self, call: CallId, reason: str) -> None:
        """The customer no longer waits; an open offer is withdrawn (OfferClosed, reason caller_left)."""
        ...

    async def answered(self, reservation: ReservationId) -> bool:
        """The agent picked up. False: the offer was over already, hang up on him."""
        ...

    async def missed(self, reservation: ReservationId, reason: str) -> None:
        """No answer in time (missed), refused (declined) or not reachable (unreachable): the call regains its place."""
        ...

    async def talk_goes_on(self, reservation: ReservationId, call: CallId) -> None:
        """The agent talks in another call from now on; whoever had that one is done with it. Unknown ones: nothing."""
        ...

    async def talk_over(self, reservation: ReservationId, reason: str) -> None:
        """The conversation is over: the agent is in wrap-up."""
        ...


class QueueBook(Protocol):
    """Queues, as a flow asks about them before it joins one (omnichannel.routing.service)."""

    async def queue_facts(self, queue: str) -> Mapping[str, Any]:
        """{waiting, agents_ready, agents_logged_in, ewt_p50, ewt_p75, longest_wait, is_open}.

        Counts are ints, times seconds; the estimates are None where nothing was measured lately. Raises
        NoSuchQueue (a NotFound).
        """
        ...


class CallbackDesk(Protocol):
    """Who calls customers back (telephony.callbacks)."""

    async def request_callback(
        self,
        call: CallId,
        *,
        queue: str | None,
        number: str,
        keep_place: bool,
        window: tuple[datetime, datetime] | None,
        attempts: int,
        retry_after_s: float,
        expires_s: float,
    ) -> str:
        """Writes a ticket that waits in the call's stead, and returns its id.

        `queue` None is the one the call waits in. `keep_place`: the ticket stands where the call stood, which gives
        its place up. `window`: when it may be dialled. Raises CallbackRefused.
        """
        ...


class Desks(Protocol):
    """Where agents sit (omnichannel.people)."""

    async def extension_of(self, agent: AgentId) -> str | None:
        """The SIP account that rings for this person."""
        ...

    async def phone_of(self, agent: AgentId) -> str:
        """What rings for this person: sip (the account above), browser (the page) or mobile (the number below)."""
        ...

    async def mobile_of(self, agent: AgentId) -> str | None:
        """His mobile phone in E.164."""
        ...

    async def agent_at(self, extension: str) -> AgentId | None:
        """Whose extension it is."""
        ...

    async def login_of(self, agent: AgentId) -> str:
        """By what name he is known to operators. Raises NoSuchAgent (a NotFound)."""
        ...

    async def name_of(self, agent: AgentId) -> str:
        """By what name he is known to colleagues. Raises NoSuchAgent (a NotFound)."""
        ...


class Attendance(Protocol):
    """Who is on a call that no queue gave him (threadline.dialling); as often begun as ended."""

    async def is_free(self, agent: AgentId) -> bool:
        """He neither talks nor is rung, by a queue or otherwise."""
        ...

    async def begins(self, agent: AgentId) -> None:
        """No offers reach him meanwhile."""
        ...

    async def ends(self, agent: AgentId) -> None:
        """They do again, if they did before; a wrap-up that was interrupted goes on."""
        ...

    async def serves(self, agent: AgentId, call: CallId, queue: str | None) -> None:
        """The customer of this call is his from now on: he talks. `queue`: where she had waited."""
        ...

    async def served(self, agent: AgentId, call: CallId) -> None:
        """She no longer is: he wraps up, and is then what he was before."""
        ...


class RecordingBook(Protocol):
    """Recordings (recordings.service). Row before file; the engine writes the file."""

    async def begin(
        self, call: CallId, kind: str, language: str | None, retention_s: int | None
    ) -> tuple[RecordingId, Path]:
        """Inserts the row and says where the file is to be written. `kind`: call or voicemail."""
        ...

    async def progress(self, recording: RecordingId, language: str | None, spans: Sequence[Json]) -> None:
        """Keeps what is known so far, for a crash; the last span may be open (`to_s` None)."""
        ...

    async def finish(
        self,
        recording: RecordingId,
        seconds: float,
        language: str | None,
        spans: Sequence[Json],
        *,
        transcribe: bool = True,
    ) -> None:
        """The file is complete: checksum, state ready, transcription queued if wanted. `spans` as in the table."""
        ...


class Voice(Protocol):
    """Text to speech, in a process of its own (telephony.voices)."""

    async def prompt(self, text: str, language: str) -> Path:
        """A raw mu-law 8 kHz file of `text`, from the cache or made now. Raises VoiceUnavailable."""
        ...

    async def encode_file(self, path: Path) -> Path:
        """The same of any audio file. Raises VoiceUnavailable when it can't be read as one."""
        ...

    async def music(self, name: str) -> Path: ...

    async def beep(self) -> Path: ...
