"""The generic webhook's signature, with a vector others can check theirs against."""

from datetime import UTC, datetime, timedelta

import pytest

from omnichannel.channels.port import Forged
from omnichannel.channels.webhook import SIGNATURE, TIMESTAMP, signed, verify

pytestmark = pytest.mark.unit
SECRET = "webhook_secret_123"
BODY = '{"type":"message","id":"m-1","text":"Xin chào"}'.encode()
AT = datetime.fromtimestamp(1_700_000_000, UTC)
MAC = "v1=2709307a9f2e4344209a44bd840c3310ed335fd77a2197fc46f22ae354bb1fb8"


def low(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_the_golden_vector_holds() -> None:
    assert signed(SECRET, BODY, AT) == {TIMESTAMP: "1700000000", SIGNATURE: MAC}
    verify(SECRET, low(signed(SECRET, BODY, AT)), BODY, AT)


@pytest.mark.parametrize("late_s", [-301, 301])
def test_five_minutes_are_enough(late_s: int) -> None:
    headers = low(signed(SECRET, BODY, AT))
    verify(SECRET, headers, BODY, AT + timedelta(seconds=late_s - late_s // abs(late_s)))
    with pytest.raises(Forged):
        verify(SECRET, headers, BODY, AT + timedelta(seconds=late_s))


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "١٧٠٠٠٠٠٠٠٠", "17000000000000"])
def test_a_timestamp_is_digits(timestamp: str) -> None:
    with pytest.raises(Forged):
        verify(SECRET, {TIMESTAMP.lower(): timestamp, SIGNATURE.lower(): MAC}, BODY, AT)


def test_without_a_secret_nothing_is_proven() -> None:
    with pytest.raises(Forged):
        verify("", low(signed("", BODY, AT)), BODY, AT)
