"""answer: picks up now. Without it the first prompt that is not early does so."""

from typing import TYPE_CHECKING, Literal

from ivr_flows.nodes.base import Move, Step
from ivr_flows.words import StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class AnswerStep(Step):
    """Picks up the call."""

    type: Literal["answer"]
    next: StepRef

    def begin(self, run: "Run") -> Move:
        run.answer()
        return self.onward()
