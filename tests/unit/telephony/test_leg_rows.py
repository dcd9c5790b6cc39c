"""Many words about one leg become one row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from telephony.store import LegRow, latest
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def began() -> LegRow:
    return LegRow(uuid4(), CallId(uuid4()), "sip", "customer", "+84901234567", None, NOON)


def test_later_words_complete_earlier_ones_and_silence_takes_nothing_back() -> None:
    leg = began()
    answered = replace(leg, answered_at=NOON + timedelta(seconds=1))
    counted = replace(leg, stats={"packets_in": 50})
    ended = replace(answered, ended_at=NOON + timedelta(seconds=2), end_reason="customer_hung_up")
    assert latest([leg, answered, counted, ended]) == [replace(ended, stats={"packets_in": 50})]


def test_legs_stay_apart_and_in_order() -> None:
    one, other = began(), began()
    assert latest([one, other, one]) == [one, other]
