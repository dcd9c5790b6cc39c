"""The words of who called and how the call went, shared by telephony and omnichannel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, RecordingId, ThreadId
from threadline.kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as caller ID (a claim) tells. `facts` is a flow's `contact`, `conversation` its `thread`."""

    contact: ContactId
    thread: ThreadId
    facts: Json  # name, vip, language, tags, last_agent, open_tickets
    conversation: Json = field(default_factory=dict)  # channels, last_message_at


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
