"""How entries read: previews, call meta, cursors."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel import timeline
from omnichannel.errors import CursorUnreadable
from threadline.kernel.customers import CallSummary
from threadline.kernel.ids import AgentId, CallId, RecordingId, ThreadId, uuid7
from threadline.kernel.outcome import Outcome, Result

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AN = AgentId(uuid7(NOON))


def summary(result: Result, *, queue: str | None = "support", talk_s: float | None = None) -> CallSummary:
    return CallSummary(
        call=CallId(uuid7(NOON)),
        thread=ThreadId(uuid7(NOON)),
        direction="inbound",
        number="+84912345678",
        entry="1900",
        language="en-US",
        started_at=NOON,
        answered_at=NOON,
        ended_at=NOON + timedelta(minutes=5),
        outcome=Outcome(result, "agent_hung_up"),
        path=[{"at": "2026-11-22T12:00:01Z", "step": "menu", "type": "menu", "label": None, "keys": "3"}],
        queue=queue,
        wait_s=38.2,
        agent=AN,
        talk_s=talk_s,
        recordings=[RecordingId(uuid7(NOON))],
    )


def test_a_served_call_reads_queue_duration_agent() -> None:
    assert (
        timeline.call_preview(summary(Result.SERVED, talk_s=252), "Support", "An")
        == "Support · 4 min 12 s · An"
    )


def test_an_abandoned_call_says_how_long_the_customer_waited() -> None:
    assert (
        timeline.call_preview(summary(Result.ABANDONED), None, None) == "support · hung up after waiting 38 s"
    )


@pytest.mark.parametrize("result", list(Result))
def test_every_result_has_words(result: Result) -> None:
    assert timeline.call_preview(summary(result, queue=None), None, None)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3725, "1 h 2 min")])
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert timeline.duration(seconds) == words


def test_the_meta_of_an_ended_call_has_every_name_of_the_summary() -> None:
    whole = summary(Result.SERVED, talk_s=252)
    meta = timeline.ended_meta(whole, "Support", "An")
    assert set(CallSummary.__slots__) <= set(meta)
    assert meta["outcome"] == {"result": "served", "reason": "agent_hung_up"}
    assert meta["agent"] == str(AN)
    ringing = timeline.ringing_meta(whole.call, None, "1900", NOON)
    assert set(ringing) == set(meta)


def test_a_preview_is_one_line_of_limited_length() -> None:
    assert timeline.preview("Chào\n  chị  Lan") == "Chào chị Lan"
    assert len(timeline.preview("x" * 500)) == timeline.PREVIEW_CHARS


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_it_went_out(at: datetime, row: int) -> None:
    cursor = timeline.Cursor(at, row)
    assert timeline.read_cursor(str(cursor)) == cursor


@given(st.text())
def test_a_made_up_cursor_is_refused_not_crashed_on(text: str) -> None:
    try:
        timeline.read_cursor(text)
    except CursorUnreadable:
        return


@pytest.mark.parametrize(
    "text", ["", "é", "AAAA", "MjAyNi0xMS0yMlQxMjowMDowMC81", "MjAyNi0xMS0yMlQxMjowMDowMCswMDowMC8tNQ"]
)
def test_a_cursor_of_another_make_is_refused(text: str) -> None:
    with pytest.raises(CursorUnreadable):
        timeline.read_cursor(text)
