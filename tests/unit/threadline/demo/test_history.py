"""When the demo's past happened."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from threadline.demo.cast import CUSTOMERS, LAN, TIMEZONE
from threadline.demo.history import moment_of

pytestmark = pytest.mark.unit

HERE = ZoneInfo(TIMEZONE)


@pytest.mark.parametrize("day", range(14))
def test_lans_week_is_monday_then_tuesday_and_over_whatever_today_is(day: int) -> None:
    now = datetime(2026, 3, 2, 3, 0, tzinfo=UTC) + timedelta(days=day)
    moments = [moment_of(said, now) for said in LAN.history]
    assert [at.astimezone(HERE).weekday() for at in moments] == [0, 0, 0, 0, 1]
    assert moments == sorted(moments)
    assert moments[-1].astimezone(HERE).date() - moments[0].astimezone(HERE).date() == timedelta(days=1)
    assert now - timedelta(days=9) < moments[0] < moments[-1] < now


def test_nothing_was_said_in_the_future() -> None:
    now = datetime(2026, 3, 2, 17, 1, tzinfo=UTC)  # one minute past midnight in Vietnam
    assert all(moment_of(said, now) < now for customer in CUSTOMERS for said in customer.history)
