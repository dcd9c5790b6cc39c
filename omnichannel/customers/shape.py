"""An order; and what a source may answer: {title, rows: [{label, value}], links: [{label, url}]}. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from threadline.kernel.events import Json

ROWS_MAX: Final = 50
CHARS_MAX: Final = 500


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
