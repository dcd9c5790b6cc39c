"""Open time: as a promise counts it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.calendar import Calendar
from omnichannel.cases import hours

pytestmark = pytest.mark.unit

WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
SHOP = Calendar.of("Asia/Ho_Chi_Minh", WEEK, [{"date": "2027-02-08", "name": "Tết"}])
NIGHT = Calendar.of("Asia/Ho_Chi_Minh", {"fri": [["22:00", "02:00"]]})
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 08:00 in Saigon


def test_without_a_calendar_every_second_counts() -> None:
    assert hours.later(MONDAY, 3600, None) == MONDAY + timedelta(hours=1)
    assert hours.between(MONDAY, MONDAY + timedelta(days=2), None) == 172_800


def test_the_clock_stands_still_at_noon_and_overnight() -> None:
    assert hours.later(MONDAY, 4 * 3600 + 60, SHOP) == MONDAY + timedelta(hours=5, minutes=1)
    assert hours.later(MONDAY, 8 * 3600 + 60, SHOP) == MONDAY + timedelta(days=1, minutes=1)


def test_what_comes_on_saturday_counts_from_monday() -> None:
    saturday = MONDAY - timedelta(days=2)
    assert hours.later(saturday, 60, SHOP) == MONDAY + timedelta(minutes=1)
    assert hours.between(saturday, MONDAY, SHOP) == 0


def test_a_holiday_is_no_working_day() -> None:
    tet = datetime(2027, 2, 8, 1, 0, tzinfo=UTC)
    assert hours.later(tet, 60, SHOP) == tet + timedelta(days=1, minutes=1)


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    midnight = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)  # Saturday 00:00 in Saigon
    assert hours.between(midnight - timedelta(hours=3), midnight + timedelta(hours=3), NIGHT) == 4 * 3600


def test_a_calendar_that_never_opens_promises_as_if_always_open() -> None:
    never = Calendar.of("UTC", {})
    assert hours.later(MONDAY, 60, never) == MONDAY + timedelta(seconds=60)


@given(st.integers(0, 14 * 86_400), st.integers(1, 200_000))
def test_later_and_between_agree(offset: int, seconds: int) -> None:
    start = MONDAY + timedelta(seconds=offset)
    assert hours.between(start, hours.later(start, seconds, SHOP), SHOP) == pytest.approx(seconds)
