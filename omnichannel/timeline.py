"""What a timeline entry looks like to a page, and the cursor that leads to older ones. Pure.

Entry: {"id", "thread", "kind", "channel", "direction", "actor": {"kind", "id", "name"}, "at" (ISO 8601, UTC),
"preview", "text", "subject", "status", "call", "endpoint", "html", "delivery", "reply_to", "attachments", "meta"}.
`call` is set for kind call: the fields of CallSummary, and `id`, `queue_title`, `agent_name`, `tags`, `fields`.
`endpoint` is the title of the address of ours; `html`: GET /api/entries/{id}/html has it; `delivery` {status, code,
detail, at} of a message of ours; `attachments` [{id, name, mime, bytes, state, content_id}]; `meta` what SHOWN_META names.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from omnichannel.errors import CursorUnreadable
from threadline.kernel.customers import CallSummary
from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, ThreadId
from threadline.kernel.outcome import Result

PREVIEW_CHARS = 140
PAGE_MAX = 200
ONGOING = "ongoing"
SHOWN_META: Final = frozenset(
    {
        "cc", "to", "from", "echo", "rule", "template", "quoted", "location", "postback", "reaction", "is_automatic",
        "mentions", "quote_from", "signature_from", "event", "case", "name", "queue", "until", "clock", "due_at", "subject",
        "macro", "done", "proof", "has_pictures", "segments", "price", "price_unit",
    }
)  # fmt: skip
RESULT_WORDS: Final[dict[Result, str]] = {
    Result.SERVED: "served",
    Result.SELF_SERVED: "served by the menu",
    Result.ABANDONED: "hung up while waiting",
    Result.LEFT_IN_MENU: "hung up in the menu",
    Result.VOICEMAIL: "left a message",
    Result.TRANSFERRED: "transferred",
    Result.REFUSED: "refused",
    Result.FAILED: "failed",
}


class Cursor(NamedTuple):
    """The entry a page ends before, in timeline order."""

    at: datetime
    id: int

    def __str__(self) -> str:
        plain = f"{self.at.astimezone(UTC).isoformat()}/{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


NEWEST: Final = Cursor(datetime(9999, 12, 31, tzinfo=UTC), 2**63 - 1)


def read_cursor(text: str | None) -> Cursor:
    """The cursor a page named; None starts at the newest entry. Raises CursorUnreadable."""
    if text is None:
        return NEWEST
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        at, _, row = plain.partition("/")
        moment = datetime.fromisoformat(at)
        number = int(row)
    except (ValueError, binascii.Error) as exc:
        raise CursorUnreadable from exc
    if moment.tzinfo is None or not 0 <= number <= NEWEST.id:
        raise CursorUnreadable
    return Cursor(moment, number)


def entry(thread: ThreadId, row: Mapping[str, Any]) -> Json:
    """A row of the view `thread_entry` (its time a datetime or ISO text) as pages get it."""
    at = row["occurred_at"]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    meta = row["meta"] or {}
    return {
        "id": str(row["id"]),
        "thread": str(thread),
        "kind": row["kind"],
        "channel": row["channel"],
        "direction": row["direction"],
        "actor": {
            "kind": row["actor_kind"],
            "id": None if row["actor_id"] is None else str(row["actor_id"]),
            "name": row["actor_name"],
        },
        "at": iso(moment),
        "preview": row["preview"],
        "text": row["text"],
        "subject": meta.get("subject"),
        "status": row["status"],
        "call": {"id": meta.get("call"), **meta} if row["kind"] == "call" else None,
        **_message(row, meta),
    }


def _message(row: Mapping[str, Any], meta: Mapping[str, Any]) -> Json:
    """What only messages have; a row that was made without the view has none of it."""
    reply_to = row.get("reply_to_id")
    shown = {} if row["kind"] == "call" else {name: meta[name] for name in SHOWN_META & meta.keys()}
    return {
        "endpoint": row.get("endpoint"),
        "html": bool(row.get("has_html")),
        "delivery": row.get("delivery"),
        "reply_to": None if reply_to is None else str(reply_to),
        "attachments": sorted(
            row.get("attachments") or (), key=lambda one: str(one["id"])
        ),  # UUIDv7: as they came
        "meta": shown,
    }


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, as every JSON of ours has it."""
    return at.astimezone(UTC).isoformat()


def preview(text: str) -> str:
    """The first words on one line."""
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_CHARS else line[: PREVIEW_CHARS - 1].rstrip() + "…"


def ringing_meta(
    call: CallId, number: str | None, entry_point: str, at: datetime, *, is_outbound: bool = False
) -> Json:
    """The `call` of an entry whose call is not over: the names of CallSummary, what is unknown None.

    The thread is filled in where it is looked up.
    """
    return {
        "call": str(call), "thread": None, "direction": "outbound" if is_outbound else "inbound", "number": number,
        "entry": entry_point, "language": None, "started_at": iso(at), "answered_at": None, "ended_at": None, "outcome": None, "path": [],
        "queue": None, "queue_title": None, "wait_s": None, "agent": None, "agent_name": None, "talk_s": None,
        "recordings": [],
    }  # fmt: skip


def ended_meta(summary: CallSummary, queue_title: str | None, agent_name: str | None) -> Json:
    """The `call` of an entry whose call is over."""
    return {
        "call": str(summary.call),
        "thread": str(summary.thread),
        "direction": summary.direction,
        "number": summary.number,
        "entry": summary.entry,
        "language": summary.language,
        "started_at": iso(summary.started_at),
        "answered_at": None if summary.answered_at is None else iso(summary.answered_at),
        "ended_at": iso(summary.ended_at),
        "outcome": {"result": summary.outcome.result.value, "reason": summary.outcome.reason},
        "path": list(summary.path),
        "queue": summary.queue,
        "queue_title": queue_title,
        "wait_s": summary.wait_s,
        "agent": None if summary.agent is None else str(summary.agent),
        "agent_name": agent_name,
        "talk_s": summary.talk_s,
        "recordings": [str(recording) for recording in summary.recordings],
    }


def call_preview(summary: CallSummary, queue_title: str | None, agent_name: str | None) -> str:
    """One line such as "Support · 4 min 12 s · An"; without a conversation, what became of the call."""
    if summary.outcome.result is Result.SERVED:
        middle = duration(summary.talk_s) if summary.talk_s is not None else RESULT_WORDS[Result.SERVED]
    elif summary.outcome.result is Result.ABANDONED and summary.wait_s is not None:
        middle = f"hung up after waiting {duration(summary.wait_s)}"
    else:
        middle = RESULT_WORDS[summary.outcome.result]
    return " · ".join(part for part in (queue_title or summary.queue, middle, agent_name) if part)


def duration(seconds: float) -> str:
    """`4 min 12 s`, `38 s`, `1 h 2 min`."""
    total = round(seconds)
    if total >= 3600:
        return f"{total // 3600} h {total % 3600 // 60} min"
    return f"{total // 60} min {total % 60} s" if total >= 60 else f"{total} s"
