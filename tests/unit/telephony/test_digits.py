"""One key press, one digit, whichever way and however often it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.digits import DigitMerge, Source

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("first", ["rtp", "info"])
def test_the_way_that_speaks_first_is_believed(first: Source) -> None:
    other: Source = "info" if first == "rtp" else "rtp"
    merge = DigitMerge()
    assert [merge.press("1", first), merge.press("1", other)] == ["1", None]
    assert [merge.press("2", other), merge.press("2", first)] == [None, "2"]


@given(keys=st.text("0123456789*#ABCD", max_size=20), info_first=st.booleans())
def test_a_phone_that_tells_each_press_twice_types_what_was_pressed(keys: str, info_first: bool) -> None:
    ways: tuple[Source, Source] = ("info", "rtp") if info_first else ("rtp", "info")
    merge = DigitMerge()
    heard = [merge.press(key, way) for key in keys for way in ways]
    assert "".join(key for key in heard if key) == keys


@given(keys=st.text("0123456789*#ABCD", max_size=20))
def test_a_phone_that_tells_each_press_once_loses_none(keys: str) -> None:
    merge = DigitMerge()
    assert "".join(merge.press(key, "info") or "" for key in keys) == keys
