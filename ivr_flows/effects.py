"""What a running flow asks of the world. Plain data; a channel carries each out as it can.

The engine never waits: where it needs to hear how an effect went, a matching input (`ivr_flows.inputs`)
comes back. Every `play` number is unique within its session.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from threadline.kernel.events import Json, JsonValue


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing to say, variables filled in. `audio` (a file beside the flow) wins over `ssml`, that over `text`.

    A flow's own voice is part of the language when it is spoken: `vi-VN-x-female`.
    """

    prompt: str | None
    language: str
    text: str
    audio: str | None = None
    ssml: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Pick up. Sent at most once, before the first Play that is not early."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the call before answer."""

    cause: Literal["busy", "rejected", "unallocated"]


@dataclass(frozen=True, slots=True)
class Play:
    """Say these in order; answer with PlayDone(play) when the last has ended or was stopped."""

    play: int
    items: tuple[Spoken, ...]
    early: bool = False


@dataclass(frozen=True, slots=True)
class PlayMusic:
    """Loop a named music until StopPlay or another Play. No PlayDone comes back."""

    play: int
    music: str


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Barge-in or a step left: stop this play at once."""

    play: int


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The call's language from here on; `remember` also stores it on the contact."""

    language: str
    remember: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """Start, stop, mask or unmask the recording of this call."""

    action: Literal["start", "stop", "mask", "unmask"]
    retention_s: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One relaxation step: skill to minimum level, for this long; the last has `for_s` None.

    `any_of`: beside `need`, at least one of these is met as a whole; empty: nothing more.
    """

    need: dict[str, int]
    for_s: float | None
    any_of: tuple[dict[str, int], ...] = ()

    def to_json(self) -> Json:
        """As routing reads it."""
        return {"need": {**self.need}, "for_s": self.for_s, "any_of": [{**one} for one in self.any_of]}


@dataclass(frozen=True, slots=True)
class EnterQueue:
    """Wait for a person. Answer: QueueRefused, or QueuePlace now and at each change, then AgentJoined.

    `hard` are levels that no step relaxes, `exclude` agents who never get it, `max_wait_s` is after how long the flow
    itself gives up.
    """

    queue: str
    priority: int
    route: tuple[Need, ...]
    prefer: Json | None = None  # {"agent": "last_agent" | id, "for_s": 15}
    max_wait_s: float | None = None
    hard: dict[str, int] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()  # agents' ids


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Give the place up: `reason` is timeout, offer_taken, fault or limit."""

    reason: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect elsewhere. Answer: TransferOver."""

    to: str
    mode: Literal["blind", "bridge", "consult", "refer"]
    ring_s: float
    caller_id: str
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record a voicemail (the prompt was played before). Answer: MessageTaken. `box` "": for the flow itself."""

    box: str
    max_s: float
    silence_s: float
    min_s: float
    end_key: str
    beep: bool
    transcribe: bool


@dataclass(frozen=True, slots=True)
class NoteThread:
    """A step's `thread:` block: tags, fields, a note, a task."""

    tags: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    note: str | None = None
    create_task: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask a named service. Answer: Fetched(request).

    The URL is `base` + `path` + `query`; `auth` and values of `headers` that are `secret:NAME` are references.
    The whole with its retries may take `timeout_s` an attempt; a body beyond `max_bytes` is an error.
    """

    request: int
    service: str
    base: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: JsonValue = None
    auth: str | None = None
    timeout_s: float = 3.0
    retries: int = 0
    cache_s: float = 0.0
    max_bytes: int = 65_536


@dataclass(frozen=True, slots=True)
class AskQueue:
    """How a queue is doing. Answer: QueueFacts(request)."""

    request: int
    queue: str


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """Call the customer back. Answer: CallbackTaken or CallbackRefused.

    `window` is (from, to) in ISO 8601, None as soon as may be.
    """

    request: int
    queue: str | None
    number: str
    keep_place: bool
    window: tuple[str, str] | None
    attempts: int
    retry_after_s: float
    expires_s: float


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Write to the customer in the same thread. Answer: MessageSent(request), unless `request` is 0."""

    request: int
    channel: Literal["sms", "email", "chat"]
    text: str
    to: str | None
    language: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear speech until StopListening; every utterance is a Heard(listen). `phrases` empty: anything."""

    listen: int
    language: str
    phrases: tuple[str, ...]
    end_silence_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class StopListening:
    """Nobody listens any more."""

    listen: int


@dataclass(frozen=True, slots=True)
class Choices:
    """On a written channel, what may be answered: (what to send back, what to show)."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SurveyAnswered:
    """One answer of a survey; `value` None: asked in vain."""

    question: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Entered:
    """For the ledger: a step began."""

    step: str
    type: str
    label: str | None


@dataclass(frozen=True, slots=True)
class KeysTaken:
    """For the ledger: what a menu or collect made of the keys. `keys` None where the step's log forbids."""

    step: str
    keys: str | None
    outcome: str  # choice, valid, no_match, no_input, confirmed


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call from our side; the flow is over. `cause`: normal, error, limit."""

    cause: str


Effect: TypeAlias = (
    Answer
    | Reject
    | Play
    | PlayMusic
    | StopPlay
    | SetLanguage
    | Recording
    | EnterQueue
    | LeaveQueue
    | Transfer
    | TakeMessage
    | NoteThread
    | Fetch
    | AskQueue
    | RequestCallback
    | SendMessage
    | Listen
    | StopListening
    | Choices
    | SurveyAnswered
    | Entered
    | KeysTaken
    | Hangup
)
