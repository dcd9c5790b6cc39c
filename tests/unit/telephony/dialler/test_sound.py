"""Sound in pyVoIP's form, and what came back as a file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from telephony.dialler.plan import PlanUnreadable
from telephony.dialler.sound import Heard, read_speech
from tests.support.audio import Sound, find, find_tone, mulaw_encode, read_mono, tone, warble, write_wav

pytestmark = pytest.mark.unit


def _heard_by_pyvoip(octets: bytes) -> Sound:
    return np.asarray((np.frombuffer(octets, np.uint8).astype(np.float64) - 128) / 128)


def test_a_wav_becomes_eight_bits_around_128(tmp_path: Path) -> None:
    clip = warble(1)
    octets = read_speech(write_wav(tmp_path / "a.wav", clip))
    assert len(octets) == len(clip)
    assert find(clip, _heard_by_pyvoip(octets)).score > 0.99


def test_stereo_of_another_rate_is_mixed_and_resampled(tmp_path: Path) -> None:
    at = np.arange(22050) / 22050
    both = np.stack([np.sin(2 * np.pi * 600 * at), np.zeros(22050)], axis=1)
    soundfile.write(tmp_path / "b.wav", both, 22050)
    sound = _heard_by_pyvoip(read_speech(tmp_path / "b.wav"))
    assert len(sound) == 8000
    assert find_tone(600, sound).score > 0.95


def test_raw_mulaw_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "prompt.ulaw").write_bytes(mulaw_encode(tone(500, 1)))
    assert find_tone(500, _heard_by_pyvoip(read_speech(tmp_path / "prompt.ulaw"))).score > 0.95


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    for name in ("a.wav", "missing.wav"):
        with pytest.raises(PlanUnreadable):
            read_speech(tmp_path / name)


def _frames(sound: Sound) -> list[bytes]:
    body = mulaw_encode(sound)
    return [body[at : at + 160] for at in range(0, len(body), 160)]


def test_what_was_heard_is_laid_out_by_timestamp_over_the_wrap(tmp_path: Path) -> None:
    clip = warble(2)
    heard = Heard()
    frames = list(enumerate(_frames(clip)))
    frames[5], frames[6] = frames[6], frames[5]
    for n, frame in frames:
        heard.add((0xFFFFFF00 + n * 160) % (1 << 32), frame, is_alaw=False)
    heard.write(tmp_path / "heard.wav")
    assert find(clip, read_mono(tmp_path / "heard.wav")).score > 0.99
    assert heard.seconds == 2.0


def test_a_gap_is_silence_and_a_leap_is_a_new_stream(tmp_path: Path) -> None:
    heard = Heard()
    frame = _frames(tone(500, 0.02))[0]
    for timestamp in (0, 8000, 8160, 3_000_000_000, 3_000_000_160):
        heard.add(timestamp, frame, is_alaw=False)
    assert heard.seconds == pytest.approx((8000 + 4 * 160) / 8000)
