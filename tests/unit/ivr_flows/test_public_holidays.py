"""Vietnam's public holidays, as a calendar takes them."""

from typing import Any

import pytest

from ivr_flows.calendar import Calendar
from ivr_flows.public_holidays import YearUnknown, vietnamese_holidays, with_holidays

pytestmark = pytest.mark.unit


def test_lunar_new_year_is_found_by_its_name_in_every_year() -> None:
    found = {one["date"]: one["name"] for one in [*vietnamese_holidays(2026), *vietnamese_holidays(2027)]}
    assert found["2026-02-17"] == found["2027-02-06"] == "Tết Nguyên Đán"
    assert "Hùng Vương" in found["2026-04-26"]
    assert found["2026-09-02"] == "Quốc khánh"


def test_a_calendar_reads_them() -> None:
    calendar = Calendar.of("Asia/Ho_Chi_Minh", {"mon": [["08:00", "17:00"]]}, vietnamese_holidays(2026))
    assert len(calendar.holidays) >= 11


def test_a_day_somebody_entered_stays_as_it_is_and_nothing_comes_twice() -> None:
    own: list[dict[str, Any]] = [
        {"date": "2026-12-31", "name": "Kiểm kê"},
        {"date": "2026-09-02", "name": "Mở cửa", "hours": [["09:00", "12:00"]]},
    ]
    once = with_holidays(own, vietnamese_holidays(2026))
    assert with_holidays(once, vietnamese_holidays(2026)) == once
    days = [one["date"] for one in once]
    assert days == sorted(set(days))
    assert next(one for one in once if one["date"] == "2026-09-02")["name"] == "Mở cửa"


@pytest.mark.parametrize("year", [0, 1994, 2100, -1])
def test_a_year_nobody_knows_is_refused(year: int) -> None:
    with pytest.raises(YearUnknown):
        vietnamese_holidays(year)
