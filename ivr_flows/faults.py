"""Faults of form in words an admin can act on: what is wrong, and what to write instead."""

from difflib import get_close_matches
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic_core import ErrorDetails

from ivr_flows.words import Shape

_WANTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
}
_HINTS: Final = {
    "on_fail": "say where a caller goes who gives no valid answer: on_fail: {next: some_step}",
    "else": "say where a call goes that no case fits: else: some_step",
    "next": "say which step follows: next: some_step",
    "timeout": "say where a caller goes who waited too long: timeout: some_step",
}
_LATER: Final = {
    "grammar": "only a menu has a grammar; a collect hears digits",
    "voice": "voices are set on the server",
    "cause": "only normal; a reject has others",
}


def described(shape: type[Shape], detail: ErrorDetails, key: str, raw: str) -> tuple[str, str]:
    """(message, hint) of one fault that pydantic found in `shape`; `key: raw` is what stands in the text."""
    kind, where = detail["type"], detail["loc"]
    if kind == "extra_forbidden":
        return f"unknown key {where[-1]}", _unknown_hint(shape, where, str(where[-1]))
    if kind == "missing":
        return f"{where[-1]} is missing", _HINTS.get(str(where[-1]), f"add {where[-1]}:")
    if kind == "duration":
        return (
            f"{raw or 'this'} is not a duration",
            'write a number with its unit, such as "6s", "1.2s" or "15m"',
        )
    if kind in _WANTED:
        return f"{key} must be {_WANTED[kind]}", _type_hint(kind, raw)
    if kind == "literal_error":
        expected = detail.get("ctx", {}).get("expected", "")
        return f"{key}: {raw or 'this'} is not possible", f"possible: {expected}".replace("'", "")
    if kind in ("too_short", "too_long"):
        return f"{key} is empty" if kind == "too_short" else f"{key} has too many entries", ""
    return (detail["msg"] if kind == "form" else f"{key}: {detail['msg']}"), ""


def _type_hint(kind: str, raw: str) -> str:
    if kind == "string_type" and raw:
        return f'quote it: "{raw}"'
    return ""


def _unknown_hint(shape: type[Shape], where: tuple[int | str, ...], key: str) -> str:
    if key in _LATER:
        return _LATER[key]
    known = _keys_at(shape, where[:-1])
    near = get_close_matches(key, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known keys: {', '.join(sorted(known))}" if known else ""


def _keys_at(shape: Any, path: tuple[int | str, ...]) -> list[str]:
    """The keys that the mapping at `path` may have."""
    found = _shape_at(shape, path)
    if found is None:
        return []
    keys = [field.alias or name for name, field in found.model_fields.items()]
    return [*keys, "steps"] if "entry" in keys else keys


def _shape_at(kind: Any, path: tuple[int | str, ...]) -> type[Shape] | None:
    origin = get_origin(kind)
    if isinstance(kind, type) and origin is None and issubclass(kind, Shape):
        if not path:
            return kind
        for name, field in kind.model_fields.items():
            if path[0] in (name, field.alias):
                return _shape_at(field.annotation, path[1:])
        return None
    if origin is dict:
        return _shape_at(get_args(kind)[1], path[1:])
    if origin is tuple:
        return _shape_at(get_args(kind)[0], path[1:])
    if origin in (Union, UnionType):
        return next((found for part in get_args(kind) if (found := _shape_at(part, path))), None)
    if hasattr(kind, "__metadata__"):
        return _shape_at(kind.__origin__, path)
    return None
