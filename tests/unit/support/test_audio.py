"""The ear of the tests: it must find what is there and nothing else."""

import warnings
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.support import audio
from tests.support.audio import Sound

pytestmark = pytest.mark.unit


def _noise(seconds: float, level: float) -> Sound:
    return np.asarray(
        level * np.random.default_rng(9).standard_normal(round(seconds * audio.RATE)), np.float64
    )


def test_a_clip_is_found_where_it_starts_however_quiet_and_noisy() -> None:
    clip = audio.warble(1)
    recording = np.concatenate([audio.silence(1.5), 0.2 * clip, audio.silence(1)]) + _noise(4.5, 0.003)
    found = audio.find(clip, recording)
    assert found.score > 0.95
    assert found.offset_s == pytest.approx(1.5, abs=0.001)


def test_another_clip_is_not_found() -> None:
    recording = np.concatenate([audio.silence(1), audio.warble(2), audio.silence(1)])
    assert audio.find(audio.warble(1), recording).score < 0.2


def test_a_recording_shorter_than_the_clip_holds_nothing() -> None:
    assert audio.find(audio.warble(1), audio.silence(1)).score == 0


def test_speech_is_found_after_the_telephone_had_it() -> None:
    sentence = audio.english("vm-intro")
    heard = audio.mulaw_decode(audio.mulaw_encode(audio.telephone_band(sentence)))
    assert audio.find(sentence, np.concatenate([heard, audio.silence(0.2)])).score > 0.7
    assert audio.find(audio.english("tt-monkeysintro"), heard).score < 0.3


def test_a_tone_is_told_from_noise_and_from_its_neighbours() -> None:
    recording = np.concatenate([_noise(1, 0.1), audio.tone(440, 1), audio.silence(1)])
    assert audio.find_tone(440, recording).score == pytest.approx(1, abs=0.05)
    assert audio.find_tone(440, recording).offset_s == pytest.approx(1, abs=0.1)
    assert audio.find_tone(700, recording).score < 0.3


def test_mulaw_comes_back_as_it_went() -> None:
    octets = bytes(range(256))
    again = audio.mulaw_encode(audio.mulaw_decode(octets))
    assert {(a, b) for a, b in zip(octets, again, strict=True) if a != b} <= {(0x7F, 0xFF)}  # two zeros


def test_the_decoders_agree_with_the_standard_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    octets = bytes(range(256))
    assert (audio.mulaw_decode(octets) * 32768).astype("<i2").tobytes() == audioop.ulaw2lin(octets, 2)
    assert (audio.alaw_decode(octets) * 32768).astype("<i2").tobytes() == audioop.alaw2lin(octets, 2)


def test_a_written_file_is_read_back_between_its_silences(tmp_path: Path) -> None:
    path = audio.write_wav(tmp_path / "a.wav", audio.tone(500, 1), lead_s=0.5, tail_s=0.25)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
    sound = audio.read_mono(path)
    assert len(sound) == round(1.75 * audio.RATE)
    assert audio.find(audio.tone(500, 1), sound).offset_s == pytest.approx(0.5, abs=0.01)


def test_stereo_and_an_unfinished_header_are_read(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    both = np.stack([audio.tone(300, 1), audio.tone(900, 1)])
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 16000, 0, "NONE", ""))
        file.writeframes((np.repeat(both, 2, axis=1).T * 32767).astype("<i2").tobytes())
    raw = bytearray(path.read_bytes())
    raw[40:44] = bytes(4)  # the size of the data, as a writer leaves it that was killed
    path.write_bytes(bytes(raw))
    left, right = audio.read_wav(path)
    assert len(left) == audio.RATE
    assert audio.find_tone(300, left).score > 0.95
    assert audio.find_tone(900, right).score > 0.95


def test_the_audiobook_comes_with_its_words() -> None:
    sentences = audio.audiobook()
    assert len(sentences) == 5
    assert "he was not an ill disposed young man" in [words for _, words in sentences]
