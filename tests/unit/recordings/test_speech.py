"""Where somebody speaks."""

from itertools import pairwise

import numpy as np
import pytest

from recordings.transcribe.speech import LONGEST_S, Span, find_speech
from recordings.wav import RATE, Samples

pytestmark = pytest.mark.unit
_noise = np.random.default_rng(7)


def _quiet(seconds: float, level: float = 20.0) -> Samples:
    noise: Samples = (_noise.standard_normal(int(seconds * RATE)) * level).astype(np.int16)
    return noise


def _voice(seconds: float) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    wave: Samples = (np.sin(2 * np.pi * 180 * at) * (1 + np.sin(2 * np.pi * 4 * at)) * 4000).astype(np.int16)
    return wave


def test_silence_and_line_noise_are_no_speech() -> None:
    assert find_speech(np.zeros(RATE * 5, dtype=np.int16)) == []
    assert find_speech(_quiet(5)) == []
    assert find_speech(np.zeros(10, dtype=np.int16)) == []


def test_a_voice_between_silences_is_found_with_a_margin() -> None:
    [span] = find_speech(np.concatenate([_quiet(2), _voice(1.5), _quiet(2)]))
    assert 1.6 < span.t0 <= 2.0
    assert 3.5 <= span.t1 < 3.9


def test_a_short_pause_joins_and_a_long_one_parts() -> None:
    joined = find_speech(np.concatenate([_voice(1), _quiet(0.4), _voice(1)]))
    parted = find_speech(np.concatenate([_voice(1), _quiet(2), _voice(1)]))
    assert (len(joined), len(parted)) == (1, 2)


def test_a_click_is_no_speech() -> None:
    click = np.zeros(RATE * 3, dtype=np.int16)
    click[8000:8200] = 20000
    assert find_speech(click) == []


def test_a_monologue_is_cut_where_it_is_quietest() -> None:
    spans = find_speech(np.concatenate([_voice(22), _quiet(0.3), _voice(30)]))
    assert all(span.t1 - span.t0 <= LONGEST_S for span in spans)
    assert all(a.t1 == b.t0 for a, b in pairwise(spans))
    assert 21.9 < spans[0].t1 < 22.4
    assert isinstance(spans[0], Span)
