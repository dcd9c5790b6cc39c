import io
import struct
from pathlib import Path

import pytest
import soundfile

from telephony.media import wav
from telephony.media.g711 import FRAME, ULAW_SILENCE
from telephony.media.recorder import FLUSH_TICKS, Recorder

pytestmark = pytest.mark.unit

LOUD = bytes([0x80, 0x00]) * 80


def recorder(path: Path, *, max_s: float | None = None, silence_s: float | None = None) -> Recorder:
    return Recorder("r", path, 3, max_s=max_s, silence_s=silence_s, end_key=None)


def test_the_header_is_a_stereo_mu_law_wav() -> None:
    head = wav.header(8)
    assert len(head) == wav.HEADER_SIZE == 58
    assert struct.unpack_from("<HHI", head, 20) == (7, 2, 8000)
    info = soundfile.info(io.BytesIO(head + bytes(8)))
    assert (info.samplerate, info.channels, info.subtype, info.frames) == (8000, 2, "ULAW", 4)


def test_patched_sizes_make_the_header_of_a_whole_file() -> None:
    head = bytearray(wav.header())
    for offset, value in wav.sizes(640):
        head[offset : offset + 4] = value
    assert bytes(head) == wav.header(640)


def test_left_and_right_are_kept_apart_and_the_sizes_are_right(tmp_path: Path) -> None:
    tap = recorder(tmp_path / "deep" / "r.wav")
    for _ in range(60):
        tap.add(b"\x11" * FRAME, b"\x22" * FRAME)
    tap.close()
    data = (tmp_path / "deep" / "r.wav").read_bytes()
    assert data == wav.header(60 * FRAME * 2) + b"\x11\x22" * FRAME * 60
    assert tap.seconds == 1.2


def test_audio_is_in_the_file_within_half_a_second(tmp_path: Path) -> None:
    tap = recorder(tmp_path / "r.wav")
    longest = 0
    for ticks in range(1, 200):
        tap.add(ULAW_SILENCE, ULAW_SILENCE)
        written = ((tmp_path / "r.wav").stat().st_size - wav.HEADER_SIZE) // (2 * FRAME)
        longest = max(longest, ticks - written)
    assert longest < FLUSH_TICKS
    tap.close()


def test_masking_silences_both_sides_and_time_goes_on(tmp_path: Path) -> None:
    tap = recorder(tmp_path / "r.wav", max_s=9.0)
    for masked in (False, True, False):
        tap.is_masked = masked
        tap.add(LOUD, LOUD)
    tap.close()
    data = (tmp_path / "r.wav").read_bytes()[wav.HEADER_SIZE :]
    assert data[2 * FRAME : 4 * FRAME] == b"\xff" * (2 * FRAME)
    assert len(data) == 6 * FRAME
    assert tap.spoken_s == 0.04


def test_a_voicemail_ends_at_its_limit(tmp_path: Path) -> None:
    tap = recorder(tmp_path / "r.wav", max_s=1.0)
    while tap.ended is None:
        tap.add(LOUD, ULAW_SILENCE)
    tap.close()
    assert (tap.ended, tap.seconds, tap.spoken_s) == ("max", 1.0, 1.0)


def test_a_voicemail_ends_after_silence_but_not_in_a_pause(tmp_path: Path) -> None:
    tap = recorder(tmp_path / "r.wav", silence_s=2.0)
    for left in [LOUD] * 50 + [ULAW_SILENCE] * 75 + [LOUD] * 25:
        tap.add(left, ULAW_SILENCE)
        assert tap.ended is None
    ticks = 0
    while tap.ended is None:
        tap.add(ULAW_SILENCE, ULAW_SILENCE)
        ticks += 1
    tap.close()
    assert tap.ended == "silence"
    assert 100 <= ticks <= 100 + FLUSH_TICKS
    assert tap.spoken_s == 1.5
