"""callback: the customer hangs up and is called back, with the place she had."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ivr_flows import phrases
from ivr_flows.calendar import next_opening
from ivr_flows.effects import Choices, RequestCallback, Spoken
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.hearing import digits_written, named
from ivr_flows.inputs import CallbackRefused, CallbackTaken, Key, PlayDone, Wrote
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.session import number, text
from ivr_flows.shapes import Uses, Way, between
from ivr_flows.words import Bool, CalendarName, Duration, Int, QueueName, Shape, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run

MAX_MISSES = 2
LISTEN_S, NEXT_DIGIT_S, ANSWER_S = 6.0, 4.0, 5.0
SHORTEST, LONGEST = 3, 16


class Number(Shape):
    """Which number is called: the caller's own, read back with `confirm`, another with `allow_other`.

    `var` keeps it. The questions are built in, in Vietnamese and English; `ask` and `read_back` replace them.
    """

    from_: Literal["caller"] = Field(default="caller", alias="from")
    confirm: Bool = True
    allow_other: Bool = False
    var: VarName | None = None
    ask: Uses = ()
    read_back: Uses = ()


class Window(Shape):
    """When: from the next opening of a calendar on, to its end."""

    calendar: CalendarName


class Dial(Shape):
    """How it is tried."""

    when: Literal["agent_reserved", "scheduled"] = "agent_reserved"
    attempts: Annotated[Int, AfterValidator(between(1, 10))] = 3
    retry_after: Duration = 300.0
    ring: Duration = 30.0


class CallbackStep(Step):
    """Asks for a call back; `done` follows, `on_fail` where there is no number or it was refused.

    `queue` is where the customer stands in line, the present one when it follows a queue's offer. With `keep_place`
    the ticket keeps the time she came and her priority.
    """

    IS_PAUSE: ClassVar[bool] = True
    REACHES_PERSON: ClassVar[bool] = True
    WRITTEN_AS: ClassVar[str] = "the same questions in writing; the call goes to the number told"
    EXAMPLE: ClassVar[str] = """\
call_me:
  type: callback
  queue: support
  number: {from: caller, confirm: true, allow_other: true, var: cb_number}
  dial: {attempts: 3, retry_after: 5m}
  expires: 8h
  done: bye
  on_fail: voicemail
"""

    type: Literal["callback"]
    queue: QueueName | None = None
    keep_place: Bool = True
    number: Number = Field(default_factory=Number)
    window: Window | None = None
    dial: Dial = Field(default_factory=Dial)
    expires: Duration = 8 * 3600.0
    done: Way
    on_fail: Way

    def begin(self, run: "Run") -> Move:
        run.answer()
        known = run.value("${call.from}")
        if isinstance(known, str) and digits_written(known):
            return self._found(run, digits_written(known), is_sure=not self.number.confirm)
        return self._ask(run)

    # --- the number ---------------------------------------------------------------------------------

    def _found(self, run: "Run", found: str, *, is_sure: bool) -> Move:
        run.local["number"] = found
        if self.number.var is not None:
            run.assign_value(self.number.var, found)
        if is_sure:
            return self._request(run)
        run.local["phase"] = "reading"
        if run.session.is_written:
            run.emit(Choices(tuple(phrases.yes_and_no(run.session.language))))
            said = [phrases.confirm_number_written(found, run.session.language)]
        else:
            said = phrases.confirm_number(found, run.session.language, allow_other=self.number.allow_other)
        return self._say(run, self.number.read_back, said)

    def _ask(self, run: "Run") -> Move:
        if not self.number.allow_other:
            return run.leave(self.on_fail)
        run.local.update({"phase": "asking", "digits": ""})
        language = run.session.language
        said = (
            phrases.ask_number_written(language) if run.session.is_written else phrases.ask_number(language)
        )
        return self._say(run, self.number.ask, [said])

    def _say(self, run: "Run", uses: Uses, built_in: Sequence[str]) -> Move:
        run.calm("wait")
        said = [Spoken(None, run.session.language, each) for each in built_in]
        plays = run.say(uses, barge_in=True) if uses else run.speak(said, barge_in=True)
        return STAY if plays else self._wait(run)

    def _wait(self, run: "Run", seconds: float = LISTEN_S) -> Move:
        run.alarm("wait", run.patience(seconds))
        return STAY

    def _missed(self, run: "Run") -> Move:
        misses = number(run.local, "misses") + 1
        run.local["misses"] = misses
        if misses > MAX_MISSES:
            return run.leave(self.on_fail)
        if text(run.local, "phase") == "reading":
            return self._found(run, text(run.local, "number"), is_sure=False)
        return self._ask(run)

    # --- what happens -------------------------------------------------------------------------------

    def on(self, run: "Run", event: StepEvent) -> Move:
        match event:
            case PlayDone():
                return self._wait(run)
            case CallbackTaken():
                return run.leave(self.done)
            case CallbackRefused():
                return run.leave(self.on_fail)
            case Alarm():
                return self._due(run)
            case Key() | Wrote() if text(run.local, "phase") != "requested":
                run.hush()
                return self._answer(run, event)
        return STAY

    def _due(self, run: "Run") -> Move:
        phase = text(run.local, "phase")
        if phase == "requested":
            raise ExpressionFailed("nobody took the callback")
        if phase == "asking" and text(run.local, "digits"):
            return self._entered(run)
        return self._missed(run)

    def _answer(self, run: "Run", event: Key | Wrote) -> Move:
        if text(run.local, "phase") == "reading":
            return self._confirmed(run, event)
        if isinstance(event, Wrote):
            run.local["digits"] = digits_written(event.text)
            return self._entered(run)
        if event.key == "#":
            return self._entered(run)
        run.local["digits"] = (text(run.local, "digits") + event.key)[:LONGEST]
        return self._wait(run, NEXT_DIGIT_S)

    def _confirmed(self, run: "Run", event: Key | Wrote) -> Move:
        key = event.key if isinstance(event, Key) else self._word(run, event.text)
        if key == "1":
            run.keys_taken(key, "confirmed")
            return self._request(run)
        if key == "2" and self.number.allow_other:
            run.keys_taken(key, "choice")
            return self._ask(run)
        return run.leave(self.on_fail) if key == "2" else self._missed(run)

    def _word(self, run: "Run", said: str) -> str:
        ways = {key: (key, word) for key, word in phrases.yes_and_no(run.session.language)}
        return named(said, ways) or ""

    def _entered(self, run: "Run") -> Move:
        digits = text(run.local, "digits")
        if not (SHORTEST <= len(digits) <= LONGEST and digits.removeprefix("+").isdigit()):
            return self._missed(run)
        return self._found(run, digits, is_sure=False)

    # --- the request --------------------------------------------------------------------------------

    def _request(self, run: "Run") -> Move:
        run.calm("wait")
        run.local["phase"] = "requested"
        run.emit(
            RequestCallback(
                run.request(), None if self.queue is None else str(self.queue), text(run.local, "number"),
                self.keep_place, self._window(run), self.dial.attempts, self.dial.retry_after, self.expires,
            )
        )  # fmt: skip
        run.alarm("answer", ANSWER_S)
        return STAY

    def _window(self, run: "Run") -> tuple[str, str] | None:
        if self.window is None:
            return None
        opening = next_opening(run.calendar(self.window.calendar), run.now)
        if opening is None:
            raise ExpressionFailed(f"calendar {self.window.calendar} never opens")
        return opening[0].isoformat(), opening[1].isoformat()
