"""Which events there are, who wants them, how they are signed and when they are tried again. Pure."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

EVENTS: Final = (
    "message.created", "message.status", "case.opened", "case.changed", "case.resolved", "case.closed", "case.reopened",
    "contact.merged", "call.ended",
)  # fmt: skip
PAUSES_S: Final = (10, 60, 300, 1800, 7200, 21_600, 43_200, 86_400)
OFF_AFTER: Final = timedelta(days=3)
_OF_KIND: Final = {
    "message_in": "message.created",
    "message_out": "message.created",
    "message_status": "message.status",
    "case_opened": "case.opened",
    "call_ended": "call.ended",
    "contact_merged": "contact.merged",
}
_RESOLVED: Final = 3
_OF_STATUS: Final = {3: "case.resolved", 4: "case.closed"}


def event_of(kind: str, data: Mapping[str, Any]) -> str | None:
    """The event of a happening; None for what nobody is told."""
    if kind != "case_changed":
        return _OF_KIND.get(kind)
    if "status" not in (data.get("changed") or ()):
        return "case.changed"
    was, now = data.get("was", 0), data.get("status", 0)
    if was >= _RESOLVED > now:
        return "case.reopened"
    return _OF_STATUS.get(now, "case.changed")


def wants(patterns: Iterable[str], event: str) -> bool:
    """`patterns`: events, or "case.*", or "*"."""
    return any(one in ("*", event) or (one.endswith(".*") and event.startswith(one[:-1])) for one in patterns)


def unknown_events(patterns: Iterable[str]) -> list[str]:
    return [one for one in patterns if not any(wants([one], event) for event in EVENTS)]


def signature(secret: str, body: str, at: datetime) -> str:
    """The header `Threadline-Signature`: t=UNIX SECONDS,v1=HEX of HMAC-SHA256 over "SECONDS.BODY"."""
    moment = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def is_signed(secret: str, body: str, header: str, now: datetime, within_s: float = 300) -> bool:
    """What a receiver does: the signature is right, and not old."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment = parts.get("t", "")
    if not moment.isascii() or not moment.isdecimal() or abs(now.timestamp() - int(moment)) > within_s:
        return False
    mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), sha256)
    return hmac.compare_digest(mac.hexdigest(), parts.get("v1", ""))


def pause_after(attempts: int) -> timedelta | None:
    """How long after so many attempts it is tried again; None: never."""
    return timedelta(seconds=PAUSES_S[attempts - 1]) if attempts <= len(PAUSES_S) else None
