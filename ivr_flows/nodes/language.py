"""language: one key chooses the language of the call, and of the customer where it is remembered."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ivr_flows import phrases
from ivr_flows.hearing import digits_written, named
from ivr_flows.nodes.asking import Asking, Tries
from ivr_flows.nodes.base import Move
from ivr_flows.words import Bool, Duration, KeyPress, Language, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


class LanguageStep(Asking):
    """Asks for a language. `remember` stores it on the contact."""

    WRITTEN_AS: ClassVar[str] = "a numbered list under the prompt"
    EXAMPLE: ClassVar[str] = """\
pick_language:
  type: language
  prompt: pick_language
  choices: {"1": vi-VN, "2": en-US}
  remember: true
  on_fail: {set_language: vi-VN, next: hours}
  next: hours
"""

    type: Literal["language"]
    choices: Annotated[dict[KeyPress, Language], Field(min_length=1)]
    remember: Bool = True
    tries: Tries = 2
    timeout: Duration = 6.0
    next: StepRef

    def first_wait(self) -> float:
        return self.timeout

    def choices_shown(self, run: "Run") -> Iterable[tuple[str, str]]:
        return [(str(key), phrases.name_of(language)) for key, language in self.choices.items()]

    def meant(self, run: "Run", said: str, *, is_written: bool) -> str:
        if (key := digits_written(said)) in self.choices:
            return key
        ways = {str(each): (phrases.name_of(language), language) for each, language in self.choices.items()}
        return named(said, ways) or ""

    def take(self, run: "Run", key: str) -> Move:
        language = self.choices.get(KeyPress(key))
        if language is None:
            return self.miss(run, "no_match", key)
        run.calm("no_input")
        run.keys_taken(key, "choice")
        run.speak_from_now(language, remember=self.remember)
        return self.onward()
