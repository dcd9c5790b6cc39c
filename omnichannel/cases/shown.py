"""What a case looks like to a page, and the cursor that leads to less urgent ones. Pure."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from omnichannel.card import WORK_ITEM_STATUS
from omnichannel.errors import CursorUnreadable
from omnichannel.timeline import iso
from threadline.kernel.events import Json

FIRST: Final = (0, datetime(1970, 1, 1, tzinfo=UTC), 0)
TIMES: Final = (
    "opened_at", "period_at", "turn_at", "first_human_reply_at", "first_due_at", "turn_due_at", "resolve_due_at",
    "next_due_at", "resolved_at", "closed_at", "snoozed_until", "changed_at",
)  # fmt: skip
PLAIN: Final = ("number", "queue", "queue_title", "priority", "subject", "topic", "reopen_count", "opened_by")


def case(row: Mapping[str, Any], now: datetime) -> Json:
    """{number, thread, contact: {id, name}, status, owner: {id, name} | null, queue, queue_title, priority, subject,
    topic, tags, fields, the times of TIMES (ISO 8601), reopen_count, opened_by, overdue}.

    `overdue`: a promise of this open period is or was broken.
    """
    times: Json = {name: None if row[name] is None else iso(row[name]) for name in TIMES}
    owner: Json | None = None
    if row["owner_id"] is not None:
        owner = {"id": str(row["owner_id"]), "name": row["owner_name"]}
    due = row["next_due_at"]
    return {
        **{name: row[name] for name in PLAIN},
        **times,
        "thread": str(row["thread"]),
        "contact": {"id": str(row["contact"]), "name": row["contact_name"]},
        "status": WORK_ITEM_STATUS[row["status"]],
        "owner": owner,
        "tags": list(row["tags"]),
        "fields": dict(row["fields"]),
        "overdue": row["is_broken"] or (due is not None and due <= now),
    }


def mention(row: Mapping[str, Any]) -> Json:
    """{entry, thread, contact: {id, name}, by, preview, at, seen_at}."""
    return {
        "entry": str(row["entry"]),
        "thread": str(row["thread"]),
        "contact": {"id": str(row["contact"]), "name": row["contact_name"]},
        "by": row["by_name"],
        "preview": row["preview"],
        "at": iso(row["at"]),
        "seen_at": None if row["seen_at"] is None else iso(row["seen_at"]),
    }


def cursor(row: Mapping[str, Any]) -> str:
    """Where the page after the one that ends with `row` begins."""
    plain = json.dumps([row["priority"], iso(row["turn_at"] or row["period_at"]), row["id"]])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[int, datetime, int]:
    """Raises CursorUnreadable."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        priority, at, row = json.loads(plain)
        moment = datetime.fromisoformat(at)
    except (ValueError, TypeError, binascii.Error) as exc:
        raise CursorUnreadable from exc
    whole = isinstance(priority, int) and isinstance(row, int) and 0 <= row < 2**63 and abs(priority) < 2**15
    if not whole or moment.tzinfo is None:
        raise CursorUnreadable
    return priority, moment, row
