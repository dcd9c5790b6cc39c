"""Reading and mending recordings."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings import wav
from recordings.errors import WavBroken

pytestmark = pytest.mark.unit


def _stereo(seconds: float) -> bytes:
    """Left counts up, right is silence."""
    frames = int(seconds * wav.RATE)
    audio = np.full((frames, 2), 0xFF, dtype=np.uint8)
    audio[:, 0] = np.arange(frames) % 256
    return audio.tobytes()


def test_a_whole_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "whole.wav"
    audio = _stereo(1.0)
    path.write_bytes(wav.header_bytes(2, len(audio)) + audio)
    header = wav.mend(path)
    assert (header.channels, header.frames, header.seconds) == (2, 8000, 1.0)
    left, right = wav.read_channels(path)
    assert not right.any()
    assert left[:2].tolist() == [-32124, -31100]


def test_a_file_cut_off_before_its_sizes_were_written_is_mended_from_its_length(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(wav.header_bytes(2) + _stereo(2.0) + b"\x55")
    header = wav.mend(path)
    assert header.is_whole
    assert header.seconds == 2.0
    assert wav.mend(path) == header
    heard, rate = soundfile.read(path)
    assert (rate, heard.shape) == (8000, (16000, 2))


def test_a_header_that_promises_more_than_there_is_is_mended_too(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    audio = _stereo(3.0)
    path.write_bytes((wav.header_bytes(2, len(audio)) + audio)[:-8000])
    assert wav.mend(path).seconds == 2.5
    assert soundfile.info(path).frames == 20000


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3 something else entirely", wav.header_bytes(2), wav.header_bytes(2)[:30]]
)
def test_a_file_without_audio_is_said_to_be_broken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(content)
    with pytest.raises(WavBroken):
        wav.mend(path)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pcm.wav"
    soundfile.write(path, np.zeros(800), 8000, subtype="PCM_16")
    with pytest.raises(WavBroken, match="mu-law"):
        wav.read_header(path)


def test_mu_law_is_decoded_as_another_library_decodes_it(tmp_path: Path) -> None:
    path = tmp_path / "codes.wav"
    codes = bytes(range(256))
    path.write_bytes(wav.header_bytes(1, 256) + codes)
    theirs, _ = soundfile.read(path, dtype="int16")
    assert wav.read_channels(path)[0].tolist() == theirs.tolist()


def test_doubling_the_rate_keeps_a_tone_and_adds_no_image_of_it() -> None:
    tone = (np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000) * 16000).astype(np.int16)
    up = wav.to_16k(tone)
    spectrum = np.abs(np.fft.rfft(up)) / 8000
    assert len(up) == 16000
    assert spectrum[1000] == pytest.approx(16000 / 32768, rel=0.02)
    assert spectrum[7000] < 1e-3
    assert len(wav.to_16k(np.zeros(0, dtype=np.int16))) == 0
