"""How a call between two phones of ours ends, and what its caller hears of a refusal. Pure."""

from typing import Final

from telephony.call import FAULTS, CallView
from threadline.kernel.outcome import Outcome, Result

REFUSED: Final = {
    "busy": (486, "Busy Here"),
    "declined": (603, "Decline"),
    "unreachable": (480, "Temporarily Unavailable"),
    "no_answer": (480, "Temporarily Unavailable"),
    "no_common_codec": (488, "Not Acceptable Here"),
    "dial_refused": (403, "Forbidden"),
    "no_media": (503, "Service Unavailable"),
    "failed": (480, "Temporarily Unavailable"),
}
"""What the caller's phone is answered, by the reason in the ledger."""

_REASONS: Final = {
    408: "no_answer",
    480: "unreachable",
    404: "unreachable",
    486: "busy",
    488: "no_common_codec",
    600: "busy",
    603: "declined",
    606: "no_common_codec",
}


def reason_of(code: int) -> str:
    """Why the called phone did not take it, by its status: a key of REFUSED."""
    return _REASONS.get(code, "failed")


def outcome_of(view: CallView, by: str, reason: str) -> Outcome:
    """`by`: customer (who called), agent (who was called) or system."""
    if reason in FAULTS:
        return Outcome(Result.FAILED, reason)
    if view.transferred_to is not None:
        return Outcome(Result.TRANSFERRED, reason)
    if view.answered_at is not None:
        return Outcome(Result.SERVED, reason)
    return Outcome(Result.ABANDONED if by == "customer" else Result.REFUSED, reason)
