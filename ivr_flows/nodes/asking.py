"""What menu, language and collect share: the question, its retries, keys and speech during the prompt.

A key during a prompt with barge_in stops it and counts as the answer; without barge_in keys during the
prompt are dropped. The n-th try plays the n-th prompt of the list, later ones the last (tapered
prompts); before it comes the n-th of no_input or no_match. After `tries` failures on_fail decides at
once. A key pressed during an interruptible `say` before answers the question unheard.

With speech among the inputs a phrase is worth a key. Noise counts as no_match, but not while the prompt still
plays; what was heard with less than min_confidence is noise. Who writes has `reply_time` to answer, and an
answer nobody understands is no_match.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ivr_flows.effects import Choices
from ivr_flows.inputs import Heard, Key, PlayDone, Speaking, Wrote
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.session import number, text
from ivr_flows.shapes import Needed, PromptUse, Uses, Way, between
from ivr_flows.words import Bool, Duration, Int, Language, Shape, Str

if TYPE_CHECKING:
    from ivr_flows.run import Run

Miss = Literal["no_input", "no_match"]
Tries = Annotated[Int, AfterValidator(between(1, 10))]
Grammar = dict[Language, dict[Str, tuple[Str, ...]]]
Confidence = Annotated[float, Field(ge=0, le=1)]
SPEECH_GRACE_S: Final = 1.5  # a word begun just before the time is up is heard out
LONGEST_WORDS_S: Final = 12.0
UNDERSTANDING_S: Final = 20.0  # a recogniser that has not answered by then never will


class Hearing(Shape):
    """By what a question is answered."""

    input: Annotated[tuple[Literal["dtmf", "speech"], ...], Field(min_length=1)] = ("dtmf",)
    min_confidence: Confidence = 0.6
    end_silence: Duration = 1.0

    @property
    def has_speech(self) -> bool:
        return "speech" in self.input


class Asking(Step, Hearing):
    """A question answered by keys, by speech where `input` has it, by words on a written channel."""

    IS_PAUSE: ClassVar[bool] = True

    prompt: Needed
    barge_in: Bool = True
    tries: Tries = 3
    no_input: Uses = ()
    no_match: Uses = ()
    on_fail: Way

    def first_wait(self) -> float:
        """Seconds until silence after the prompt is no_input."""
        raise NotImplementedError

    def take(self, run: "Run", key: str) -> Move:
        """A key of the answer."""
        raise NotImplementedError

    def begin(self, run: "Run") -> Move:
        typed, run.session.typed = run.session.typed, ""
        if typed and self.barge_in:
            run.local["phase"] = "listening"
            return self.take(run, typed)
        return self.ask(run)

    def ask(self, run: "Run", complaint: Sequence[PromptUse] = ()) -> Move:
        """Plays the prompt of this try, after `complaint`."""
        question = nth(self.prompt, number(run.local, "misses"))
        run.local["phase"] = "asking"
        run.deaf()
        if self.barge_in:
            self.prick_up(run)
        if run.session.is_written:
            run.emit(Choices(tuple(self.choices_shown(run))))
        if run.say([*complaint, *question], barge_in=self.barge_in):
            return STAY
        return self.listen(run)

    def listen(self, run: "Run") -> Move:
        run.local["phase"] = "listening"
        if not run.session.listening:
            self.prick_up(run)
        run.alarm("no_input", run.patience(self.first_wait() + (SPEECH_GRACE_S if self.has_speech else 0)))
        return STAY

    def prick_up(self, run: "Run") -> None:
        """Hears speech from now on, where the step does at all."""
        if self.has_speech and not run.session.is_written and (phrases := self.phrases(run)):
            run.listen(phrases, self.end_silence, LONGEST_WORDS_S)

    def phrases(self, run: "Run") -> Sequence[str]:
        """The closed grammar of this moment; empty for none."""
        return ()

    def choices_shown(self, run: "Run") -> Iterable[tuple[str, str]]:
        """What a written channel offers: (what comes back, what is shown)."""
        return ()

    def meant(self, run: "Run", said: str, *, is_written: bool) -> str:
        """The keys that what was said or written stands for; empty for none."""
        return ""

    def miss(self, run: "Run", why: Miss, keys: str) -> Move:
        """A try is used up: again, or on_fail."""
        run.calm("no_input")
        run.keys_taken(keys, why)
        misses = number(run.local, "misses") + 1
        if misses >= self.tries:
            return run.leave(self.on_fail)
        of_kind = number(run.local, why)
        run.local.update({"misses": misses, why: of_kind + 1})
        return self.ask(run, nth(self.no_input if why == "no_input" else self.no_match, of_kind))

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, PlayDone):
            return self.listen(run)
        if isinstance(event, Key):
            if self.may_take(run):
                run.hush()
                return self.take(run, event.key)
        elif isinstance(event, Alarm) and event.name == "no_input":
            return self.miss(run, "no_input", "")
        elif isinstance(event, Speaking):
            if text(run.local, "phase").endswith("listening"):
                run.alarm("no_input", UNDERSTANDING_S)
        elif isinstance(event, Heard):
            return self.heard(run, event)
        elif isinstance(event, Wrote):
            keys = self.meant(run, event.text, is_written=True)
            return self.take(run, keys) if keys else self.miss(run, "no_match", event.text)
        return STAY

    def heard(self, run: "Run", event: Heard) -> Move:
        """An utterance."""
        sure = event.text if event.confidence >= self.min_confidence else ""
        keys = self.meant(run, sure, is_written=False)
        if keys:
            run.hush()
            return self.take(run, keys)
        if text(run.local, "phase").endswith("asking"):
            return STAY
        return self.miss(run, "no_match", event.text)

    def may_take(self, run: "Run") -> bool:
        """Whether a key counts now."""
        return self.barge_in or text(run.local, "phase") == "listening"


def nth(uses: Sequence[PromptUse], count: int) -> Sequence[PromptUse]:
    """The prompt of the `count`-th time (from 0), the last one for ever after; nothing if there is none."""
    return [uses[min(count, len(uses) - 1)]] if uses else []
