"""An order; what a source may answer, {title, rows: [{label, value}], links: [{label, url}]}; and its facts. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from threadline.kernel.events import Json

ROWS_MAX: Final = 50
CHARS_MAX: Final = 500
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Order:
    """`source`: the system it came from; `number` is unique there. `currency` as in ISO 4217."""

    source: str
    number: str
    placed_at: datetime
    value: Decimal
    currency: str
    status: str = ""
    title: str = ""


def read_panel(body: bytes, title: str) -> Json | None:
    """None where it is no JSON object. What does not fit is left out; links lead to http(s) only."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    rows = [found for one in _list(raw.get("rows")) if (found := _row(one)) is not None]
    links = [found for one in _list(raw.get("links")) if (found := _link(one)) is not None]
    return {"title": _text(raw.get("title")) or title, "rows": [*rows], "links": [*links]}


def facts_of(panels: Sequence[Mapping[str, Any]]) -> Json:
    """{name: value} of all rows: a label in small letters and digits, joined by _; what is a number is one.

    "Đơn hàng" is `don_hang`. Of two rows with one name the first counts.
    """
    found: Json = {}
    for panel in panels:
        for row in panel["rows"]:
            name = fact_name(str(row["label"]))
            if name:
                found.setdefault(name, _fact(str(row["value"])))
    return found


def fact_name(label: str) -> str:
    plain = unicodedata.normalize("NFD", label.lower()).replace("đ", "d")
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    name = _NO_NAME.sub("_", kept).strip("_")
    return f"n_{name}" if name[:1].isdigit() else name


def _fact(value: str) -> int | float | str:
    if not _NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _row(raw: Any) -> Json | None:
    if not isinstance(raw, dict) or not _text(raw.get("label")):
        return None
    return {"label": _text(raw["label"]), "value": _text(raw.get("value"))}


def _link(raw: Any) -> Json | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("url"), str):
        return None
    try:
        is_web = urlsplit(raw["url"]).scheme in ("http", "https")
    except ValueError:
        return None
    url = raw["url"][:2000]
    return {"label": _text(raw.get("label")) or url, "url": url} if is_web else None


def _list(value: Any) -> list[Any]:
    return value[:ROWS_MAX] if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return ""
    return str(value).replace("\x00", "")[:CHARS_MAX]
