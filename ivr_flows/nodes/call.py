"""call: runs a module, a flow made to be called, and goes on with what it returns."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Value
from ivr_flows.words import ModuleName, StepRef, Str, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class CallStep(Step):
    """Runs `module` with `with` for its parameters; its returned values go into the variables that `save` names.

    A module has its own steps, prompts, variables and events; what it does not handle is an error of this step. It
    speaks the call's language, so it must have all of this flow's. `save` is written variable: returned name.
    """

    EXAMPLE: ClassVar[str] = """\
pay: {type: call, module: take_payment, with: {amount: "${vars.total}"}, save: {paid: is_paid}, next: main}
"""

    type: Literal["call"]
    module: ModuleName
    with_: dict[Str, Value] = Field(default_factory=dict, alias="with")
    save: dict[VarName, Str] = Field(default_factory=dict)
    next: StepRef

    def begin(self, run: "Run") -> Move:
        given: dict[str, Any] = {name: run.value(value) for name, value in self.with_.items()}
        return run.dive(str(self.module), given)

    def returned(self, run: "Run", values: dict[str, Any]) -> Move:
        """The module is over; `values` are what it returns."""
        for name, wanted in self.save.items():
            run.assign_value(name, values.get(wanted))
        return self.onward()
