"""A recording of Twilio's as the WAV our own recorder writes: stereo mu-law, the customer on the left. Pure."""

import io
import wave
from typing import Final

import numpy as np

from telephony.media import wav
from telephony.media.g711 import SAMPLE_RATE
from telephony.voices.pcm import Floats, resample, to_mulaw

LONGEST_S: Final = 4 * 3600


def as_stereo(data: bytes) -> tuple[bytes, float]:
    """(WAV, seconds) of 16-bit PCM with one or two channels at any rate. Raises ValueError."""
    try:
        with wave.open(io.BytesIO(data)) as taken:
            channels, width, rate = taken.getnchannels(), taken.getsampwidth(), taken.getframerate()
            frames = taken.readframes(min(taken.getnframes(), LONGEST_S * rate))
    except (wave.Error, EOFError) as exc:
        raise ValueError("the recording is no WAV") from exc
    if width != 2 or channels not in (1, 2) or not 4000 <= rate <= 96_000:
        raise ValueError("the recording has an unexpected form")
    samples: Floats = np.frombuffer(frames, "<i2").reshape(-1, channels).astype(np.float32) / np.float32(
        32768
    )
    left = _mulaw(samples[:, 0], rate)
    right = _mulaw(samples[:, 1], rate) if channels == 2 else b"\xff" * len(left)
    both = np.frombuffer(left + right, np.uint8).reshape(2, -1).T.tobytes()
    return wav.header(len(both)) + both, len(left) / SAMPLE_RATE


def _mulaw(samples: Floats, rate: int) -> bytes:
    return to_mulaw(samples if rate == SAMPLE_RATE else resample(samples, rate))
