"""set: gives variables values, and keeps what was learnt of the customer."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Value
from ivr_flows.wording import wrong
from ivr_flows.words import ContactField, StepRef, Template, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run

LANGUAGE = ContactField("language")
_NOT_OURS = frozenset({"id", "name", "vip", "tags", "last_agent", "open_tickets", "panel", "fields"})


def _ours(fields: dict[ContactField, Template]) -> dict[ContactField, Template]:
    if taken := _NOT_OURS & fields.keys():
        raise wrong("contact", name=min(taken))
    return fields


class SetStep(Step):
    """Sets variables in the order written; a lone `${…}` keeps its type.

    `contact` keeps facts of the customer beyond the call: `language` is the one he is spoken to from now on, everything
    else is a field of his card, which this and later flows read as `contact.fields.NAME`.
    """

    EXAMPLE: ClassVar[str] = """\
note_it: {type: set, vars: {order_no: "${call.from}"}, contact: {last_order: "${vars.order_no}"}, next: main}
"""

    type: Literal["set"]
    vars: dict[VarName, Value] = Field(default_factory=dict)
    contact: Annotated[dict[ContactField, Template], AfterValidator(_ours)] = Field(default_factory=dict)
    next: StepRef

    @model_validator(mode="after")
    def _sets_something(self) -> "SetStep":
        if not self.vars and not self.contact:
            raise wrong("nothing")
        return self

    def begin(self, run: "Run") -> Move:
        run.assign(self.vars)
        learnt = {str(name): run.text(value) for name, value in self.contact.items()}
        if language := learnt.pop(LANGUAGE, None):
            run.speak_from_now(language, remember=True)
        run.learn(learnt)
        return self.onward()
