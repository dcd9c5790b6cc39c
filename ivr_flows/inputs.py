"""What happens to a running flow: the inputs of `engine.resume`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


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
    | Fault
)
