"""From a prompt's name to what is said: language, fallback, holes filled in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ivr_flows.effects import Spoken
from ivr_flows.expressions import Expression, Scope
from ivr_flows.model import Flow
from ivr_flows.shapes import ANY, Prompt, PromptLanguage, PromptPart, PromptUse
from ivr_flows.templates import parse_template, shown
from ivr_flows.words import PromptId

_DIGITS_CALL: Final = re.compile(r"say_digits\(.*\)", re.DOTALL)


def parts_for(prompt: Prompt, language: str, default: str) -> Sequence[PromptPart]:
    """The parts said in `language`: its own, else those for any, else the default language's."""
    for key in (language, ANY, default):
        found = prompt.get(PromptLanguage(key))
        if found is not None:
            return found
    return ()


def as_clip(text: str) -> str:
    """A stretch of text as it is spoken alone: no blanks around, no punctuation left over from a hole."""
    return re.sub(r"^[\s.,;:!?]+", "", text).strip() if re.search(r"\w", text) else ""


def is_digits(part: str | Expression) -> bool:
    """Whether a hole speaks digits, each of which is a file of its own."""
    return isinstance(part, Expression) and _DIGITS_CALL.fullmatch(part.text) is not None


def joined(items: Sequence[Spoken]) -> Sequence[Spoken]:
    """What is written: one message of everything that has words."""
    said = [item for item in items if item.text]
    if not said:
        return []
    return [Spoken(said[-1].prompt, said[-1].language, "\n".join(item.text for item in said))]


@dataclass(frozen=True, slots=True)
class Prompter:
    """Prompts of one flow in one language. A text with holes becomes several Spoken.

    The stretches between holes and the words of digits are then files made beforehand; only what can't
    be known is left to be spoken during the call.
    """

    flow: Flow
    language: str
    scope: Scope
    is_written: bool = False

    def spoken(self, uses: Sequence[PromptUse]) -> list[Spoken]:
        """What these prompts say, in order. Raises ExpressionFailed."""
        return [item for use in uses for item in self._use(use)]

    def _use(self, use: PromptUse) -> Iterator[Spoken]:
        prompt = use.inline or self.flow.prompts.get(PromptId(use.id or ""), {})
        for part in parts_for(prompt, self.language, self.flow.head.languages.default):
            language = str(part.language or self.language)
            name = None if use.id is None else str(use.id)
            if self.is_written and part.written is not None:
                yield Spoken(name, language, parse_template(part.written).text(self.scope))
            elif part.text is None and part.audio is None:
                continue
            elif part.audio is not None:
                text = "" if part.text is None else parse_template(part.text).text(self.scope)
                yield Spoken(name, language, text, str(part.audio))
            else:
                yield from self._spoken_text(name, language, str(part.text))

    def _spoken_text(self, name: str | None, language: str, text: str) -> Iterator[Spoken]:
        if self.is_written:
            yield Spoken(name, language, parse_template(text).text(self.scope))
            return
        for stretch in self._stretches(text):
            yield Spoken(name, language, stretch)

    def _stretches(self, text: str) -> Iterator[str]:
        for piece in parse_template(text).parts:
            said = piece if isinstance(piece, str) else shown(piece.value(self.scope))
            for stretch in said.split() if is_digits(piece) else [said]:
                if clip := as_clip(stretch):
                    yield clip
