"""voicemail: the prompt, the beep, the message."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.effects import NoteThread, TakeMessage
from ivr_flows.inputs import MessageTaken, PlayDone, Wrote
from ivr_flows.nodes.base import STAY, Alarm, Go, Move, OnWritten, Step, StepEvent
from ivr_flows.session import text
from ivr_flows.shapes import ThreadBlock, Uses
from ivr_flows.words import Bool, BoxName, Duration, KeyPress, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Voicemail(Step):
    """Takes a message of at least `min` seconds. The thread block is written once there is one."""

    ON_WRITTEN: ClassVar[OnWritten] = "substitute"
    WRITTEN_AS: ClassVar[str] = "asks for the message, which becomes a note on the thread"
    EXAMPLE: ClassVar[str] = """\
voicemail:
  type: voicemail
  prompt: leave_message
  box: support
  thread: {create_task: true, tag: [voicemail]}
  next: bye
"""

    IS_PAUSE: ClassVar[bool] = True
    REACHES_PERSON: ClassVar[bool] = True

    type: Literal["voicemail"]
    prompt: Uses = ()
    box: BoxName
    max: Duration = 180.0
    silence: Duration = 5.0
    end_key: KeyPress = KeyPress("#")
    beep: Bool = True
    min: Duration = 2.0
    transcribe: Bool = True
    too_short: StepRef | None = None

    @property
    def notes_on_entry(self) -> bool:
        return False

    def begin(self, run: "Run") -> Move:
        run.answer()
        if run.say(self.prompt, barge_in=False):
            return STAY
        return self._record(run)

    def _record(self, run: "Run") -> Move:
        if run.session.is_written:
            run.local["phase"] = "writing"
            run.alarm("no_input", run.patience(0))
            return STAY
        run.local["phase"] = "recording"
        run.emit(
            TakeMessage(
                str(self.box), self.max, self.silence, self.min, str(self.end_key), self.beep, self.transcribe
            )
        )
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self._record(run)
        if isinstance(event, Wrote | Alarm):
            return self._written(run, event.text if isinstance(event, Wrote) else "")
        if not isinstance(event, MessageTaken) or text(run.local, "phase") != "recording":
            return STAY
        run.local["phase"] = "taken"
        self._write(run, event)
        if event.reason == "hangup":
            return STAY
        if self.too_short is not None and event.seconds < self.min:
            return Go(self.too_short)
        return self.onward()

    def _written(self, run: "Run", words: str) -> Move:
        """The message in writing: a note, and whatever the thread block says."""
        if words:
            own = self.thread or ThreadBlock()
            note = f"{run.text(own.note)}\n{words}" if own.note else words
            run.emit(NoteThread(tuple(map(str, own.tag)), run.filled(own.fields), note, own.create_task))
        elif self.too_short is not None:
            return Go(self.too_short)
        return self.onward()

    def late(self, run: "Run", event: MessageTaken) -> None:
        if text(run.local, "phase") == "recording":
            run.local["phase"] = "taken"
            self._write(run, event)

    def _write(self, run: "Run", event: MessageTaken) -> None:
        if self.thread is not None and event.seconds >= self.min:
            run.note(self.thread)
