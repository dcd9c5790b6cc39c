"""say: plays prompts, then goes on. With barge_in a key stops it and is kept for the next question."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator

from ivr_flows.inputs import Key, PlayDone
from ivr_flows.nodes.base import STAY, Move, Step, StepEvent
from ivr_flows.session import number
from ivr_flows.shapes import Needed, between
from ivr_flows.words import Bool, Int

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Say(Step):
    """Says something. `early` plays before the call is answered."""

    WRITTEN_AS: ClassVar[str] = "a message"
    EXAMPLE: ClassVar[str] = "greet: {type: say, prompt: greet, next: main}\n"

    type: Literal["say"]
    prompt: Needed
    barge_in: Bool = False
    repeat: Annotated[Int, AfterValidator(between(1, 10))] = 1
    early: Bool = False

    def begin(self, run: "Run") -> Move:
        said = number(run.local, "said")
        if said >= self.repeat:
            return self.onward()
        run.local["said"] = said + 1
        if run.say(self.prompt, barge_in=self.barge_in, early=self.early):
            return STAY
        return self.onward()

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self.begin(run)
        if isinstance(event, Key) and self.barge_in:
            run.session.typed = event.key
            return self.onward()
        return STAY
