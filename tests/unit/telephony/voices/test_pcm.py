"""Resampling, loudness, G.711, and the music."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from telephony.voices import pcm
from telephony.voices.music import beep, moh_soft, ringback

pytestmark = pytest.mark.unit


def _tone(hz: float, seconds: float, rate: int) -> pcm.Floats:
    wave: pcm.Floats = (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )
    return wave


def _level_at(samples: pcm.Floats, hz: int) -> float:
    """Amplitude at `hz` in one second of samples at 8 kHz, ends left out."""
    middle = samples[len(samples) // 2 - 4000 : len(samples) // 2 + 4000]
    spectrum: float = np.abs(np.fft.rfft(middle * np.hanning(8000)))[hz] / 2000
    return spectrum


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100, 48000])
def test_a_tone_keeps_its_pitch_and_strength_at_another_rate(rate: int) -> None:
    narrow = pcm.resample(_tone(1000, 3, rate), rate)
    assert len(narrow) == 24000
    assert _level_at(narrow, 1000) == pytest.approx(0.5, rel=0.02)


def test_what_a_telephone_cannot_carry_does_not_fold_back() -> None:
    narrow = pcm.resample(_tone(5000, 3, 22050), 22050)
    assert _level_at(narrow, 3000) < 0.003
    assert float(np.max(np.abs(narrow[800:-800]))) < 0.01


def test_speech_is_brought_to_one_loudness_without_clipping() -> None:
    quiet, loud = pcm.level(_tone(500, 1, 8000) * 0.02), pcm.level(_tone(500, 1, 8000) * 1.9)
    for levelled in (quiet, loud):
        assert 20 * np.log10(np.sqrt(np.mean(np.square(levelled)))) == pytest.approx(pcm.SPEECH_DBFS, abs=0.1)
    click = np.zeros(8000, dtype=np.float32)
    click[100] = 0.9
    assert float(np.max(pcm.level(click))) <= pcm.PEAK
    assert not pcm.level(pcm.silence(1)).any()


def test_silence_at_both_ends_is_cut_to_a_breath() -> None:
    said = np.concatenate([pcm.silence(1), _tone(400, 0.5, 8000), pcm.silence(2)])
    assert len(pcm.trim(said)) / 8000 == pytest.approx(0.66, abs=0.01)
    assert len(pcm.trim(pcm.silence(1))) == 0


def test_mu_law_is_encoded_as_another_library_encodes_it(tmp_path: Path) -> None:
    linear = np.arange(-32768, 32768, 5, dtype=np.int16)
    path = tmp_path / "theirs.wav"
    soundfile.write(path, linear, 8000, subtype="ULAW")
    theirs = np.frombuffer(path.read_bytes()[-len(linear) :], dtype=np.uint8)
    ours = np.frombuffer(pcm.to_mulaw((linear / 32768.0).astype(np.float32)), dtype=np.uint8)
    near = np.abs(_decoded(ours) - _decoded(theirs))
    assert (
        float(np.max(near - np.abs(_decoded(theirs)) / 16)) <= 8
    )  # never further than the step between codes
    assert np.mean(ours == theirs) > 0.9


def _decoded(
    codes: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    code = ~codes.astype(np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.float64)


def test_hold_music_is_soft_and_ends_as_it_begins() -> None:
    music = moh_soft()
    assert len(music) == 24 * 8000
    assert float(np.max(np.abs(music))) < 0.6
    seam = abs(float(music[0]) - float(music[-1]))
    assert seam < 3 * float(np.percentile(np.abs(np.diff(music)), 99))
    thirds = [float(np.sqrt(np.mean(np.square(part)))) for part in np.split(music, 8)]
    assert max(thirds) < 2 * min(thirds)  # no bar stands out


def test_tones_have_their_pitch() -> None:
    assert _peak_hz(beep()[1200:3200]) == pytest.approx(1000, abs=10)
    assert _peak_hz(ringback()[:8000]) == pytest.approx(425, abs=2)


def _peak_hz(samples: pcm.Floats) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * 8000 / len(samples)
