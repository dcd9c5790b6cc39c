"""survey: a few questions at the end, asked of some customers."""

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ivr_flows.effects import SendMessage, SurveyAnswered
from ivr_flows.hearing import digits_said, digits_written
from ivr_flows.inputs import Heard, Key, PlayDone, Speaking, Wrote
from ivr_flows.nodes.asking import LONGEST_WORDS_S, UNDERSTANDING_S, Hearing, Tries
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.nodes.collect import Digits
from ivr_flows.prompting import Prompter
from ivr_flows.session import number, text
from ivr_flows.shapes import Needed
from ivr_flows.words import Duration, QuestionId, StepRef, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run

NEXT_DIGIT_S = 3.0


class Question(Hearing):
    """One question: digits, or free words with `speech: true`. The answer is kept under its `id`."""

    id: QuestionId
    prompt: Needed
    digits: Digits = Field(default_factory=lambda: Digits(max=1))
    speech: bool = False
    tries: Tries = 2


def _share(part: float) -> float:
    if not 0 <= part <= 1:
        raise ValueError("a share from 0 to 1")
    return part


class Survey(Step):
    """Asks its questions one after another; one without an answer after its `tries` is passed over.

    `sample` is the share of customers that are asked; the same customer is always in or out. Where the customer hangs
    up before the first answer, `channel_fallback` sends the first question in writing, in the same thread.
    Answers are kept as `SurveyAnswered`, and in the variable of the question's id where the flow declares it.
    """

    IS_PAUSE: ClassVar[bool] = True
    WRITTEN_AS: ClassVar[str] = "the same questions in writing"
    EXAMPLE: ClassVar[str] = """\
csat:
  type: survey
  questions:
    - {id: csat, prompt: csat_ask, digits: {min: 1, max: 1, allow: "1-5"}, tries: 2}
  sample: 0.5
  channel_fallback: sms
  next: bye
"""

    type: Literal["survey"]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    sample: Annotated[float, AfterValidator(_share)] = 1.0
    channel_fallback: Literal["none", "sms", "email"] = "none"
    timeout: Duration = 6.0
    next: StepRef

    def hides_keys(self, run: "Run") -> bool:
        return self.log == "none"

    def begin(self, run: "Run") -> Move:
        return self._question(run, 0) if self._is_asked(run) else self.onward()

    def _is_asked(self, run: "Run") -> bool:
        return share_of(run, run.session.step) < self.sample

    def _question(self, run: "Run", index: int) -> Move:
        if index >= len(self.questions):
            return self.onward()
        run.local.update({"question": index, "misses": 0, "digits": ""})
        return self._ask(run)

    def _now(self, run: "Run") -> Question:
        return self.questions[number(run.local, "question")]

    def _ask(self, run: "Run") -> Move:
        question = self._now(run)
        run.local["digits"] = ""
        run.deaf()
        if question.speech and not run.session.is_written:
            run.listen((), question.end_silence, LONGEST_WORDS_S)
        return STAY if run.say(question.prompt, barge_in=True) else self._wait(run, self.timeout)

    def _wait(self, run: "Run", seconds: float) -> Move:
        run.alarm("no_input", run.patience(seconds))
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        match event:
            case PlayDone():
                return self._wait(run, self.timeout)
            case Key():
                return self._key(run, event.key)
            case Alarm():
                return self._answered(run, text(run.local, "digits"))
            case Speaking():
                return self._wait(run, UNDERSTANDING_S)
            case Heard():
                return self._answered(run, event.text) if event.text else STAY
            case Wrote():
                return self._answered(run, event.text)
        return STAY

    def _key(self, run: "Run", key: str) -> Move:
        run.hush()
        run.calm("no_input")
        if key != "#":
            run.local["digits"] = text(run.local, "digits") + key
        digits = text(run.local, "digits")
        if key == "#" or len(digits) >= self._now(run).digits.max:
            return self._answered(run, digits)
        return self._wait(run, NEXT_DIGIT_S)

    def _answered(self, run: "Run", said: str) -> Move:
        run.hush()
        run.calm("no_input")
        question = self._now(run)
        answer = self._fitting(run, question, said)
        misses = number(run.local, "misses") + 1
        run.keys_taken(said, "valid" if answer else "no_match" if said else "no_input")
        if not answer and misses < question.tries:
            run.local["misses"] = misses
            return self._ask(run)
        if answer:
            run.local["answered"] = True
            if (name := VarName(question.id)) in run.flow.head.vars:
                run.assign_value(name, answer)
        run.emit(SurveyAnswered(str(question.id), answer or None))
        return self._question(run, number(run.local, "question") + 1)

    def _fitting(self, run: "Run", question: Question, said: str) -> str:
        if question.speech and not said.isdigit():
            return said.strip()
        form = question.digits
        digits = digits_written(said) if run.session.is_written else said
        digits = digits if digits.isdigit() else digits_said(said, run.session.language)
        is_fit = form.min <= len(digits) <= form.max and not set(digits) - form.allow.keys()
        return digits if is_fit else ""

    def gone(self, run: "Run") -> None:
        if self.channel_fallback == "none" or run.local.get("answered") or not self._is_asked(run):
            return
        prompter = Prompter(run.flow, run.session.language, run.scope(), is_written=True)
        words = "\n".join(item.text for item in prompter.spoken(self.questions[0].prompt) if item.text)
        run.emit(SendMessage(0, self.channel_fallback, words, None, run.session.language))


def share_of(run: "Run", step: str) -> float:
    """From 0 to below 1, the same for the same customer at the same step: by contact, else number, else call."""
    facts = run.scope().names
    who = facts["contact"]["id"] or facts["call"]["from"] or facts["call"]["id"]
    digest = sha256(f"{run.flow.id}/{step}/{who}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
