"""Declared variables: what each may hold."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from ivr_flows.expressions import ExpressionFailed, Scope, compile_expression, plain
from ivr_flows.shapes import Var, VarType
from ivr_flows.wording import said
from threadline.kernel.events import JsonValue


class VarRejected(ExpressionFailed):
    """The value does not fit the variable's declaration."""


def _whole(value: Any) -> JsonValue:
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value) else value


def _fraction(value: Any) -> JsonValue:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", value):
        return float(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else plain(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_READ: Final[dict[VarType, Callable[[Any], JsonValue]]] = {"int": _whole, "float": _fraction}
_FITS: Final[dict[VarType, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "bool": lambda value: isinstance(value, bool),
    "date": _is_date,
    "phone": lambda value: isinstance(value, str) and re.fullmatch(r"\+?[0-9*#]{2,20}", value) is not None,
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}


def matches(pattern: str, text: str) -> bool:
    """Whether a regular expression is found in `text`, in linear time. Raises ExpressionFailed if it is none."""
    found = compile_expression("value[0].matches(value[1])").value(Scope({"value": [text, pattern]}, {}))
    return found is True


def accept(name: str, var: Var, value: Any) -> JsonValue:
    """`value` as the variable holds it; text of digits becomes a number where one is declared.

    None empties a variable. Raises VarRejected.
    """
    if value is None:
        return None
    held = _READ.get(var.type, plain)(value)
    if not _FITS[var.type](held):
        raise VarRejected(said("var.type", name=name, type=var.type))
    if var.pattern is not None and (not isinstance(held, str) or not matches(var.pattern, held)):
        raise VarRejected(said("var.pattern", name=name))
    size = held if isinstance(held, int | float) else len(held) if isinstance(held, str | list | dict) else 0
    if (var.min is not None and size < var.min) or (var.max is not None and size > var.max):
        raise VarRejected(said("var.range", name=name))
    return held
