"""CEL in flows: conditions, and `${…}` inside text.

The language is the Common Expression Language (cel-spec); the Rust engine behind `cel` can't be
interrupted, hence the guards: length, nesting, one comprehension, short lists, plain data only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import cel

from ivr_flows.wording import said
from threadline.kernel.errors import Invalid, ThreadlineError
from threadline.kernel.events import JsonValue

MAX_LENGTH: Final = 500
MAX_NESTING: Final = 32
MAX_LIST: Final = 200
MAX_PLAIN_DEPTH: Final = 8
MAX_ITEMS: Final = 5_000
MAX_TEXT: Final = 131_072  # characters; a text that doubles itself at every visit ends here

ROOTS: Final = frozenset({"call", "contact", "vars", "queue", "thread", "now", "value"})
HOST_FUNCTIONS: Final = frozenset(
    {"hour", "weekday", "open", "days_since", "say_digits", "say_money", "say_date"}
)
_BUILT_IN: Final = frozenset(
    [
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "type",
        "dyn",
        "timestamp",
        "duration",
        "getFullYear",
        "getMonth",
        "getDayOfMonth",
        "getDayOfYear",
        "getDate",
        "getDayOfWeek",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
    ]
)
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_COMPREHENSION: Final = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)?")
_VAR: Final = re.compile(r"\bvars\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*[\"'](\w+)[\"']\s*\])")
_HAS_VAR: Final = re.compile(r"\bhas\s*\(\s*vars\s*\.\s*([A-Za-z_]\w*)")


class ExpressionInvalid(Invalid):
    """The expression can't be compiled."""


class ExpressionFailed(ThreadlineError):
    """The expression has no value now: a key is missing, or the types don't fit."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may see: plain data and the host functions."""

    names: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `variables` are the `vars.*` it reads, `guarded` those it asks `has()` of."""

    text: str
    program: Any
    roots: frozenset[str]
    functions: frozenset[str]
    variables: frozenset[str]
    guarded: frozenset[str]

    def value(self, scope: Scope) -> JsonValue:
        """The value in `scope`. Raises ExpressionFailed."""
        context = cel.Context({name: scope.names[name] for name in self.roots if name in scope.names})
        for name in self.functions & scope.functions.keys():
            context.add_function(name, scope.functions[name])
        try:
            return plain(self.program.execute(context))
        except KeyError as exc:
            raise ExpressionFailed(f"{self.text}: there is no {exc.args[0]!r}") from exc
        except (ValueError, TypeError, RuntimeError, ArithmeticError, IndexError) as exc:
            raise ExpressionFailed(f"{self.text}: {str(exc).splitlines()[0]}") from exc


class _Budget:
    """How much of a value there may still be."""

    __slots__ = ("items", "text")

    def __init__(self) -> None:
        self.items = MAX_ITEMS
        self.text = MAX_TEXT

    def spend(self, text: int) -> None:
        self.items -= 1
        self.text -= text
        if self.items < 0 or self.text < 0:
            raise ExpressionFailed(f"a value of more than {MAX_ITEMS} parts or {MAX_TEXT} characters")


def plain(value: Any, depth: int = 0, budget: _Budget | None = None) -> JsonValue:
    """`value` as JSON: times as ISO 8601, durations as seconds. Raises ExpressionFailed on anything else."""
    budget = budget or _Budget()
    budget.spend(len(value) if isinstance(value, str) else 0)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if depth >= MAX_PLAIN_DEPTH:
        raise ExpressionFailed("nested too deep")
    if isinstance(value, list | tuple):
        if len(value) > MAX_LIST:
            raise ExpressionFailed(f"a list of more than {MAX_LIST}")
        return [plain(item, depth + 1, budget) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1, budget) for key, item in value.items()}
    raise ExpressionFailed(f"{type(value).__name__} is no plain value")


def _nesting(bare: str) -> int:
    deepest = level = 0
    for character in bare:
        level += (character in "([{") - (character in ")]}")
        deepest = max(deepest, level)
    return deepest


def _guard(text: str, bare: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionInvalid(said("cel.long", most=MAX_LENGTH))
    if _nesting(bare) > MAX_NESTING or re.search(r"[!-]{16}", bare):
        raise ExpressionInvalid(said("cel.nested", most=MAX_NESTING))
    if len(_COMPREHENSION.findall(bare)) > 1:
        raise ExpressionInvalid(said("cel.comprehensions"))


@lru_cache(maxsize=8192)
def compile_expression(text: str, known: frozenset[str] = ROOTS) -> Expression:
    """Compiles once; the cache keeps it. `known` are the names it may use. Raises ExpressionInvalid."""
    bare = _STRING.sub('""', text)
    _guard(text, bare)
    try:
        program = cel.compile(text)
    except ValueError as exc:
        detail = str(exc).partition("ERROR: ")[2] or str(exc)
        raise ExpressionInvalid(detail.splitlines()[0].removeprefix("<input>:")) from exc
    own = {name for name in _COMPREHENSION.findall(bare) if name}
    roots = frozenset(program.variables()) - own
    functions = frozenset(
        name for name in program.functions() if name.isidentifier() and not name.startswith("_")
    )
    if unknown := roots - known:
        raise ExpressionInvalid(said("cel.name", name=min(unknown), known=", ".join(sorted(known))))
    if unknown := functions - HOST_FUNCTIONS - _BUILT_IN:
        raise ExpressionInvalid(said("cel.function", name=min(unknown)))
    return Expression(
        text=text,
        program=program,
        roots=roots,
        functions=functions & HOST_FUNCTIONS,
        variables=frozenset(a or b for a, b in _VAR.findall(text)),
        guarded=frozenset(_HAS_VAR.findall(bare)),
    )
