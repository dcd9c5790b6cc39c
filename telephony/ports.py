"""What telephony needs of the other rooms. `threadline.compose` passes the implementations in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, RecordingId, ReservationId, ThreadId
from threadline.kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as caller ID (a claim) tells. The flow's `contact` context is `facts`."""

    contact: ContactId
    thread: ThreadId
    facts: Json  # name, vip, language, tags, last_agent, open_tickets


@dataclass(frozen=True, slots=True)
class CallSummary:
    """An ended call as its thread entry shows it; the `meta` of the interaction has these very names."""

    call: CallId
    thread: ThreadId
    direction: str
    number: str | None
    entry: str
    language: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    outcome: Outcome
    path: Sequence[Json]  # [{"at", "step", "type", "label", "keys"}]
    queue: str | None = None
    wait_s: float | None = None
    agent: AgentId | None = None
    talk_s: float | None = None
    recordings: Sequence[RecordingId] = field(default_factory=tuple)


class ThreadBook(Protocol):
    """Conversations, as a call sees them (omnichannel.service)."""

    async def call_arrived(
        self, call: CallId, number: str | None, raw: str, entry: str, region: str, at: datetime, display: str | None
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
        self, thread: ThreadId, call: CallId, tags: Sequence[str], fields: Mapping[str, str], note: str | None, create_task: bool
    ) -> None:
        """A flow step's `thread:` block."""
        ...


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """A call asks for a person. `need` as in ivr_flows.effects.Need: [{"need": {...}, "for_s": 20 | None}]."""

    call: CallId
    queue: str
    thread: ThreadId
    priority: int
    need: Sequence[Json]
    prefer: Json | None
    caller: Json  # {"id", "from", "queue", "language", "path", "started_at"}: `pop.call`


@dataclass(frozen=True, slots=True)
class Place:
    """1 is next. `wait_s` is a measured range or None."""

    position: int
    wait_s: tuple[float, float] | None = None


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

    async def talk_over(self, reservation: ReservationId, reason: str) -> None:
        """The conversation is over: the agent is in wrap-up."""
        ...


class RecordingBook(Protocol):
    """Recordings (recordings.service). Row before file; the engine writes the file."""

    async def begin(self, call: CallId, kind: str, language: str | None, retention_s: int | None) -> tuple[RecordingId, Path]:
        """Inserts the row and says where the file is to be written. `kind`: call or voicemail."""
        ...

    async def finish(self, recording: RecordingId, seconds: float, language: str | None, spans: Sequence[Json]) -> None:
        """The file is complete: checksum, state ready, transcription queued. `spans` as in the table."""
        ...


class Voice(Protocol):
    """Text to speech, in a process of its own (telephony.voices)."""

    async def prompt(self, text: str, language: str) -> Path:
        """A raw mu-law 8 kHz file of `text`, from the cache or made now. Raises VoiceUnavailable."""
        ...
