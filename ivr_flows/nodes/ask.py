"""ask: a question answered in the customer's own words."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.inputs import Heard, Key, Wrote
from ivr_flows.nodes.asking import Asking
from ivr_flows.nodes.base import STAY, Move, StepEvent
from ivr_flows.words import Duration, StepRef, Str, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Ask(Asking):
    """Puts what was said, as the recogniser understood it, or what was written into `var`.

    `max` bounds the answer, `end_silence` ends it. `hints` are words a recogniser may favour; vosk, the one
    there is, has no use for them. Keys mean nothing here.
    """

    WRITTEN_AS: ClassVar[str] = "a question answered in writing"
    EXAMPLE: ClassVar[str] = """\
what: {type: ask, prompt: what_happened, var: story, max: 15s, tries: 2, on_fail: to_support, next: to_support}
"""

    type: Literal["ask"]
    var: VarName
    input: tuple[Literal["dtmf", "speech"], ...] = ("speech",)
    max: Duration = 15.0
    end_silence: Duration = 1.2
    timeout: Duration = 6.0
    hints: tuple[Str, ...] = ()
    next: StepRef

    def first_wait(self) -> float:
        return self.timeout

    def hides_keys(self, run: "Run") -> bool:
        return self.log == "none" or run.flow.head.vars[self.var].personal

    def prick_up(self, run: "Run") -> None:
        if not run.session.is_written:
            run.listen((), self.end_silence, self.max)

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, Key):
            return STAY
        if isinstance(event, Wrote):
            return self.take(run, event.text)
        if isinstance(event, Heard) and event.text and event.confidence >= self.min_confidence:
            run.hush()
            return self.take(run, event.text)
        return super().on(run, event)

    def take(self, run: "Run", key: str) -> Move:
        """What was said is the answer."""
        run.calm("no_input")
        run.keys_taken(key, "valid")
        run.assign_value(self.var, key.strip())
        return self.onward()
