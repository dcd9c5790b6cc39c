"""What an admin says of one queue, and what follows from it at a given moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from ivr_flows.calendar import Calendar
from omnichannel.routing.model import RING_AT_MOST, Strategy

REDIAL_S: Final = 300.0  # who was cut off or gave up may come back to his place for so long
REGAINS: Final = (
    "customer_hung_up",
    "abandoned",
    "caller_left",
    "call_ended",
    "server_restarted",
    "media_engine_lost",
)
GAVE_UP: Final = ("customer_hung_up", "abandoned", "caller_left", "call_ended")
OVERFLOW_HOPS: Final = 5


@dataclass(frozen=True, slots=True)
class QueueRules:
    """`ring_at_most`: phones for one call by ring all and progressive. `digital`: whether messages of this queue are given to agents (push) or wait to be claimed."""

    id: str
    title: str
    need: Mapping[str, int] = field(default_factory=dict)
    ring_timeout_s: float = 20.0
    max_waiting: int | None = None
    calendar: str | None = None  # None: always open
    strategy: Strategy = Strategy.LEAST_OCCUPIED
    target_s: float = 20.0
    short_abandon_s: float = 5.0
    overflow_queue: str | None = None
    overflow_after_s: float | None = None  # None: not by time
    overflow_when_full: bool = True
    digital: Literal["claim", "push"] = "claim"
    ring_at_most: int = RING_AT_MOST
    hours: Calendar | None = None

    def is_open(self, now: datetime) -> bool:
        return self.hours is None or self.hours.status(now) == "open"


def read_rules(row: Mapping[str, Any]) -> QueueRules:
    """From a row of `queue` with its calendar beside it."""
    hours = None
    if row.get("timezone") is not None:
        hours = Calendar.of(row["timezone"], row["weekly"], row["holidays"])
    return QueueRules(
        id=row["id"], title=row["title"], need=row["need"], ring_timeout_s=row["ring_timeout_s"],
        max_waiting=row["max_waiting"], calendar=row["calendar"], strategy=Strategy(row["strategy"]),
        target_s=row["target_s"], short_abandon_s=row["short_abandon_s"], overflow_queue=row["overflow_queue"],
        overflow_after_s=row["overflow_after_s"], overflow_when_full=row["overflow_when_full"], digital=row["digital"],
        ring_at_most=row["ring_at_most"], hours=hours,
    )  # fmt: skip
