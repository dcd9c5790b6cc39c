"""menu: one key, one phrase, or one answer in writing chooses the way."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ivr_flows.hearing import digits_written, named
from ivr_flows.nodes.asking import Asking, Grammar
from ivr_flows.nodes.base import Move
from ivr_flows.shapes import ANY, TEXT_SCHEMA, Either, Exit, PromptLanguage
from ivr_flows.words import Duration, KeyPress, Language, Str, Template

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Choice(Exit):
    """One way of a menu. `say` names its phrases in the grammar, `label` is what a written channel shows."""

    say: Str | None = None
    label: dict[PromptLanguage, Template] = Field(default_factory=dict)


class Menu(Asking):
    """Asks for one of `choices`. A list of prompts is tapered: the n-th try plays the n-th.

    With `input: [dtmf, speech]` a choice's `say` names phrases of the `grammar`, by language. On a written channel
    the choices become a numbered list, answered by number or by label; a choice shows its `label`, else its first
    phrase, else nothing but its key.
    """

    WRITTEN_AS: ClassVar[str] = "a numbered list under the prompt"
    EXAMPLE: ClassVar[str] = """\
main:
  type: menu
  prompt: [main_menu, main_menu_short]
  input: [dtmf, speech]
  grammar:
    en-US: {billing: [billing, invoice], support: [support, help]}
  no_input: silence
  no_match: not_understood
  choices:
    "1": {say: billing, label: {any: Billing}, next: to_billing}
    "2": {say: support, label: {any: Support}, next: to_support}
  on_fail: {next: to_support}
"""

    type: Literal["menu"]
    choices: Annotated[dict[KeyPress, Annotated[Choice, Either(TEXT_SCHEMA)]], Field(min_length=1)]
    grammar: Grammar = Field(default_factory=dict)
    timeout: Duration = 6.0

    def first_wait(self) -> float:
        return self.timeout

    def phrases(self, run: "Run") -> Sequence[str]:
        spoken = {choice.say for choice in self.choices.values()}
        grammar = self._grammar(run)
        return [phrase for name, phrases in grammar.items() if name in spoken for phrase in phrases]

    def _grammar(self, run: "Run") -> dict[str, tuple[str, ...]]:
        return self.grammar.get(Language(run.session.language), {})

    def choices_shown(self, run: "Run") -> Iterable[tuple[str, str]]:
        for key, choice in self.choices.items():
            yield str(key), self._shown(run, key, choice)

    def _shown(self, run: "Run", key: str, choice: Choice) -> str:
        for language in (run.session.language, ANY):
            if (label := choice.label.get(PromptLanguage(language))) is not None:
                return run.text(label)
        spoken = self._grammar(run).get(choice.say or "", ())
        return spoken[0] if spoken else str(key)

    def meant(self, run: "Run", said: str, *, is_written: bool) -> str:
        grammar = self._grammar(run)
        ways = {str(key): grammar.get(choice.say or "", ()) for key, choice in self.choices.items()}
        if is_written:
            if (key := digits_written(said)) in ways:
                return key
            shown = dict(self.choices_shown(run))
            ways = {key: (*phrases, shown[key]) for key, phrases in ways.items()}
        return named(said, ways) or ""

    def take(self, run: "Run", key: str) -> Move:
        way = self.choices.get(KeyPress(key))
        if way is None:
            return self.miss(run, "no_match", key)
        run.calm("no_input")
        run.keys_taken(key, "choice")
        return run.leave(way)
