"""Faults of form in words an admin can act on: what is wrong, and what to write instead."""

import re
from difflib import get_close_matches
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic_core import ErrorDetails

from ivr_flows.wording import NOTHING, Said, said
from ivr_flows.words import Shape

_WANTED: Final = {
    "string_type": "must.text",
    "int_type": "must.whole",
    "int_from_float": "must.whole",
    "bool_type": "must.flag",
    "dict_type": "must.mapping",
    "model_type": "must.mapping",
    "model_attributes_type": "must.mapping",
    "tuple_type": "must.list",
    "list_type": "must.list",
}
_HINTED: Final = frozenset({"on_fail", "else", "next", "timeout"})
_LATER: Final = frozenset({"grammar", "voice", "cause"})


def described(shape: type[Shape], detail: ErrorDetails, key: str, raw: str) -> tuple[Said, Said]:
    """(message, hint) of one fault that pydantic found in `shape`; `key: raw` is what stands in the text."""
    kind, where = detail["type"], detail["loc"]
    if kind == "extra_forbidden":
        return said("key.unknown", key=where[-1]), _unknown_hint(shape, where, str(where[-1]))
    if kind == "missing":
        hint = said(f"missing.{where[-1] if where[-1] in _HINTED else 'hint'}", key=where[-1])
        return said("missing", key=where[-1]), hint
    if kind == "wrong.duration":
        shown = said("wrong.duration", shown=raw) if raw else said("wrong.duration.this")
        return shown, said("wrong.duration.hint")
    if kind in _WANTED:
        hinted = kind == "string_type" and raw
        return said(_WANTED[kind], key=key), said("quote", raw=raw) if hinted else NOTHING
    if kind == "literal_error":
        shown = said("impossible", key=key, raw=raw) if raw else said("impossible.this", key=key)
        return shown, _possible(detail)
    if kind in ("too_short", "too_long"):
        return said("empty", key=key) if kind == "too_short" else said("too_many", key=key), NOTHING
    return _of_its_own(detail, key), NOTHING


def _of_its_own(detail: ErrorDetails, key: str) -> Said:
    """What a check of ours says (ivr_flows.wording.wrong), or one of pydantic's that no flow should meet."""
    what = detail.get("ctx", {}).get("what")
    found = what if isinstance(what, Said) else said("other", what=detail["msg"])
    return found if found.code == "wrong.form" else said("at_key", key=key, what=found)


def _possible(detail: ErrorDetails) -> Said:
    *values, last = re.findall(r"'([^']*)'", detail.get("ctx", {}).get("expected", "")) or [""]
    return (
        said("possible.or", values=", ".join(values), last=last) if values else said("possible", values=last)
    )


def _unknown_hint(shape: type[Shape], where: tuple[int | str, ...], key: str) -> Said:
    if key in _LATER:
        return said(f"key.later.{key}")
    known = _keys_at(shape, where[:-1])
    near = get_close_matches(key, known, n=1)
    if near:
        return said("near", near=near[0])
    return said("key.known", keys=", ".join(sorted(known))) if known else NOTHING


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
