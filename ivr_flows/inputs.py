"""What happens to a running flow: the inputs of `engine.resume`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from threadline.kernel.events import Json, JsonValue


@dataclass(frozen=True, slots=True)
class PlayDone:
    """A Play ended or was stopped. Late ones, of a play already left, are harmless."""

    play: int


@dataclass(frozen=True, slots=True)
class Key:
    """One key press: 0-9 * # A-D."""

    key: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The time given as `wake_at` has come."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The customer is gone. The session ends; only effects without the customer follow."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The present place, 1 is next. `wait_s` a range in seconds, or None when nobody can honestly say."""

    position: int
    wait_s: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class QueueRefused:
    """No place in the queue."""

    reason: Literal["full", "no_agents", "closed"]


@dataclass(frozen=True, slots=True)
class AgentJoined:
    """A person answered; customer and agent talk. The engine says nothing until AgentLeft."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentLeft:
    """The agent hung up first: `after_call` begins, or the flow ends."""


@dataclass(frozen=True, slots=True)
class TransferOver:
    result: Literal["busy", "no_answer", "failed", "done"]


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """A voicemail ended. `seconds` 0 when nothing worth keeping was said."""

    seconds: float
    reason: Literal["end_key", "silence", "max", "hangup"]
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A service answered. `status` 0: it did not, or not with what can be read; `error` says why."""

    request: int
    status: int
    body: JsonValue = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """{waiting, agents_ready, agents_logged_in, ewt_p50, ewt_p75, longest_wait, is_open}."""

    request: int
    facts: Json


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    request: int
    ticket: str


@dataclass(frozen=True, slots=True)
class CallbackRefused:
    request: int
    reason: str


@dataclass(frozen=True, slots=True)
class MessageSent:
    """Handed to its channel, or not."""

    request: int
    is_ok: bool


@dataclass(frozen=True, slots=True)
class Speaking:
    """Something was said and is being understood: a Heard(listen) follows, so nobody is silent."""

    listen: int


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance was understood. `text` empty: nothing that was listened for."""

    listen: int
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Wrote:
    """On a written channel: what the customer wrote, or the choice he tapped."""

    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The world could not carry an effect out; the flow's `events: {error: …}` decides."""

    reason: str


Input: TypeAlias = (
    PlayDone
    | Key
    | Tick
    | HungUp
    | QueuePlace
    | QueueRefused
    | AgentJoined
    | AgentLeft
    | TransferOver
    | MessageTaken
    | Fetched
    | QueueFacts
    | CallbackTaken
    | CallbackRefused
    | MessageSent
    | Speaking
    | Heard
    | Wrote
    | Fault
)
