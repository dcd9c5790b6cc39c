"""Reads what providers send without trusting its shape, and makes texts and keys fit to be stored. Pure.

Providers add, omit and retype fields without notice: a field that is not what it should be reads as absent.
PostgreSQL takes neither NUL nor lone surrogates, both of which JSON can carry.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json, JsonValue

KEY_MAX: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S: Final = 253_402_300_799  # the last second of the year 9999


def parsed(raw: bytes) -> Json:
    """`raw` as a JSON object. Raises Invalid."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise Invalid("The body is no JSON.") from exc
    if not isinstance(value, dict):
        raise Invalid("The body is no JSON object.")
    return value


def written(value: JsonValue) -> bytes:
    """`value` as ASCII JSON: whatever text it holds can be stored and read again."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def at(value: JsonValue, *path: str) -> JsonValue:
    """What `value` holds under `path`; None where any step of it is missing."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def branch(value: JsonValue, *path: str) -> Json:
    """The object under `path`; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: JsonValue, *path: str) -> Iterator[Json]:
    """The objects of the list under `path`."""
    found = at(value, *path)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def text(value: JsonValue, *path: str) -> str:
    """The text under `path`, cleaned; numbers (ids that came as such) as their digits, all else as ''."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return clean(str(found))


def texts(value: JsonValue, *path: str) -> list[str]:
    """The texts of the list under `path`."""
    found = at(value, *path)
    return [clean(one) for one in found if isinstance(one, str)] if isinstance(found, list) else []


def clean(value: str) -> str:
    """NFC, without what the database can't hold."""
    whole = value.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", whole)


def moment(value: JsonValue, unit: timedelta, otherwise: datetime) -> datetime:
    """`value`, a count of `unit`s since 1970 as number or digits; `otherwise` where it can't be that."""
    try:
        count = int(value) if isinstance(value, int | str) else 0
    except ValueError:
        return otherwise
    if not 0 < count * unit.total_seconds() < _LATEST_S:
        return otherwise
    return _EPOCH + count * unit


def key_of(*parts: str) -> str:
    """A key of `parts` that the database takes: as they are, or their hash where they are long or odd."""
    whole = ":".join(parts)
    if len(whole) <= KEY_MAX and whole.isascii() and whole.isprintable():
        return whole
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def lines(parts: Sequence[str]) -> str:
    """Those of `parts` that say anything, one a line."""
    return "\n".join(part for part in parts if part)
