"""Where a message of ours stands, and what a receipt changes about that. Pure.

Receipts arrive late, twice and out of order; a message only ever moves forward. A refusal after it was taken
counts; a sign of life after a refusal wins, for it got there after all.
"""

from typing import Final

CANCELLED: Final = "cancelled"
FAILED: Final = "failed"
FORWARD: Final = ("queued", "sent", "delivered", "read")
_FAILS_FROM: Final = frozenset({"queued", "sent"})


def moves(current: str | None, said: str, *, is_unsure: bool = False) -> bool:
    """Whether `said` changes a message that stands at `current`.

    `is_unsure`: the attempt to send it ended without an answer, so any word of the provider is news.
    """
    if current == FAILED:
        return said in ("delivered", "read") or (said == "sent" and is_unsure)
    if said == FAILED:
        return current in _FAILS_FROM or current is None
    if current == CANCELLED:
        return True  # it left before we could hold it back
    return _rank(said) > _rank(current)


def _rank(status: str | None) -> int:
    return FORWARD.index(status) if status in FORWARD else 0
