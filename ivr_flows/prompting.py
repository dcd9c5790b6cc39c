"""From a prompt's name to what is said: language, fallback, holes filled in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from ivr_flows import ssml
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
            if self.is_written or part.audio is not None or part.ssml is not None:
                yield self._whole(name, language, part)
            elif part.text is not None:
                yield from (Spoken(name, language, stretch) for stretch in self._stretches(part.text))

    def _whole(self, name: str | None, language: str, part: PromptPart) -> Spoken:
        """A part in one piece: what is written, recorded or marked up."""
        markup = None if part.ssml is None else self._markup(part.ssml)
        words = part.written if self.is_written and part.written is not None else part.text
        text = ssml.words(markup or "") if words is None else parse_template(words).text(self.scope)
        audio = None if part.audio is None else str(part.audio)
        return (
            Spoken(name, language, text) if self.is_written else Spoken(name, language, text, audio, markup)
        )

    def _markup(self, template: str) -> str:
        """SSML with its holes filled in as words, whatever they hold."""
        pieces = parse_template(template).parts
        return "".join(
            piece if isinstance(piece, str) else escape(shown(piece.value(self.scope))) for piece in pieces
        )

    def _stretches(self, text: str) -> Iterator[str]:
        for piece in parse_template(text).parts:
            said = piece if isinstance(piece, str) else shown(piece.value(self.scope))
            for stretch in said.split() if is_digits(piece) else [said]:
                if clip := as_clip(stretch):
                    yield clip
