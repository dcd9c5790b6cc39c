"""The voice process with its real engines."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings.transcribe.models import packaged_english
from recordings.transcribe.whisper import WhisperTranscriber
from recordings.wav import MULAW_TO_LINEAR, Samples
from telephony.errors import VoiceUnavailable
from telephony.voices.process import VoiceProcess

pytestmark = pytest.mark.integration


@pytest.fixture
async def voices(tmp_path: Path) -> AsyncIterator[VoiceProcess]:
    async with VoiceProcess(tmp_path / "voices") as process:
        yield process


def _heard(path: Path) -> Samples:
    samples: Samples = MULAW_TO_LINEAR[np.frombuffer(path.read_bytes(), dtype=np.uint8)]
    return samples


def _dbfs(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples / 32768.0)) + 1e-12))


async def test_english_is_spoken_so_that_a_machine_understands_it(voices: VoiceProcess) -> None:
    path = await voices.prompt("Welcome to our store. To track your order, press three.", "en-US")
    weights = packaged_english()
    assert weights is not None
    words = await asyncio.to_thread(WhisperTranscriber(weights).transcribe, _heard(path), "en-US")
    said = " ".join(word.text.lower().strip(".,") for word in words)
    assert {"welcome", "store", "track", "order", "press"} <= set(said.split())


async def test_vietnamese_and_a_mixed_text_are_spoken_at_the_loudness_of_english(
    voices: VoiceProcess,
) -> None:
    texts = [
        ("Thank you for calling.", "en-US"),
        ("Xin chào, cảm ơn bạn đã gọi đến cửa hàng.", "vi-VN"),
        ("Tiếng Việt, bấm phím 1. For English, press 2.", "any"),
    ]
    heard = [_heard(path) for path in await voices.prompts(texts)]
    assert all(len(samples) > 8000 for samples in heard)
    assert all(-26 < _dbfs(samples) < -18 for samples in heard)


async def test_a_text_is_spoken_once_and_then_found(voices: VoiceProcess) -> None:
    first, *others = await asyncio.gather(*(voices.prompt("Xin chờ.", "vi-VN") for _ in range(4)))
    written = first.stat().st_mtime_ns
    assert set(others) == {first}
    again = await voices.prompt("  Xin chờ. ", "vi-VN")
    assert (again, again.stat().st_mtime_ns) == (first, written)
    assert await voices.prompt("Xin chờ.", "en-US") != first
    assert sorted(first.parent.glob("*.tmp")) == []


async def test_a_flow_may_have_a_woman_or_a_man_speak(voices: VoiceProcess) -> None:
    tags = ("vi-VN", "vi-VN-x-female", "vi-VN-x-male")
    heard = {(await voices.prompt("Xin chào quý khách.", tag)).read_bytes() for tag in tags}
    assert len(heard) == len(tags)


async def test_a_language_nobody_speaks_is_said_so(voices: VoiceProcess) -> None:
    with pytest.raises(VoiceUnavailable, match="xx"):
        await voices.prompt("hello", "xx-XX")
    with pytest.raises(VoiceUnavailable, match="polka"):
        await voices.music("polka")
    assert (await voices.prompt("Xin chào.", "vi-VN")).stat().st_size > 1000


async def test_music_and_the_beep_are_made_on_the_spot(voices: VoiceProcess) -> None:
    assert len(_heard(await voices.music("moh_soft"))) == 24 * 8000
    assert 0.4 < len(_heard(await voices.beep())) / 8000 < 1.0


async def test_a_killed_voice_process_is_replaced(voices: VoiceProcess) -> None:
    await voices.prompt("Một.", "vi-VN")
    assert voices.pid is not None
    os.kill(voices.pid, signal.SIGKILL)
    assert (await voices.prompt("Hai.", "vi-VN")).stat().st_size > 1000


async def test_a_voice_process_that_hangs_is_replaced(voices: VoiceProcess, tmp_path: Path) -> None:
    async with VoiceProcess(tmp_path / "slow", answer_timeout_s=1.0) as hasty:
        await hasty.music("beep")
        assert hasty.pid is not None
        stuck = hasty.pid
        os.kill(stuck, signal.SIGSTOP)
        try:
            await hasty.music("ringback")
        finally:
            assert hasty.pid != stuck


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
async def test_an_uploaded_file_becomes_a_prompt(voices: VoiceProcess, tmp_path: Path, suffix: str) -> None:
    at = np.arange(44100 * 2) / 44100
    voice = 0.05 * np.sin(2 * np.pi * 300 * at)
    stereo = np.stack([np.concatenate([np.zeros(44100), voice])] * 2, axis=1)
    source = tmp_path / f"greeting.{suffix}"
    soundfile.write(source, stereo, 44100)
    heard = _heard(await voices.encode_file(source))
    assert 1.9 < len(heard) / 8000 < 2.4
    assert _dbfs(heard[4000:12000]) == pytest.approx(-20, abs=1.5)
    assert await voices.encode_file(source) == await voices.encode_file(source)


async def test_a_file_that_is_no_sound_is_refused(voices: VoiceProcess, tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("not a sound")
    with pytest.raises(VoiceUnavailable, match="not a sound file"):
        await voices.encode_file(text)
    with pytest.raises(VoiceUnavailable, match="can't read"):
        await voices.encode_file(tmp_path / "missing.wav")
