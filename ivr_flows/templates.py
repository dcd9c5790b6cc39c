"""Text with `${…}` in it. `$${` stands for a plain `${`."""

from dataclasses import dataclass
from functools import lru_cache

from ivr_flows.expressions import (
    MAX_TEXT,
    ROOTS,
    Expression,
    ExpressionFailed,
    ExpressionInvalid,
    Scope,
    compile_expression,
)
from threadline.kernel.events import JsonValue


@dataclass(frozen=True, slots=True)
class Filled:
    """A template cut at its holes: text stays text, a hole is an expression."""

    parts: tuple[str | Expression, ...]

    @property
    def is_static(self) -> bool:
        return all(isinstance(part, str) for part in self.parts)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))

    def value(self, scope: Scope) -> JsonValue:
        """A lone `${…}` keeps its type; anything else is text. Raises ExpressionFailed."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].value(scope)
        return self.text(scope)

    def text(self, scope: Scope) -> str:
        """The whole as text. Raises ExpressionFailed."""
        filled = "".join(part if isinstance(part, str) else shown(part.value(scope)) for part in self.parts)
        if len(filled) > MAX_TEXT:
            raise ExpressionFailed(f"a text of more than {MAX_TEXT} characters")
        return filled


def shown(value: JsonValue) -> str:
    """A value inside a sentence: whole numbers without a point, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _end_of_hole(text: str, start: int) -> int:
    """The index of the brace that closes the hole begun before `start`; braces and strings are balanced."""
    depth, quote, index = 1, "", start
    while index < len(text):
        character = text[index]
        if quote:
            index += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return index
        index += 1
    raise ExpressionInvalid("${ without its }")


@lru_cache(maxsize=8192)
def parse_template(text: str, known: frozenset[str] = ROOTS) -> Filled:
    """Cuts a text at its holes; `known` are the names they may use. Raises ExpressionInvalid for a hole that does not compile."""
    parts: list[str | Expression] = []
    plain, index = "", 0
    while (found := text.find("${", index)) >= 0:
        if found > 0 and text[found - 1] == "$":
            plain += text[index : found - 1] + "${"
            index = found + 2
            continue
        plain += text[index:found]
        end = _end_of_hole(text, found + 2)
        if plain:
            parts.append(plain)
        parts.append(compile_expression(text[found + 2 : end].strip(), known))
        plain, index = "", end + 1
    plain += text[index:]
    return Filled((*parts, plain) if plain else tuple(parts))
