"""Request and reply bodies: what is checked at the door and what /api/docs shows.

Requests refuse unknown keys. Replies name the keys a client may rely on; more may be there.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Locale = Literal["vi-VN", "en-US"]
RoleName = Literal["agent", "supervisor", "admin"]
StateName = Literal["logged_out", "ready", "offered", "talking", "wrap_up", "missed", "away"]


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("may not contain a NUL character")
    return text


ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_no_nul)
]
SubjectText = Annotated[  # a header line, RFC 5322 section 2.1.1
    str, StringConstraints(min_length=1, max_length=998, strip_whitespace=True), AfterValidator(_no_nul)
]
LongText = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True), AfterValidator(_no_nul)
]
Html = Annotated[str, StringConstraints(min_length=1, max_length=500_000), AfterValidator(_no_nul)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class SignIn(Request):
    login: Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_nul)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_no_nul)]


class SessionChange(Request):
    locale: Locale


class StateChange(Request):
    """The states a person chooses; the others follow from calls."""

    state: Literal["ready", "away", "logged_out"]
    reason: ShortText | None = None


class NewNote(Request):
    text: LongText


class Identity(Request):
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    value: ShortText


class NewMessage(Request):
    """To a thread that is known, or to whoever the identity belongs to (found or made)."""

    thread: UUID | None = None
    identity: Identity | None = None
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    direction: Literal["in", "out"]
    text: LongText
    html: Html | None = None
    subject: SubjectText | None = None
    at: AwareDatetime | None = None
    provider_msg_id: ShortText | None = None
    endpoint: ShortText | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "NewMessage":
        if (self.thread is None) == (self.identity is None):
            raise ValueError("give either thread or identity")
        return self


class ContactQuery(Request):
    identity: ShortText


class TimelineQuery(Request):
    """`channel`: only what came or went by it; `voice` are the calls, `internal` notes and events."""

    before: ShortText | None = None
    limit: int = Field(default=50, ge=1, le=200)
    channel: ShortText | None = None


class ErrorBody(Reply):
    code: str
    message: str
    field: str | None = None


class ErrorReply(Reply):
    error: ErrorBody


class HealthReply(Reply):
    status: Literal["ok", "draining", "degraded"]
    version: str


class AgentSelf(Reply):
    id: UUID
    login: str
    name: str
    role: RoleName
    locale: str
    extension: str | None
    wrap_up_s: int


class SessionReply(Reply):
    """`agent` is null when nobody is signed in. `csrf` goes into X-CSRF-Token of every unsafe request."""

    agent: AgentSelf | None
    csrf: str | None
    locale: str


class ContactReply(Reply):
    id: str


class ContactsReply(Reply):
    contacts: list[ContactReply]


class Actor(Reply):
    kind: str
    id: str | None = None
    name: str | None = None


class Entry(Reply):
    """One row of a timeline. `call` holds the facts of a call: path, queue, wait_s, agent, recordings, outcome.

    Of a message: `endpoint` is the address of ours, `html` says that GET /api/entries/{id}/html shows it, `delivery`
    {status, code, detail, at} what became of it, `attachments` [{id, name, mime, bytes, state, content_id}].
    """

    id: str
    thread: UUID
    kind: str
    channel: str
    direction: Literal["in", "out", "none"]
    actor: Actor
    at: datetime
    preview: str | None
    text: str | None = None
    subject: str | None = None
    status: str | None = None
    call: dict[str, Any] | None = None
    endpoint: str | None = None
    html: bool = False
    delivery: dict[str, Any] | None = None
    reply_to: str | None = None
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    meta: dict[str, Any] = Field(default_factory=dict)


class TimelineReply(Reply):
    """Newest first; `next` is the `before` of the following page, null at the beginning of the thread."""

    entries: list[Entry]
    next: str | None


class CallReply(Reply):
    id: UUID
    state: str
    thread: UUID | None
    agent: UUID | None
    path: list[dict[str, Any]]


class AgentRow(Reply):
    agent: UUID
    login: str
    name: str
    state: StateName
    reason: str | None
    since: datetime | None
    until: datetime | None
    call: UUID | None


class AgentsReply(Reply):
    agents: list[AgentRow]


class QueueRow(Reply):
    id: str


class QueuesReply(Reply):
    queues: list[QueueRow]


class Segment(Reply):
    """Seconds from the start of the recording; `speaker` is customer, agent or system."""

    speaker: str
    t0: float
    t1: float
    text: str


class TranscriptReply(Reply):
    state: Literal["queued", "running", "ready", "waiting_for_model", "failed"]
    engine: str | None
    language: str | None
    detail: str | None
    segments: list[Segment]


class MaskedSpan(Reply):
    from_s: float
    to_s: float


class WaveformReply(Reply):
    """`lanes`: the customer's first, then everyone else's; heights from 0 to 255, evenly over `seconds`."""

    seconds: float
    lanes: list[list[int]]
    masked: list[MaskedSpan]


class Done(Reply):
    done: Literal[True] = True
