"""What a page shows of a customer, made of the row of the query `pop`. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from omnichannel import timeline
from omnichannel.identity import ContactKind, Trust
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import ThreadId

WORK_ITEM_STATUS: Final = ("new", "open", "waiting", "resolved", "closed")


def contact(row: Mapping[str, Any]) -> Json:
    """{id, thread, kind, name, language, customer_no, vip, tags, fields}."""
    known = row["contact"]
    attrs = known["attrs"]
    return {
        "id": known["id"],
        "thread": known["thread"],
        "kind": ContactKind(known["kind"]).name.lower(),
        "name": known["name"],
        "language": known["language"],
        "customer_no": known["customer_no"],
        "vip": bool(attrs.get("vip", False)),
        "tags": attrs.get("tags", []),
        "fields": attrs.get("fields", {}),
    }


def identities(row: Mapping[str, Any]) -> list[JsonValue]:
    """[{id, kind, scope, value, trust, shared, last_seen}], the most trusted first; trust in words."""
    ordered = sorted(row["identities"], key=lambda one: (-one["trust"], one["kind"], one["value"]))
    return [one | {"id": str(one["id"]), "trust": Trust(one["trust"]).name.lower()} for one in ordered]


def work_items(row: Mapping[str, Any]) -> list[JsonValue]:
    """[{number, status, queue, priority, subject, owner, opened_at}], the newest first; status in words."""
    ordered = sorted(row["work_items"], key=lambda one: -one["number"])
    return [one | {"status": WORK_ITEM_STATUS[one["status"]]} for one in ordered]


def whole(row: Mapping[str, Any]) -> Json:
    """A contact with its identities and open work items."""
    return contact(row) | {"identities": identities(row), "work_items": work_items(row)}


def pop(thread: ThreadId, row: Mapping[str, Any], call_facts: Json) -> Json:
    """{contact, identities, work_items, timeline (newest first), call}: what rides on an offer."""
    return {
        "contact": contact(row),
        "identities": identities(row),
        "work_items": work_items(row),
        "timeline": [timeline.entry(thread, one) for one in row["timeline"]],
        "call": call_facts,
    }
