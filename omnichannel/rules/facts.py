"""What conditions and texts see: a message, a customer, a case, a call, and the time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from ivr_flows.calendar import DAYS, Calendar, zone_of
from ivr_flows.expressions import ExpressionFailed, Scope, compile_expression
from ivr_flows.templates import parse_template
from omnichannel.card import WORK_ITEM_STATUS
from omnichannel.rules.model import Trigger

NAMES: Final = frozenset({"message", "contact", "case", "call", "now"})
TEXT_NAMES: Final = NAMES | {"agent"}
FUNCTIONS: Final = frozenset({"hour", "weekday", "open", "days_since"})
TEXT_SEEN: Final = 20_000  # characters of a message a condition looks at
ZONE: Final = "Asia/Ho_Chi_Minh"
KNOWN_AT: Final[dict[Trigger, frozenset[str]]] = {
    "message_in": NAMES - {"call"},
    "message_out": NAMES - {"call"},
    "case_opened": NAMES - {"message", "call"},
    "case_changed": NAMES - {"message", "call"},
    "call_ended": NAMES - {"message"},
}
"""What each trigger brings; the rest would never have a value."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`names` are plain data; `languages` are tried in order for texts."""

    names: Mapping[str, Any]
    calendars: Mapping[str, Calendar]
    now: datetime
    languages: tuple[str, ...] = ()

    def beside(self, **more: Any) -> "Facts":
        return replace(self, names={**self.names, **more})

    def scope(self) -> Scope:
        local = self.now.astimezone(zone_of(ZONE))
        return Scope(
            {**self.names, "now": self.now},
            {
                "hour": lambda: local.hour,
                "weekday": lambda: DAYS[local.weekday()],
                "open": self._is_open,
                "days_since": lambda day: (local.date() - date.fromisoformat(str(day)[:10])).days,
            },
        )

    def holds(self, condition: str) -> bool:
        """Raises ExpressionInvalid, ExpressionFailed."""
        value = compile_expression(condition, NAMES).value(self.scope())
        if not isinstance(value, bool):
            raise ExpressionFailed("The condition is neither true nor false.")
        return value

    def text(self, texts: Mapping[str, str]) -> str:
        """The text in the best language there is, filled in. Raises ExpressionInvalid, ExpressionFailed."""
        return self.filled(texts[best_language(texts, self.languages)])

    def filled(self, template: str) -> str:
        return parse_template(template, TEXT_NAMES).text(self.scope())

    def _is_open(self, name: str) -> bool:
        calendar = self.calendars.get(name)
        if calendar is None:
            raise ExpressionFailed(f"there is no calendar {name}")
        return calendar.status(self.now) == "open"


def best_language(texts: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    """The language to use: a wanted one, or one that differs from it in the country only, or the first there is."""
    for language in wanted:
        if language in texts:
            return language
        short = language.partition("-")[0].lower()
        for there in texts:
            if there.partition("-")[0].lower() == short:
                return there
    return "" if "" in texts else next(iter(texts))


def facts_of(
    row: Mapping[str, Any],
    data: Mapping[str, Any],
    calendars: Mapping[str, Calendar],
    now: datetime,
    default: str,
) -> Facts:
    """`row` is that of the query `facts`, `data` the happening's."""
    names = {
        "message": _message(row, data),
        "contact": _contact(row),
        "case": case_facts(row),
        "call": _call(row),
        "agent": {"name": "", "login": ""},
    }
    wanted = (row["locale"], row["endpoint_language"], default)
    return Facts(names, calendars, now, tuple(language for language in wanted if language))


def case_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["number"] is None:
        return {}
    return {
        "number": row["number"],
        "status": WORK_ITEM_STATUS[row["case_status"]],
        "queue": row["queue"] or "",
        "priority": row["priority"],
        "subject": row["subject"] or "",
        "topic": row["topic"] or "",
        "tags": list(row["tags"] or ()),
        "fields": dict(row["fields"] or {}),
        "owner": row["owner_login"] or "",
    }


def _message(row: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    if row["kind"] not in ("message", "email"):
        return {}
    meta = row["meta"] or {}
    return {
        "channel": row["channel"],
        "endpoint": row["endpoint_title"] or "",
        "address": row["endpoint_address"] or "",
        "direction": row["direction"],
        "text": (row["text"] or "")[:TEXT_SEEN],
        "subject": str(meta.get("subject") or ""),
        "is_automatic": bool(data.get("is_automatic") or meta.get("is_automatic")),
        "has_files": bool(row["has_files"]),
        "from": {"kind": row["identity_kind"] or "", "value": row["identity_value"] or ""},
    }


def _contact(row: Mapping[str, Any]) -> dict[str, Any]:
    attrs = row["attrs"] or {}
    return {
        "id": str(row["contact"]),
        "name": row["display_name"] or "",
        "language": row["locale"] or "",
        "customer_no": row["customer_no"] or "",
        "tags": list(attrs.get("tags") or ()),
        "fields": dict(attrs.get("fields") or {}),
        "vip": bool(attrs.get("vip")),
    }


def _call(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["kind"] != "call":
        return {}
    meta = row["meta"] or {}
    outcome = meta.get("outcome") or {}
    return {
        "direction": meta.get("direction") or "",
        "number": meta.get("number") or "",
        "entry": meta.get("entry") or "",
        "queue": meta.get("queue") or "",
        "result": outcome.get("result") or row["status"] or "",
        "reason": outcome.get("reason") or "",
        "wait_s": float(meta.get("wait_s") or 0),
        "talk_s": float(meta.get("talk_s") or 0),
        "tags": list(meta.get("tags") or ()),
        "fields": dict(meta.get("fields") or {}),
    }
