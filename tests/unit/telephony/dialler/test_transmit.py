"""Even spacing, as numbers."""

import pytest

from telephony.dialler.transmit import Pacer

pytestmark = pytest.mark.unit


def test_small_lateness_does_not_add_up() -> None:
    pacer = Pacer()
    now, sent = 100.0, []
    for n in range(50):
        now += pacer.wait_s(now)
        sent.append(now)
        now += 0.013 + 0.002 * (n % 3)
    assert sent[-1] - sent[0] == pytest.approx(49 * 0.02)


def test_after_a_long_stop_there_is_no_burst() -> None:
    pacer = Pacer()
    pacer.wait_s(0.0)
    assert pacer.wait_s(5.0) == 0
    assert pacer.wait_s(5.0) == pytest.approx(0.02)
