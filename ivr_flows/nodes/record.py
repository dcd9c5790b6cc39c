"""record: records a few words into a variable."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.effects import TakeMessage
from ivr_flows.inputs import MessageTaken, PlayDone, Wrote
from ivr_flows.nodes.base import STAY, Alarm, Move, OnWritten, Step, StepEvent
from ivr_flows.session import text
from ivr_flows.shapes import Uses, Way
from ivr_flows.words import Bool, Duration, KeyPress, StepRef, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class RecordStep(Step):
    """Records and puts the recording's id into `var`; `too_short` follows where nothing of `min` seconds was said."""

    IS_PAUSE: ClassVar[bool] = True
    ON_WRITTEN: ClassVar[OnWritten] = "substitute"
    WRITTEN_AS: ClassVar[str] = "a question answered in writing: the words go into the variable"
    EXAMPLE: ClassVar[str] = "your_name: {type: record, prompt: say_name, var: name, max: 10s, next: main}\n"

    type: Literal["record"]
    prompt: Uses = ()
    var: VarName
    max: Duration = 60.0
    silence: Duration = 3.0
    end_key: KeyPress = KeyPress("#")
    beep: Bool = True
    min: Duration = 1.0
    transcribe: Bool = True
    too_short: Way | None = None
    next: StepRef

    def begin(self, run: "Run") -> Move:
        run.answer()
        return STAY if run.say(self.prompt, barge_in=False) else self._record(run)

    def _record(self, run: "Run") -> Move:
        run.local["phase"] = "recording"
        if run.session.is_written:
            run.alarm("no_input", run.patience(0))
        else:
            run.emit(
                TakeMessage(
                    "", self.max, self.silence, self.min, str(self.end_key), self.beep, self.transcribe
                )
            )
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self._record(run)
        if text(run.local, "phase") != "recording":
            return STAY
        if isinstance(event, MessageTaken) and event.reason != "hangup":
            return self._taken(run, event.recording if event.seconds >= self.min else None)
        if isinstance(event, Wrote | Alarm):
            return self._taken(run, event.text if isinstance(event, Wrote) else None)
        return STAY

    def _taken(self, run: "Run", value: str | None) -> Move:
        run.assign_value(self.var, value)
        return run.leave(self.too_short) if value is None and self.too_short is not None else self.onward()
