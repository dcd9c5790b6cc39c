"""What is drawn of a recording, from files as the media engine writes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import wav
from recordings.waveform import MOST_BARS, Span, draw, masked_spans

pytestmark = pytest.mark.unit
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def recording(path: Path, *lanes: bytes) -> Path:
    audio = np.stack([np.frombuffer(lane, np.uint8) for lane in lanes], axis=1).tobytes()
    path.write_bytes(wav.header_bytes(len(lanes), len(audio)) + audio)
    return path


def test_each_lane_is_drawn_by_itself_and_silence_is_flat(tmp_path: Path) -> None:
    loud, silent = b"\x80" * 8000, b"\xff" * 8000
    left, right = draw(recording(tmp_path / "a.wav", silent + loud, loud + silent))
    half = len(left) // 2
    assert (set(left[:half]), set(left[half:])) == ({0}, {255})
    assert (set(right[:half]), set(right[half:])) == ({255}, {0})


def test_a_quiet_voice_is_seen_beside_a_loud_one(tmp_path: Path) -> None:
    quiet = bytes([int(np.argmin(np.abs(wav.MULAW_TO_LINEAR.astype(int) - 600)))])
    (left, right) = draw(recording(tmp_path / "a.wav", quiet * 4000, b"\x80" * 4000))
    assert 60 < max(left) < max(right)


@pytest.mark.parametrize("frames", [1, 159, 160, 161, 8000, 160 * MOST_BARS + 7])
def test_there_is_at_least_one_bar_and_never_more_than_fit(tmp_path: Path, frames: int) -> None:
    (lane,) = draw(recording(tmp_path / "a.wav", b"\x80" * frames))
    assert 1 <= len(lane) <= MOST_BARS
    assert set(lane) == {255}


def test_a_click_between_two_bars_is_not_lost(tmp_path: Path) -> None:
    codes = bytearray(b"\xff" * 80_000)
    codes[43_211] = 0x80
    (lane,) = draw(recording(tmp_path / "a.wav", bytes(codes)))
    assert max(lane) == 255


@given(st.lists(st.tuples(st.floats(-5, 40), st.booleans())))
def test_what_was_masked_lies_within_the_recording_in_order(changes: list[tuple[float, bool]]) -> None:
    told = [(START + timedelta(seconds=at), is_masked) for at, is_masked in sorted(changes)]
    spans = masked_spans(told, START, 30.0)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= 30 for edge in edges)


def test_a_pause_that_is_not_ended_lasts_to_the_end() -> None:
    at = [START + timedelta(seconds=s) for s in (2, 5, 7, 8)]
    told = [(at[0], True), (at[1], False), (at[2], True), (at[3], True)]
    assert masked_spans(told, START, 10.0) == [Span(2.0, 5.0), Span(7.0, 10.0)]
