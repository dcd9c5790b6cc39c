"""Uploaded sound to prompt: any format libsndfile reads, to mono at 8 kHz and the loudness of speech."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from telephony.errors import VoiceUnavailable
from telephony.voices import pcm
from telephony.voices.pcm import Floats

if TYPE_CHECKING:
    from pydub import AudioSegment

LONGEST_S: Final = 1800
SILENCE_DBFS: Final = -45.0


def read_prompt(path: Path) -> Floats:
    """Mono samples at 8 kHz. Raises VoiceUnavailable for what is no sound, or too long to be a prompt."""
    try:
        with soundfile.SoundFile(path) as sound:
            if sound.frames > LONGEST_S * sound.samplerate:
                raise VoiceUnavailable(f"longer than {LONGEST_S // 60} minutes: {path.name}")
            rate = int(sound.samplerate)
            samples = sound.read(dtype="float32", always_2d=True).mean(axis=1)
    except (soundfile.SoundFileError, OSError) as exc:
        raise VoiceUnavailable(f"not a sound file that can be read: {path.name}") from exc
    narrow = pcm.resample(samples, rate)
    return pcm.level(_without_silent_ends(narrow))


def _without_silent_ends(samples: Floats) -> Floats:
    segment = _segment(samples)
    from pydub.silence import detect_leading_silence

    head_ms = detect_leading_silence(segment, silence_threshold=SILENCE_DBFS)
    tail_ms = detect_leading_silence(segment.reverse(), silence_threshold=SILENCE_DBFS)
    kept = segment[max(0, head_ms - 40) : len(segment) - max(0, tail_ms - 120)]
    return np.frombuffer(kept.raw_data, dtype="<i2").astype(np.float32) / 32768.0


def _segment(samples: Floats) -> "AudioSegment":
    with (
        warnings.catch_warnings()
    ):  # pydub warns of a missing ffmpeg, which is not needed for samples in memory
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    data = np.clip(samples * 32768.0, -32768, 32767).astype("<i2").tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=pcm.RATE, channels=1)
