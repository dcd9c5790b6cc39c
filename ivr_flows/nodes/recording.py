"""recording: starts, stops, masks or unmasks the call's recording, with the notice the law wants."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from ivr_flows.effects import Recording
from ivr_flows.inputs import Key, PlayDone
from ivr_flows.nodes.base import STAY, Alarm, Move, OnWritten, Step, StepEvent
from ivr_flows.session import text
from ivr_flows.shapes import Uses, Way
from ivr_flows.wording import wrong
from ivr_flows.words import Duration, KeyPress, Shape, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Consent(Shape):
    """The key that agrees; anything else, silence included, is no."""

    key: KeyPress
    next_if_no: Way
    timeout: Duration = 6.0


class RecordingStep(Step):
    """`announce` is heard in full before a recording starts."""

    ON_WRITTEN: ClassVar[OnWritten] = "substitute"
    WRITTEN_AS: ClassVar[str] = "nothing: what is written is kept anyway"
    EXAMPLE: ClassVar[str] = """\
consent: {type: recording, action: start, announce: recording_notice, retention: 180d, next: main}
"""

    type: Literal["recording"]
    action: Literal["start", "stop", "mask", "unmask"]
    announce: Uses = ()
    consent: Consent | None = None
    channels: Literal["stereo"] = "stereo"
    retention: Duration | None = None
    next: StepRef

    @model_validator(mode="after")
    def _consent_is_asked(self) -> "RecordingStep":
        if self.consent is not None and not self.announce:
            raise wrong("consent")
        return self

    @property
    def is_pause(self) -> bool:
        return self.consent is not None

    def begin(self, run: "Run") -> Move:
        if run.session.is_written:
            return self.onward()
        run.local["phase"] = "announcing"
        if run.say(self.announce, barge_in=False):
            return STAY
        return self._act(run)

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self._act(run) if self.consent is None else self._listen(run, self.consent)
        if self.consent is None or text(run.local, "phase") != "listening":
            return STAY
        if isinstance(event, Key):
            return self._answered(run, event.key, self.consent)
        return self._answered(run, "", self.consent) if isinstance(event, Alarm) else STAY

    def _listen(self, run: "Run", consent: Consent) -> Move:
        run.local["phase"] = "listening"
        run.alarm("consent", consent.timeout)
        return STAY

    def _answered(self, run: "Run", key: str, consent: Consent) -> Move:
        if key == consent.key:
            run.keys_taken(key, "choice")
            return self._act(run)
        run.keys_taken(key, "no_match" if key else "no_input")
        return run.leave(consent.next_if_no)

    def _act(self, run: "Run") -> Move:
        if self.action in ("mask", "unmask"):
            run.session.is_masked = self.action == "mask"
        retention_s = None if self.retention is None else int(self.retention)
        run.emit(Recording(self.action, retention_s if self.action == "start" else None))
        return self.onward()
