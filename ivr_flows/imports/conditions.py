"""Conditions of other systems as CEL: `$["${DIGITS}" = "1"]` of a dialplan, `age == 'old'` of a document.

Every variable an import declares is a text, so numbers are compared as numbers only where the condition
asks which is greater.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr_flows.imports.sketch import quoted

MAX_LENGTH: Final = 400
MAX_NESTING: Final = 16
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d+)?)|(?P<hole>\$\{[^{}]*\})"""
    r"""|(?P<name>[A-Za-z_][\w.$]*)|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[=<>!&|()+-]))"""
)
_SIGNS: Final[Mapping[str, str]] = {"=": "==", "===": "==", "!==": "!=", "&": "&&", "|": "||"}
_ORDERS: Final = frozenset({"<", ">", "<=", ">="})
_EQUALS: Final = frozenset({"==", "!="})
_SUMS: Final = frozenset({"+", "-"})


class Untranslatable(Exception):
    """The condition has no counterpart in CEL."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # text, number, name, sign
    value: str


Resolve = Callable[[str], str]


def tokens_of(condition: str) -> list[Token]:
    """Raises Untranslatable at what is no token."""
    if len(condition) > MAX_LENGTH:
        raise Untranslatable("it is too long")
    found, index = [], 0
    while index < len(condition.rstrip()):
        match = _TOKEN.match(condition, index)
        if match is None:
            raise Untranslatable(f"{condition[index:].strip()[:20]} has no counterpart")
        kind = str(match.lastgroup)
        value = match[kind]
        found.append(Token("sign", _SIGNS.get(value, value)) if kind == "sign" else _operand(kind, value))
        index = match.end()
    return found


def _operand(kind: str, value: str) -> Token:
    if kind == "text":
        hole = re.fullmatch(r"\$\{([^{}]*)\}", value[1:-1])
        if hole is None and "${" in value:
            raise Untranslatable(f"{value} is put together from parts")
        return Token("name", hole[1]) if hole else Token("text", value[1:-1])
    return Token("name", value[2:-1]) if kind == "hole" else Token(kind, value)


def translated(condition: str, resolve: Resolve) -> str:
    """The condition in CEL; `resolve` gives the CEL of a name or raises Untranslatable."""
    tokens = tokens_of(condition)
    return _Parser(tokens, resolve).condition() if tokens else "false"


class _Parser:
    """or, and, not, comparison, in the order in which both languages bind."""

    def __init__(self, tokens: Sequence[Token], resolve: Resolve) -> None:
        self._tokens = list(tokens)
        self._resolve = resolve
        self._depth = 0

    def condition(self) -> str:
        made = self._either()
        if self._tokens:
            raise Untranslatable(f"{self._tokens[0].value} is not expected there")
        return made

    def _sign(self, *signs: str) -> str:
        if self._tokens and self._tokens[0].kind == "sign" and self._tokens[0].value in signs:
            return self._tokens.pop(0).value
        return ""

    def _either(self) -> str:
        parts = [self._both()]
        while self._sign("||"):
            parts.append(self._both())
        return " || ".join(parts)

    def _both(self) -> str:
        parts = [self._one()]
        while self._sign("&&"):
            parts.append(self._one())
        return " && ".join(parts)

    def _one(self) -> str:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise Untranslatable("it is nested too deep")
        made = self._factor()
        self._depth -= 1
        return made

    def _factor(self) -> str:
        if self._sign("!"):
            return f"!({self._one()})"
        if not self._sign("("):
            return self._comparison()
        made = self._either()
        if not self._sign(")"):
            raise Untranslatable("a bracket is missing")
        return f"({made})"

    def _comparison(self) -> str:
        left = self._take()
        if order := self._sign(*_ORDERS):
            return f"{self._number(left)} {order} {self._number(self._take())}"
        if equal := self._sign(*_EQUALS):
            return f"{self._text(left)} {equal} {self._text(self._take())}"
        if left.kind == "name" and left.value not in ("true", "false"):
            return f'!({self._text(left)} in ["", "0", "false"])'
        return "false" if left.value in ("", "0", "false") else "true"

    def _take(self) -> Token:
        if not self._tokens or self._tokens[0].kind == "sign":
            raise Untranslatable("something is missing in it")
        return self._tokens.pop(0)

    def _text(self, token: Token) -> str:
        is_name = token.kind == "name" and token.value not in ("true", "false")
        return self._resolve(token.value) if is_name else quoted(token.value)

    def _number(self, token: Token) -> str:
        if token.kind == "name":
            return f"double({self._resolve(token.value)})"
        try:
            return repr(float(token.value))
        except ValueError as exc:
            raise Untranslatable(f"{token.value} is no number") from exc


def arithmetic(expression: str, resolve: Resolve) -> str:
    """`${COUNT} + 1` as CEL that gives a text again. Raises Untranslatable for anything but sums."""
    made: list[str] = []
    for index, token in enumerate(tokens_of(expression)):
        if (token.kind == "sign") != bool(index % 2) or (index % 2 and token.value not in _SUMS):
            raise Untranslatable(f"{expression} is no sum")
        if token.kind == "sign":
            made.append(token.value)
        elif token.kind == "name":
            made.append(f"int({resolve(token.value)})")
        elif token.value.isdigit():
            made.append(token.value)
        else:
            raise Untranslatable(f"{expression} is no sum")
    if not len(made) % 2:
        raise Untranslatable(f"{expression} is no sum")
    return f"string({' '.join(made)})"
