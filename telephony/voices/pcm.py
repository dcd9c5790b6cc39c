"""Sound as numpy sees it: resampling, loudness, G.711. Pure; float32 samples in [-1, 1)."""

import math
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

RATE: Final = 8000
PASSBAND_HZ: Final = 3600.0  # telephone speech ends at 3400 Hz
TAPS_EACH_SIDE: Final = 24  # at the lower of the two rates
SPEECH_DBFS: Final = -20.0
PEAK: Final = 0.89  # -1 dBFS
FRAME: Final = RATE // 50


def resample(samples: Floats, rate: int, to_rate: int = RATE) -> Floats:
    """Windowed-sinc interpolation between any two rates, the band limited to what the lower one carries.

    The rates' ratio repeats after a few positions between samples, so one filter each is computed once.
    """
    if rate == to_rate or not len(samples):
        unchanged: Floats = samples.astype(np.float32)
        return unchanged
    common = math.gcd(rate, to_rate)
    up, down = to_rate // common, rate // common
    filters = _filters(rate, to_rate)
    reach = filters.shape[1] // 2
    padded = np.pad(samples.astype(np.float32), (reach, reach + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach)
    made = np.empty(math.ceil(len(samples) * up / down), dtype=np.float32)
    for phase in range(min(up, len(made))):
        count = len(range(phase, len(made), up))
        first = phase * down // up
        made[phase::up] = windows[first + 1 :: down][:count] @ filters[phase]
    return made


@lru_cache(maxsize=16)
def _filters(rate: int, to_rate: int) -> Floats:
    """One row of taps for each position between two input samples that an output sample can have."""
    low = min(rate, to_rate)
    cutoff = min(0.45 * low, PASSBAND_HZ if to_rate == RATE else 0.45 * low) / rate  # cycles per input sample
    reach = math.ceil(TAPS_EACH_SIDE * rate / low)
    up = to_rate // math.gcd(rate, to_rate)
    between = (np.arange(up) * rate / to_rate) % 1.0
    distance = between[:, None] - np.arange(1 - reach, reach + 1)[None, :]
    window = np.cos(np.pi * distance / (2 * (reach + 1))) ** 2
    taps: Floats = (2 * cutoff * np.sinc(2 * cutoff * distance) * window).astype(np.float32)
    return taps


def level(samples: Floats) -> Floats:
    """Brings speech to SPEECH_DBFS, measured where there is speech; peaks stay below PEAK."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1) if len(frames) else np.zeros(0)
    active = power[power > 1e-6]
    if not len(active):
        return samples
    gain = 10 ** (SPEECH_DBFS / 20) / np.sqrt(np.mean(active))
    peak = float(np.max(np.abs(samples)))
    levelled: Floats = (samples * min(gain, PEAK / peak)).astype(np.float32)
    return levelled


def trim(samples: Floats, lead_s: float = 0.04, tail_s: float = 0.12) -> Floats:
    """Cuts silence off both ends, leaving a breath."""
    loud = np.flatnonzero(np.abs(samples) > 0.004)
    if not len(loud):
        return samples[:0]
    first = max(0, int(loud[0]) - int(lead_s * RATE))
    last = min(len(samples), int(loud[-1]) + int(tail_s * RATE))
    return samples[first:last]


def silence(seconds: float) -> Floats:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def to_mulaw(samples: Floats) -> bytes:
    """G.711 mu-law of 8 kHz samples; what exceeds full scale clips."""
    linear = np.clip(samples * 32768.0, -32768, 32767).astype(np.int16)
    codes: NDArray[np.uint8] = _LINEAR_TO_MULAW[linear.view(np.uint16)]
    return codes.tobytes()


def _mulaw_table() -> NDArray[np.uint8]:
    """ITU-T G.711 table 2a, indexed by the 16-bit sample read as unsigned."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(linear), 32635) + 0x84
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = magnitude >> (segment + 3) & 0x0F
    sign = np.where(linear < 0, 0x80, 0)
    codes: NDArray[np.uint8] = (~(sign | segment << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


_LINEAR_TO_MULAW: Final = _mulaw_table()
