"""Calls the last process left open: each gets a truthful end, and none keeps the others from theirs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from telephony.recovery import close_orphans
from telephony.store import Batch, TelephonyStore
from threadline.kernel.clock import VirtualClock
from threadline.kernel.customers import CallSummary
from threadline.kernel.errors import NotFound
from threadline.kernel.events import CallEvent, CallEventKind, JsonValue
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AGENT = str(UUID(int=9))
K = CallEventKind


def call(number: int) -> CallId:
    return CallId(UUID(int=number))


class Shelf(TelephonyStore):
    """The rows of a server that was killed."""

    def __init__(self, **ledgers: list[tuple[float, CallEventKind, dict[str, JsonValue]]]) -> None:
        self.ledgers = {
            call(int(name.removeprefix("call"))): [
                CallEvent(call(int(name.removeprefix("call"))), NOON + timedelta(seconds=at), kind, data)
                for at, kind, data in lines
            ]
            for name, lines in ledgers.items()
        }
        self.closed: list[CallId] = []
        self.thread: UUID | None = UUID(int=7)

    async def unclosed_calls(self) -> list[Any]:
        return [
            {
                "id": one, "direction": "inbound", "from_number": "+84901234567", "to_number": "1900",
                "thread_id": self.thread, "contact_id": UUID(int=8), "started_at": NOON, "ended_at": None,
            }
            for one in self.ledgers
            if one not in self.closed
        ]  # fmt: skip

    async def events_of(self, call: CallId) -> list[CallEvent]:
        return self.ledgers[call]

    async def write(self, batch: Batch) -> None:
        for event in batch.events:
            self.ledgers[event.call].append(event)
        self.closed += [one for one, _ in batch.closed]


class Book:
    """Threads, as far as recovery needs them."""

    def __init__(self, knows: Callable[[CallId], bool] = lambda call: True) -> None:
        self.summaries: list[CallSummary] = []
        self._knows = knows

    async def call_ended(self, summary: CallSummary) -> None:
        if not self._knows(summary.call):
            raise NotFound
        self.summaries.append(summary)


async def recover(shelf: Shelf, book: Book, *, heard_until: datetime | None = None, **places: int) -> int:
    async def heard(_: CallId) -> datetime | None:
        return heard_until

    where = {call(int(name.removeprefix("call"))): place for name, place in places.items()}
    clock = VirtualClock(NOON + timedelta(hours=1))
    return await close_orphans(shelf, book, clock, heard, where)  # type: ignore[arg-type]  # as much as it uses


TALKING: list[tuple[float, CallEventKind, dict[str, JsonValue]]] = [
    (0, K.STARTED, {"language": "en-US"}),
    (0, K.ANSWERED, {}),
    (1, K.QUEUED, {"queue": "support"}),
    (2, K.OFFERED, {"agent": AGENT}),
    (5, K.CONNECTED, {"agent": AGENT}),
]


async def test_a_call_ended_where_its_recording_stops() -> None:
    shelf, book = Shelf(call1=list(TALKING)), Book()
    assert await recover(shelf, book, heard_until=NOON + timedelta(seconds=65)) == 1
    (summary,) = book.summaries
    assert (summary.ended_at, summary.talk_s, summary.wait_s) == (NOON + timedelta(seconds=65), 60.0, 4.0)
    assert (summary.outcome.result.value, summary.outcome.reason) == ("failed", "server_restarted")
    assert (summary.language, str(summary.agent)) == ("en-US", AGENT)


async def test_without_a_recording_it_ended_at_its_last_known_event() -> None:
    shelf, book = Shelf(call1=list(TALKING)), Book()
    await recover(shelf, book)
    assert book.summaries[0].ended_at == NOON + timedelta(seconds=5)


async def test_a_call_that_waited_tells_its_place() -> None:
    shelf = Shelf(call1=TALKING[:3], call2=TALKING[:3])
    await recover(shelf, Book(), call1=1, call2=2)
    ends = [shelf.ledgers[call(number)][-1] for number in (1, 2)]
    assert [(end.kind, end.data["place"]) for end in ends] == [(K.ENDED, 1), (K.ENDED, 2)]


async def test_a_call_between_our_own_phones_has_an_end_and_no_thread() -> None:
    shelf, book = Shelf(call1=TALKING[:1]), Book()
    shelf.thread = None
    assert await recover(shelf, book) == 1
    assert shelf.ledgers[call(1)][-1].kind is K.ENDED
    assert (shelf.closed, book.summaries) == ([call(1)], [])


async def test_a_call_that_had_ended_only_gets_its_thread() -> None:
    ended: dict[str, JsonValue] = {"result": "served", "reason": "agent_hung_up"}
    shelf, book = Shelf(call1=[*TALKING, (30, K.AGENT_LEFT, {}), (31, K.ENDED, ended)]), Book()
    await recover(shelf, book)
    assert len(shelf.ledgers[call(1)]) == len(TALKING) + 2
    assert book.summaries[0].outcome.result.value == "served"


async def test_a_call_with_no_event_at_all_is_closed_too() -> None:
    shelf, book = Shelf(call1=[]), Book()
    await recover(shelf, book)
    assert book.summaries[0].ended_at == NOON


async def test_a_call_that_can_not_be_closed_keeps_no_other_from_it_and_is_tried_again() -> None:
    shelf, book = Shelf(call1=list(TALKING), call2=list(TALKING)), Book(lambda one: one != call(1))
    assert await recover(shelf, book) == 1
    assert shelf.closed == [call(2)]
    assert await recover(shelf, Book()) == 1
    assert shelf.closed == [call(2), call(1)]
    assert [event.kind for event in shelf.ledgers[call(1)]].count(K.ENDED) == 1, "its end was told once"
