"""Plain data as the YAML an admin would write: short mappings on one line, a comment above each step."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

WIDTH: Final = 100
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,100}|[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)")
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def clean(text: str) -> str:
    """Without control characters, lone surrogates and runs of blanks."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r" {2,}", " ", shown).strip()


def scalar(value: Any) -> str:
    """One value. Text is quoted wherever YAML could read it otherwise."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
            return str(value)
        text = clean(value)
        is_easier = '"' in text and "'" not in text
        return f"'{text}'" if is_easier else json.dumps(text, ensure_ascii=False)
    return json.dumps(value)


def on_one_line(value: Any) -> str:
    """Flow notation."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {on_one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(on_one_line, value)) + "]"
    return scalar(value)


def comment(text: str, indent: int = 0) -> str:
    return f"{' ' * indent}# {clean(text)[:160]}"


def block(value: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """Lines of a mapping, its longer values broken up below their keys."""
    for key, item in value.items():
        start = f"{' ' * indent}{scalar(key)}:"
        short = on_one_line(item)
        if not isinstance(item, Mapping | list) or not item or len(start) + len(short) < WIDTH:
            yield f"{start} {short}"
        elif isinstance(item, Mapping):
            yield start
            yield from block(item, indent + 2)
        else:
            yield start
            yield from (f"{' ' * (indent + 2)}- {on_one_line(each)}" for each in item)
