"""How a call or a job ended: a result for counting and a reason for reading."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """The closed set every report groups by."""

    SERVED = "served"  # a person spoke with the customer
    SELF_SERVED = "self_served"  # the flow reached its own end
    ABANDONED = "abandoned"  # the customer hung up in a queue
    LEFT_IN_MENU = "left_in_menu"  # the customer hung up before any queue
    VOICEMAIL = "voicemail"
    TRANSFERRED = "transferred"  # left the house by a transfer
    REFUSED = "refused"  # rejected before answer
    FAILED = "failed"  # our fault or the network's


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` from the closed set, `reason` a short machine-readable phrase such as `server_restarted`."""

    result: Result
    reason: str
