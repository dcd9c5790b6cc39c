"""The three readings of the service level."""

from typing import Any

import pytest

from omnichannel.routing.board.formulas import FORMULAS, Counts, shown

pytestmark = pytest.mark.unit


def test_of_nobody_nothing_is_said() -> None:
    figures: Any = shown(Counts())
    assert figures["service_level"] == dict.fromkeys(("of_offered", "of_patient", "of_answered"))
    assert (figures["asa_s"], figures["abandoned_share"]) == (None, None)


def test_each_reading_has_its_own_whole() -> None:
    counts = Counts(
        entered=100,
        answered=80,
        in_target=60,
        abandoned=15,
        short_abandoned=5,
        left_otherwise=5,
        waited_s=800,
    )
    figures: Any = shown(counts)
    assert figures["offered"] == 100
    assert figures["service_level"] == {"of_offered": 0.6, "of_patient": 60 / 95, "of_answered": 0.75}
    assert (figures["asa_s"], figures["abandoned_share"]) == (10.0, 10 / 95)
    assert set(figures["service_level"]) <= set(FORMULAS)
