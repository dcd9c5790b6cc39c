"""Whether a machine wrote a mail. Pure. Nothing automatic answers one that was (RFC 3834, and what vendors add)."""

import re
from typing import Final

from omnichannel.channels.email.headers import AnyMessage, addresses, plain, value, values

LOOP_HEADER: Final = "X-Threadline-Loop"
_PRECEDENCE: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_PRESENT: Final = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "list-id", "list-unsubscribe", "list-post",
    "x-loop", "feedback-id", "x-mailer-autoreply",
)  # fmt: skip
_MACHINES: Final = re.compile(
    r"^(mailer-daemon|postmaster|no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|bounces?|auto-?reply|notifications?)([+._-].*)?@"
)
_SUBJECTS: Final = re.compile(
    r"^(auto(matic)?[ -]?(reply|response)|automatische antwort|out of (the )?office|réponse automatique|"
    r"trả lời tự động|thư trả lời tự động|phản hồi tự động|tự động trả lời|vắng mặt)\b",
    re.IGNORECASE,
)


def why_automatic(message: AnyMessage, subject: str) -> str | None:
    """What gives it away; None: a person wrote it."""
    submitted = plain(value(message, "auto-submitted")).partition(";")[0].strip()
    if submitted and submitted != "no":
        return "auto-submitted"
    if plain(value(message, "precedence")) in _PRECEDENCE:
        return "precedence"
    if plain(value(message, "x-auto-response-suppress")) not in ("", "none"):
        return "x-auto-response-suppress"
    named = next((name for name in (*_PRESENT, LOOP_HEADER.lower()) if values(message, name)), None)
    if named is not None:
        return named
    if any(path.strip() == "<>" for path in values(message, "return-path")):
        return "empty return-path"
    if any(_MACHINES.match(one.value) for one in addresses(message, "from", "sender")):
        return "sender"
    return "subject" if _SUBJECTS.match(subject) else None


def is_own(message: AnyMessage, own: tuple[str, ...]) -> bool:
    """Whether it left by one of these mailboxes of ours: our mark names it."""
    return any(plain(one) in own for one in values(message, LOOP_HEADER))
