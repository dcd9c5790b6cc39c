"""What menu, language and collect share: the question, its retries, and keys during the prompt.

A key during a prompt with barge_in stops it and counts as the answer; without barge_in keys during the
prompt are dropped. The n-th try plays the n-th prompt of the list, later ones the last (tapered
prompts); before it comes the n-th of no_input or no_match. After `tries` failures on_fail decides at
once. A key pressed during an interruptible `say` before answers the question unheard.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator

from ivr_flows.inputs import Key, PlayDone
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.session import number, text
from ivr_flows.shapes import Needed, PromptUse, Uses, Way, between
from ivr_flows.words import Bool, Int

if TYPE_CHECKING:
    from ivr_flows.run import Run

Miss = Literal["no_input", "no_match"]
Tries = Annotated[Int, AfterValidator(between(1, 10))]


class Asking(Step):
    """A question answered by keys."""

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
        if run.say([*complaint, *question], barge_in=self.barge_in):
            return STAY
        return self.listen(run)

    def listen(self, run: "Run") -> Move:
        run.local["phase"] = "listening"
        run.alarm("no_input", self.first_wait())
        return STAY

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
        return STAY

    def may_take(self, run: "Run") -> bool:
        """Whether a key counts now."""
        return self.barge_in or text(run.local, "phase") == "listening"


def nth(uses: Sequence[PromptUse], count: int) -> Sequence[PromptUse]:
    """The prompt of the `count`-th time (from 0), the last one for ever after; nothing if there is none."""
    return [uses[min(count, len(uses) - 1)]] if uses else []
