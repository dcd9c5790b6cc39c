"""set: gives variables values."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Value
from ivr_flows.words import StepRef, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class SetStep(Step):
    """Sets variables in the order written; a lone `${…}` keeps its type."""

    EXAMPLE: ClassVar[str] = 'note_it: {type: set, vars: {order_no: "${call.from}"}, next: main}\n'

    type: Literal["set"]
    vars: Annotated[dict[VarName, Value], Field(min_length=1)]
    next: StepRef

    def begin(self, run: "Run") -> Move:
        run.assign(self.vars)
        return self.onward()
