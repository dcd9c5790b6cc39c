"""How late ticks come: counted by bucket, read back as percentiles."""

import pytest

from telephony.media.pace import EDGES_MS, KEPT, Pace, PaceBook, percentile_ms

pytestmark = pytest.mark.unit


def told(*late_ms: float, skipped: int = 0) -> Pace:
    pace = Pace()
    for one in late_ms:
        pace.tick(one / 1000, 0)
    pace.skipped += skipped
    return pace


def book_of(*paces: Pace) -> PaceBook:
    book = PaceBook()
    for pace in paces:
        book.add(pace.counts, pace.sum_s, pace.worst_s, pace.skipped)
    return book


def test_percentiles_lie_within_the_bucket_of_the_tick_they_stand_for() -> None:
    book = book_of(told(*[0.07] * 98, 0.9, 4.0))
    found = book.lately_ms()
    assert found is not None
    p50, p99, worst = found
    assert 0.05 <= p50 <= 0.1
    assert 0.75 <= p99 <= 1.0
    assert worst == 4.0


def test_a_worker_that_carried_nothing_has_no_pace() -> None:
    assert PaceBook().lately_ms() is None
    assert percentile_ms([0] * (len(EDGES_MS) + 1), 0.5, 0.0) == 0.0


def test_what_is_later_than_the_last_bucket_is_the_worst_itself_at_most() -> None:
    found = book_of(told(350.0, 400.0)).lately_ms()
    assert found is not None
    assert EDGES_MS[-1] <= found[0] <= found[1] <= found[2] == 400.0


def test_ticks_that_are_late_or_never_came_are_counted_over_all_reports() -> None:
    book = book_of(told(0.1, 5.0, 5.1), told(30.0, skipped=1))
    assert book.late == 3
    assert sum(book.counts) == 4
    assert book.sum_s == pytest.approx(0.0402)


def test_the_percentiles_forget_what_is_over_a_minute_old() -> None:
    book = book_of(told(90.0), *[told(0.1)] * KEPT)
    assert book.lately_ms() == (0.08, 0.1, 0.1)
    assert book.late == 1


def test_a_pace_that_was_told_begins_anew() -> None:
    pace = told(1.0, skipped=2)
    pace.reset()
    assert (sum(pace.counts), pace.skipped, pace.sum_s, pace.worst_s) == (0, 0, 0.0, 0.0)
