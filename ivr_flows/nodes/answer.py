"""answer: picks up now. Without it the first prompt that is not early does so."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.nodes.base import Move, OnWritten, Step
from ivr_flows.words import StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class AnswerStep(Step):
    """Picks up the call."""

    WRITTEN_AS: ClassVar[str] = "nothing"
    EXAMPLE: ClassVar[str] = "pick_up: {type: answer, next: greet}\n"
    ON_WRITTEN: ClassVar[OnWritten] = "substitute"

    type: Literal["answer"]
    next: StepRef

    def begin(self, run: "Run") -> Move:
        run.answer()
        return self.onward()
