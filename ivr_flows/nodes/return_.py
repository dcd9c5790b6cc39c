"""return: ends a module; the flow that called it goes on."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ivr_flows.nodes.base import Finish, Move, Step
from ivr_flows.nodes.call import CallStep
from ivr_flows.shapes import Value
from ivr_flows.words import VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class ReturnStep(Step):
    """Gives back the variables that the module's `returns` names, after `set` has set some of them.

    Only modules have it. A module that is tried alone, as a flow, ends here.
    """

    EXAMPLE: ClassVar[str] = "paid: {type: return, set: {is_paid: true}}\n"

    type: Literal["return"]
    set: dict[VarName, Value] = Field(default_factory=dict)

    def begin(self, run: "Run") -> Move:
        run.assign(self.set)
        if not run.session.frames:
            return Finish("normal")
        returns = [str(name) for name in run.flow.head.returns]
        left = run.surface()
        caller = run.step
        assert isinstance(caller, CallStep)
        return caller.returned(run, {name: left.get(name) for name in returns})
