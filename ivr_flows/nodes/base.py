"""What every step is: the fields all share, and the two moments in which the engine asks it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from pydantic import Field

from ivr_flows.inputs import (
    CallbackRefused,
    CallbackTaken,
    Fetched,
    Heard,
    Key,
    MessageSent,
    MessageTaken,
    PlayDone,
    QueueFacts,
    QueuePlace,
    QueueRefused,
    Speaking,
    TransferOver,
    Wrote,
)
from ivr_flows.shapes import Events, ThreadBlock
from ivr_flows.words import Cel, Shape, StepRef, Str

if TYPE_CHECKING:
    from ivr_flows.run import Run


@dataclass(frozen=True, slots=True)
class Alarm:
    """A deadline the step set by `Run.alarm` has come."""

    name: str


Answer: TypeAlias = Fetched | QueueFacts | CallbackTaken | CallbackRefused | MessageSent
StepEvent: TypeAlias = (
    PlayDone
    | Key
    | Alarm
    | QueuePlace
    | QueueRefused
    | TransferOver
    | MessageTaken
    | Answer
    | Speaking
    | Heard
    | Wrote
)
OnWritten = Literal["same", "substitute", "none"]


@dataclass(frozen=True, slots=True)
class Go:
    """On to a step."""

    step: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is over. `cause` None: the step has ended the call already."""

    cause: str | None


Move: TypeAlias = Go | Finish | None
STAY: Final = None


class Step(Shape):
    """One step. A step holds no state; what it must remember is in `run.local`, gone when it is left.

    IS_PAUSE: the step waits, so a circle through it is no endless loop. REACHES_PERSON: a way to a
    person. ON_WRITTEN: what it is in a chat or a message, `WRITTEN_AS` says it in words; where it can't be
    there, `written` names the step that takes its place. EXAMPLE is the step as its page shows it.
    """

    IS_PAUSE: ClassVar[bool] = False
    REACHES_PERSON: ClassVar[bool] = False
    ON_WRITTEN: ClassVar[OnWritten] = "same"
    WRITTEN_AS: ClassVar[str] = ""
    EXAMPLE: ClassVar[str] = ""

    type: str
    next: StepRef | None = None
    when: Cel | None = None
    label: Str | None = None
    log: Literal["full", "keys", "none"] = "full"
    thread: ThreadBlock | None = None
    written: StepRef | None = None
    events: Events = Field(default_factory=Events)

    @property
    def is_pause(self) -> bool:
        """Whether the step waits for the customer, a person or the clock."""
        return self.IS_PAUSE

    @property
    def on_written(self) -> OnWritten:
        """What this step is on a written channel."""
        return self.ON_WRITTEN

    @property
    def notes_on_entry(self) -> bool:
        """Whether the thread block is written as the step begins (a voicemail waits for the message)."""
        return True

    def hides_keys(self, run: "Run") -> bool:
        """Whether the caller's keys stay out of the ledger."""
        return self.log == "none"

    def begin(self, run: "Run") -> Move:
        """The step begins."""
        raise NotImplementedError

    def on(self, run: "Run", event: StepEvent) -> Move:
        """Something happened in this step. Events that don't concern it leave it where it is."""
        return STAY

    def late(self, run: "Run", event: MessageTaken) -> None:
        """News after the customer hung up."""

    def gone(self, run: "Run") -> None:
        """The customer is gone in this step, or while he talked and this step would have followed."""

    def onward(self) -> Move:
        """To `next`; without one the flow ends here."""
        return Go(self.next) if self.next else Finish("normal")

    @property
    def after_talk(self) -> str | None:
        """Where the customer goes when the person he talked with hangs up first."""
        return None
