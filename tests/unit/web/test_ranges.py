"""Byte ranges as RFC 9110 section 14 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.ranges import Span, Unsatisfiable, range_still_holds, read_range

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=90-", 90, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-500", 0, 99),
        ("bytes=50-5000", 50, 99),
        ("Bytes = 3 - 3", 3, 3),
    ],
)
def test_one_range_is_read(header: str, first: int, last: int) -> None:
    assert read_range(header, 100) == Span(first, last, 100)


@pytest.mark.parametrize(
    "header", [None, "", "items=0-9", "bytes=", "bytes=-", "bytes=9-3", "bytes=0-1,5-9", "bytes=a-b"]
)
def test_what_is_no_single_range_means_everything(header: str | None) -> None:
    assert read_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        read_range(header, 100)


@given(st.text(max_size=40), st.integers(min_value=0, max_value=10_000))
def test_no_header_leads_outside_the_file(header: str, size: int) -> None:
    try:
        span = read_range(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.first <= span.last < size


def test_a_span_names_itself() -> None:
    assert Span(5, 9, 100).content_range == "bytes 5-9/100"
    assert Span(5, 9, 100).length == 5


def test_if_range_needs_our_very_tag_or_date() -> None:
    assert range_still_holds(None, '"a"', "date")
    assert range_still_holds('"a"', '"a"', "date")
    assert range_still_holds("date", '"a"', "date")
    assert not range_still_holds('"b"', '"a"', "date")
    assert not range_still_holds('W/"a"', '"a"', "date")
