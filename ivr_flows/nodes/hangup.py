"""hangup: ends the call, after a last prompt if there is one."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.inputs import PlayDone
from ivr_flows.nodes.base import STAY, Finish, Move, Step, StepEvent
from ivr_flows.shapes import Uses

if TYPE_CHECKING:
    from ivr_flows.run import Run


class HangupStep(Step):
    """Ends the call."""

    WRITTEN_AS: ClassVar[str] = "the end of the conversation with the flow"
    EXAMPLE: ClassVar[str] = "end: {type: hangup, prompt: bye}\n"

    type: Literal["hangup"]
    cause: Literal["normal"] = "normal"
    prompt: Uses = ()

    def begin(self, run: "Run") -> Move:
        return STAY if run.say(self.prompt, barge_in=False) else Finish(self.cause)

    def on(self, run: "Run", event: StepEvent) -> Move:
        return Finish(self.cause) if isinstance(event, PlayDone) else STAY
