"""language: one key chooses the language of the call, and of the customer where it is remembered."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ivr_flows.nodes.asking import Asking, Tries
from ivr_flows.nodes.base import Move
from ivr_flows.words import Bool, Duration, KeyPress, Language, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class LanguageStep(Asking):
    """Asks for a language. `remember` stores it on the contact."""

    type: Literal["language"]
    choices: Annotated[dict[KeyPress, Language], Field(min_length=1)]
    remember: Bool = True
    tries: Tries = 2
    timeout: Duration = 6.0
    next: StepRef

    def first_wait(self) -> float:
        return self.timeout

    def take(self, run: "Run", key: str) -> Move:
        language = self.choices.get(KeyPress(key))
        if language is None:
            return self.miss(run, "no_match", key)
        run.calm("no_input")
        run.keys_taken(key, "choice")
        run.speak_from_now(language, remember=self.remember)
        return self.onward()
