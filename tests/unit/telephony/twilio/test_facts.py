"""Small facts: what a carrier's word for a number means, and how a key sounds."""

import numpy as np
import pytest

from telephony.twilio.tones import COLUMNS, KEYS, ROWS, tone
from telephony.twilio.vouching import vouched
from tests.support.audio import mulaw_decode

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("told", "meaning"),
    [
        ("TN-Validation-Passed-A", "verified"),
        ("TN-Validation-Passed-A-Diverted", "verified"),
        ("TN-Validation-Passed-B", "partly"),
        ("TN-Validation-Passed-C", "partly"),
        ("TN-Validation-Failed-A", "failed"),
        ("TN-Validation-Failed", "failed"),
        ("No-TN-Validation", None),
        ("something newer", None),
        (None, None),
    ],
)
def test_what_a_carrier_says_of_a_number_has_three_meanings(told: str | None, meaning: str | None) -> None:
    assert vouched(told) == meaning


def test_every_key_is_its_two_tones_and_goes_on_without_a_break() -> None:
    for place, key in enumerate(KEYS):
        sound = mulaw_decode(b"".join(tone(key, number) for number in range(10)))
        spectrum = np.abs(np.fft.rfft(sound))
        loudest = sorted(round(float(at) * 8000 / len(sound)) for at in np.argsort(spectrum)[-2:])
        row, column = divmod(place, 4)
        assert loudest == pytest.approx([ROWS[row], COLUMNS[column]], abs=5)
        assert np.abs(np.diff(sound)).max() < 0.7, "no click between frames"
