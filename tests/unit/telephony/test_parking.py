"""The book of parked customers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from telephony.parking import SLOTS, ParkingLot
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def call(number: int) -> CallId:
    return CallId(UUID(int=number))


def test_each_gets_the_lowest_free_slot_and_the_longest_waiting_comes_first() -> None:
    lot = ParkingLot()
    first, second = lot.park(call(1), None, NOW), lot.park(call(2), None, NOW + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert (first.slot, second.slot) == (701, 702)
    assert lot.at(702) is second
    lot.free(first.slot)
    lot.free(first.slot)
    assert lot.at(701) is None
    third = lot.park(call(3), None, NOW + timedelta(seconds=2))
    assert third is not None
    assert third.slot == 701
    assert [one.call for one in lot.parked] == [call(2), call(3)]


def test_a_full_lot_takes_nobody() -> None:
    lot = ParkingLot()
    for number in SLOTS:
        lot.park(call(number), None, NOW)
    assert lot.park(call(1), None, NOW) is None
