"""Music that goes on where it was interrupted."""

from datetime import UTC, datetime, timedelta

import pytest

from telephony.waiting_music import WaitingMusic

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_it_goes_on_after_an_announcement_and_another_begins_at_its_beginning() -> None:
    music = WaitingMusic()
    assert music.begin("moh_soft", at(0)) == 0
    music.pause(at(20))
    assert music.begin("moh_soft", at(25)) == 20
    music.pause(at(30))
    music.pause(at(40))
    assert music.begin("moh_soft", at(50)) == 25
    assert music.begin("jazz", at(60)) == 0
    assert music.begin("jazz", at(61)) == 1
