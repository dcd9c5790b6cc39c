"""What the tests of this room share: a fixed noon, fresh ids, and an ear on the bus."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from threadline.kernel.customers import CallSummary
from threadline.kernel.events import (
    AgentStateChanged,
    Bus,
    Event,
    OfferClosed,
    OfferMade,
    ThreadDelta,
)
from threadline.kernel.ids import AgentId, CallId, ThreadId, uuid7
from threadline.kernel.outcome import Outcome, Result

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
E_ = TypeVar("E_", bound=Event)
_numbers = itertools.count(1)


class News:
    """Every event this room publishes, in order."""

    def __init__(self, bus: Bus) -> None:
        self.all: list[Event] = []
        bus.subscribe(ThreadDelta, self.all.append)
        bus.subscribe(OfferMade, self.all.append)
        bus.subscribe(OfferClosed, self.all.append)
        bus.subscribe(AgentStateChanged, self.all.append)

    def of(self, kind: type[E_]) -> list[E_]:
        return [event for event in self.all if isinstance(event, kind)]


def new_call() -> CallId:
    return CallId(uuid7(NOON + timedelta(milliseconds=next(_numbers))))


def ended(
    call: CallId, thread: ThreadId, *, agent: AgentId | None = None, result: Result = Result.SERVED
) -> CallSummary:
    """A call that started at noon and took five minutes."""
    return CallSummary(
        call=call, thread=thread, direction="inbound", number="+84912345678", entry="1900", language="en-US",
        started_at=NOON, answered_at=NOON, ended_at=NOON + timedelta(minutes=5), outcome=Outcome(result, "agent_hung_up"),
        path=[{"at": "2026-11-22T12:00:01+00:00", "step": "menu", "type": "menu", "label": None, "keys": "3"}],
        queue="support", wait_s=12.0, agent=agent, talk_s=252.0,
    )  # fmt: skip
