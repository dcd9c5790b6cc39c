"""What happens next in a call: news from its inbox, or the earliest of its deadlines."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from telephony.call import NotNow
from telephony.line import Due, Line, Wish
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import CallEvent, CallEventKind
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Notes:
    """A ledger that keeps."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []

    def note(self, event: CallEvent) -> None:
        self.events.append(event)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def line(clock: VirtualClock, notes: Notes) -> Line:
    house: Any = SimpleNamespace(clock=clock, ledger=notes, default_language="vi-VN")
    customer: Any = SimpleNamespace()
    return Line(CallId(UUID(int=1)), customer, house, lambda leg: None)


async def test_the_earliest_deadline_comes_first_and_only_once(line: Line) -> None:
    line.deadlines = {"ring": NOON - timedelta(seconds=1), "flow": NOON - timedelta(seconds=2)}
    assert [await line.next(), await line.next()] == [Due("flow"), Due("ring")]
    assert line.deadlines == {}


async def test_news_goes_before_a_deadline_that_has_come(line: Line) -> None:
    wish = Wish("hold", None, asyncio.get_running_loop().create_future())
    line.deadlines = {"flow": NOON - timedelta(seconds=2)}
    line.inbox.put_nowait(wish)
    assert [await line.next(), await line.next()] == [wish, Due("flow")]


async def test_news_ends_the_waiting_for_a_deadline_far_away(line: Line) -> None:
    wish = Wish("hold", None, asyncio.get_running_loop().create_future())
    line.deadlines = {"flow": NOON + timedelta(hours=1)}
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(line.next(), name="next")
        line.inbox.put_nowait(wish)
    assert waiting.result() is wish
    assert "flow" in line.deadlines


async def test_a_ledger_line_that_does_not_belong_is_never_written(line: Line, notes: Notes) -> None:
    line.note(CallEventKind.STARTED)
    with pytest.raises(NotNow):
        line.note(CallEventKind.CONNECTED, agent="a")
    line.note(CallEventKind.ANSWERED)
    assert [event.kind for event in notes.events] == [CallEventKind.STARTED, CallEventKind.ANSWERED]


async def test_ledger_lines_carry_the_sums_of_their_moment(
    line: Line, notes: Notes, clock: VirtualClock
) -> None:
    for kind in (CallEventKind.STARTED, CallEventKind.ANSWERED):
        line.note(kind)
    line.note(CallEventKind.QUEUED, queue="support")
    clock.advance(12.5)
    line.note(CallEventKind.UNQUEUED, queue="support", reason="timeout")
    assert notes.events[-1].data == {"queue": "support", "reason": "timeout", "wait_s": 12.5}
