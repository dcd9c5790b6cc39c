"""agent: rings one person directly."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.effects import Transfer
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.inputs import TransferOver
from ivr_flows.nodes.base import STAY, Move, OnWritten, Step, StepEvent
from ivr_flows.shapes import Way
from ivr_flows.words import Duration, StepRef, Template

if TYPE_CHECKING:
    from ivr_flows.run import Run

PREFIX = "agent:"


class AgentStep(Step):
    """Rings the phone of `agent`, an agent's id such as `${contact.last_agent}`; `fallback` when nobody picks up.

    An agent who is not there, or none at all, is the fallback too.
    """

    IS_PAUSE: ClassVar[bool] = True
    REACHES_PERSON: ClassVar[bool] = True
    ON_WRITTEN: ClassVar[OnWritten] = "none"
    EXAMPLE: ClassVar[str] = """\
same_person: {type: agent, agent: "${contact.last_agent}", ring: 20s, fallback: to_support, written: to_support}
"""

    type: Literal["agent"]
    agent: Template
    ring: Duration = 20.0
    fallback: Way
    after_call: StepRef | None = None

    @property
    def after_talk(self) -> str | None:
        return self.after_call

    def begin(self, run: "Run") -> Move:
        try:
            who = run.text(self.agent)
        except ExpressionFailed:
            who = ""
        if not who:
            return run.leave(self.fallback)
        run.answer()
        run.emit(Transfer(PREFIX + who, "bridge", self.ring, "keep", 4 * 3600.0))
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if not isinstance(event, TransferOver):
            return STAY
        return self.onward() if event.result == "done" else run.leave(self.fallback)
