"""goto: on to another step, for readability."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.nodes.base import Move, Step
from ivr_flows.words import StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Goto(Step):
    """Goes to `next`."""

    EXAMPLE: ClassVar[str] = "again: {type: goto, next: main}\n"

    type: Literal["goto"]
    next: StepRef

    def begin(self, run: "Run") -> Move:
        return self.onward()
