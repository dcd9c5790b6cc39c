"""queue_check: how a queue is doing, before anybody is put into it."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ivr_flows.effects import AskQueue
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.inputs import QueueFacts
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.nodes.branch import Case
from ivr_flows.shapes import Way
from ivr_flows.words import QueueName

if TYPE_CHECKING:
    from ivr_flows.run import Run

ANSWER_S = 3.0


class QueueCheck(Step):
    """Chooses by conditions on `queue.*`, the first true one wins.

    There are `waiting`, `agents_ready`, `agents_logged_in`, `ewt_p50` and `ewt_p75` (seconds; missing while nobody
    can honestly say), `longest_wait` and `is_open`. A condition without a value is not met. A queue that does not
    answer within three seconds is an error.
    """

    EXAMPLE: ClassVar[str] = """\
busy:
  type: queue_check
  queue: support
  cases:
    - {when: "!queue.is_open || queue.agents_logged_in == 0", next: voicemail}
    - {when: "queue.waiting > 20 || queue.ewt_p75 > 600", next: voicemail}
  else: to_support
"""

    type: Literal["queue_check"]
    queue: QueueName
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    else_: Way = Field(alias="else")

    def begin(self, run: "Run") -> Move:
        run.emit(AskQueue(run.request(), str(self.queue)))
        run.alarm("answer", ANSWER_S)
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, Alarm):
            raise ExpressionFailed(f"queue {self.queue} does not answer")
        if not isinstance(event, QueueFacts):
            return STAY
        run.session.queue = {name: value for name, value in event.facts.items() if value is not None}
        for case in self.cases:
            if self._is_met(run, case):
                return run.leave(case)
        return run.leave(self.else_)

    def _is_met(self, run: "Run", case: Case) -> bool:
        try:
            return run.holds(case.when)
        except ExpressionFailed:
            return False
