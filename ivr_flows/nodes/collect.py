"""collect: several keys into a variable, checked and, where asked, confirmed."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from ivr_flows import phrases
from ivr_flows.effects import Choices, Recording
from ivr_flows.hearing import digit_names, digits_said, digits_written, named
from ivr_flows.inputs import PlayDone
from ivr_flows.nodes.asking import Asking
from ivr_flows.nodes.base import STAY, Alarm, Move, OnWritten, StepEvent
from ivr_flows.session import text
from ivr_flows.shapes import Uses, between
from ivr_flows.variables import VarRejected, accept
from ivr_flows.wording import wrong
from ivr_flows.words import AllowedKeys, Bool, Cel, Duration, EndKey, Int, Shape, StepRef, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run

CONFIRM_YES = "1"


class Digits(Shape):
    """How many keys, and which."""

    min: Annotated[Int, AfterValidator(between(1, 64))] = 1
    max: Annotated[Int, AfterValidator(between(1, 64))] = 64
    allow: AllowedKeys = AllowedKeys("0-9")

    @model_validator(mode="after")
    def _is_range(self) -> "Digits":
        if self.min > self.max:
            raise wrong("min_max")
        return self


class Collect(Asking):
    """Asks for digits.

    They are complete with `end_key`, with the `max`-th key, or `inter_digit_timeout` after the last.
    `validate` (CEL, sees the digits as `value`) and the variable's own bounds turn them down as no_match.
    `confirm` reads them back: 1 keeps them, any other key asks again. `secure`: no key is logged, and the
    recording is silent until the step is left; it takes keys only, and what was written would stay in the
    thread, so a written channel goes to the step that `written` names. Speech takes digits said one by one.
    """

    WRITTEN_AS: ClassVar[str] = "a question answered in writing"
    EXAMPLE: ClassVar[str] = """\
ask_order:
  type: collect
  prompt: ask_order
  var: order_no
  digits: {min: 6, max: 8}
  confirm: confirm_order
  no_input: silence
  no_match: not_understood
  on_fail: {next: to_support}
  next: get_order
"""

    type: Literal["collect"]
    var: VarName
    digits: Digits = Field(default_factory=Digits)
    end_key: EndKey = EndKey("#")
    first_digit_timeout: Duration = 6.0
    inter_digit_timeout: Duration = 3.0
    validate_: Cel | None = Field(default=None, alias="validate")
    confirm: Uses = ()
    secure: Bool = False
    next: StepRef

    @model_validator(mode="after")
    def _secure_is_keys(self) -> "Collect":
        if self.secure and self.has_speech:
            raise wrong("secure")
        return self

    @property
    def on_written(self) -> OnWritten:
        return "none" if self.secure else "same"

    def first_wait(self) -> float:
        return self.first_digit_timeout

    def hides_keys(self, run: "Run") -> bool:
        return self.secure or self.log == "none" or run.flow.head.vars[self.var].personal

    def begin(self, run: "Run") -> Move:
        if self.secure and not run.session.is_masked:
            run.local["masked"] = True  # the engine unmasks however the step is left
            run.emit(Recording("mask"))
        return super().begin(run)

    def on(self, run: "Run", event: StepEvent) -> Move:
        if text(run.local, "phase").startswith("confirm"):
            return self._while_confirming(run, event)
        if isinstance(event, Alarm) and event.name == "next_digit":
            return self._complete(run)
        return super().on(run, event)

    def phrases(self, run: "Run") -> Sequence[str]:
        if text(run.local, "phase").startswith("confirm"):
            return [word for _, word in phrases.yes_and_no(run.session.language)]
        return list(digit_names(run.session.language))

    def choices_shown(self, run: "Run") -> Iterable[tuple[str, str]]:
        confirming = text(run.local, "phase").startswith("confirm")
        return phrases.yes_and_no(run.session.language) if confirming else ()

    def meant(self, run: "Run", said: str, *, is_written: bool) -> str:
        if text(run.local, "phase").startswith("confirm"):
            ways = {key: (key, word) for key, word in phrases.yes_and_no(run.session.language)}
            return named(said, ways) or ("2" if is_written else "")
        return digits_written(said) if is_written else digits_said(said, run.session.language)

    def take(self, run: "Run", key: str) -> Move:
        if text(run.local, "phase").startswith("confirm"):
            return self._confirmed(run, key)
        run.calm("no_input")
        if len(key) > 1 or run.session.is_written:  # said or written as a whole
            run.calm("next_digit")
            run.local["digits"] = key.removesuffix(str(self.end_key) or " ")
            return self._complete(run)
        run.calm("next_digit")
        if key == self.end_key:
            return self._complete(run)
        digits = text(run.local, "digits") + key
        run.local["digits"] = digits
        if len(digits) >= self.digits.max:
            return self._complete(run)
        run.alarm("next_digit", self.inter_digit_timeout)
        return STAY

    def _complete(self, run: "Run") -> Move:
        digits = text(run.local, "digits")
        run.local["digits"] = ""
        if not self._fits(run, digits):
            return self.miss(run, "no_match" if digits else "no_input", digits)
        run.session.vars[self.var] = accept(self.var, run.flow.head.vars[self.var], digits)
        run.keys_taken(digits, "valid")
        if not self.confirm:
            return self.onward()
        run.local["phase"] = "confirm asking"
        run.deaf()
        if self.barge_in:
            self.prick_up(run)
        if run.session.is_written:
            run.emit(Choices(tuple(self.choices_shown(run))))
        if run.say(self.confirm, barge_in=self.barge_in):
            return STAY
        return self._listen_for_confirmation(run)

    def _fits(self, run: "Run", digits: str) -> bool:
        if not self.digits.min <= len(digits) <= self.digits.max or set(digits) - self.digits.allow.keys():
            return False
        try:
            value = accept(self.var, run.flow.head.vars[self.var], digits)
        except VarRejected:
            return False
        if self.validate_ is None:
            return True
        seen: dict[str, Any] = {**run.session.vars, str(self.var): value}
        return run.holds(self.validate_, value=value, vars=seen)

    def miss(self, run: "Run", why: Literal["no_input", "no_match"], keys: str) -> Move:
        run.calm("next_digit")
        if text(run.local, "phase").startswith("confirm"):
            run.session.vars.pop(self.var, None)
        return super().miss(run, why, keys)

    def _listen_for_confirmation(self, run: "Run") -> Move:
        run.local["phase"] = "confirm listening"
        if not run.session.listening:
            self.prick_up(run)
        run.alarm("no_input", run.patience(self.first_digit_timeout))
        return STAY

    def _while_confirming(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self._listen_for_confirmation(run)
        return super().on(run, event)

    def may_take(self, run: "Run") -> bool:
        return super().may_take(run) or text(run.local, "phase") == "confirm listening"

    def _confirmed(self, run: "Run", key: str) -> Move:
        if key != CONFIRM_YES:
            return self.miss(run, "no_match", key)
        run.calm("no_input")
        run.keys_taken(key, "confirmed")
        return self.onward()
