"""transfer: connects the customer elsewhere."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator

from ivr_flows.effects import Transfer
from ivr_flows.inputs import TransferOver
from ivr_flows.nodes.base import STAY, Move, OnWritten, Step, StepEvent
from ivr_flows.shapes import Events, Way
from ivr_flows.wording import wrong
from ivr_flows.words import Duration, FlowId, Template

if TYPE_CHECKING:
    from ivr_flows.run import Run


TO_FLOW = "flow:"


class TransferEvents(Events):
    """How a transfer may end. busy and no_answer are `failed` where they have no way of their own."""

    busy: Way | None = None
    no_answer: Way | None = None
    failed: Way
    done: Way | None = None


def _dialable(to: Template) -> Template:
    if to.startswith(TO_FLOW):
        try:
            FlowId.read(to.removeprefix(TO_FLOW))
        except ValueError as exc:
            raise wrong("to_flow") from exc
    if " " in to and "${" not in to:
        raise wrong("to")
    return to


class TransferStep(Step):
    """`to`: an E.164 number, an extension, `sip:…`, `trunk:NAME/NUMBER`, `agent:ID` or `flow:ID`. `caller_id`: keep or
    a number.

    With `consult` whoever answers is told that a customer waits and takes the call by the key 1; who does not, did not
    answer. Another flow begins at its entry, with its own variables, in the call's language where it speaks it; what was
    recorded, tagged and counted goes on. The call keeps the revision that was published when it began; one that is not
    there is `failed`.
    """

    ON_WRITTEN: ClassVar[OnWritten] = "none"
    WRITTEN_AS: ClassVar[str] = "not possible, unless it leads to another flow: `written` names another step"
    EXAMPLE: ClassVar[str] = """\
to_shop:
  type: transfer
  to: "+842838220000"
  ring: 25s
  written: to_support
  events: {failed: to_support, busy: to_support}
"""

    IS_PAUSE: ClassVar[bool] = True
    REACHES_PERSON: ClassVar[bool] = True

    type: Literal["transfer"]
    to: Annotated[Template, AfterValidator(_dialable)]
    mode: Literal["blind", "bridge", "consult", "refer"] = "bridge"
    ring: Duration = 25.0
    caller_id: Template = Template("keep")
    time_limit: Duration = 4 * 3600.0
    events: TransferEvents

    @property
    def flow(self) -> str:
        """The flow it leads to; empty for none."""
        return self.to.removeprefix(TO_FLOW) if self.to.startswith(TO_FLOW) else ""

    @property
    def on_written(self) -> OnWritten:
        return "same" if self.flow else "none"

    def begin(self, run: "Run") -> Move:
        if self.flow:
            return run.jump(self.flow) or run.leave(self.events.failed)
        run.answer()
        to, caller_id = run.text(self.to), run.text(self.caller_id)
        run.emit(Transfer(to, self.mode, self.ring, caller_id, self.time_limit))
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if not isinstance(event, TransferOver):
            return STAY
        if event.result == "done":
            return run.leave(self.events.done) if self.events.done else self.onward()
        ways = {"busy": self.events.busy, "no_answer": self.events.no_answer}
        return run.leave(ways.get(event.result) or self.events.failed)
