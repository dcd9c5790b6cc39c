"""Hold music and tones, made here note by note. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from telephony.voices.pcm import RATE, Floats, silence

BEAT_S: Final = 0.75
BAR_S: Final = 4 * BEAT_S
STRUM_S: Final = 0.11
TAIL_S: Final = 2.4
LOUDNESS: Final = 0.07  # root mean square; below speech, which is at 0.1

# Eight bars in C, each a bass note, a chord and a line above it, as semitones from A4 = 440 Hz.
BARS: Final[tuple[tuple[int, tuple[int, int, int], tuple[int, int, int, int]], ...]] = (
    (-21, (-9, -5, -2), (7, 10, 14, 10)),  # C
    (-24, (-12, -9, -5), (7, 12, 10, 7)),  # Am
    (-16, (-16, -12, -7), (5, 8, 12, 8)),  # F
    (-14, (-14, -10, -7), (5, 10, 14, 12)),  # G
    (-17, (-17, -14, -10), (7, 10, 14, 17)),  # Em
    (-24, (-12, -9, -5), (15, 12, 10, 7)),  # Am
    (-19, (-19, -16, -12), (8, 12, 5, 8)),  # Dm
    (-14, (-14, -10, -7), (10, 5, 2, 5)),  # G
)


def moh_soft() -> Floats:
    """Twenty-four seconds of soft chords and a slow line; the end rings on into the beginning."""
    loop = np.zeros(int(len(BARS) * BAR_S * RATE), dtype=np.float64)
    for bar, (bass, chord, line) in enumerate(BARS):
        start = bar * BAR_S
        _add(loop, start, bass, BAR_S, 0.5)
        for finger, note in enumerate(chord):
            _add(loop, start + finger * STRUM_S, note, BAR_S, 0.3)
        for beat, note in enumerate(line):
            _add(loop, start + beat * BEAT_S, note - 12, BEAT_S * 1.4, 0.35)
    scaled: Floats = (loop * LOUDNESS / np.sqrt(np.mean(np.square(loop)))).astype(np.float32)
    return scaled


def _add(
    loop: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    at_s: float,
    note: int,
    held_s: float,
    gain: float,
) -> None:
    """Adds one note of a mellow voice: few partials, a soft start, a long fade that wraps around the loop."""
    length_s = held_s + TAIL_S
    time = np.arange(int(length_s * RATE)) / RATE
    pitch = 440.0 * 2 ** (note / 12)
    wave = sum(part * np.sin(2 * np.pi * pitch * k * time) for k, part in ((1, 1.0), (2, 0.28), (3, 0.1)))
    shape = np.minimum(time / 0.06, 1.0) * np.exp(-time * 1.6) * np.clip((length_s - time) / 0.5, 0, 1)
    places = (int(at_s * RATE) + np.arange(len(time))) % len(loop)
    np.add.at(loop, places, gain * wave * shape)


def tone(hz: float, seconds: float, loudness: float = 0.2) -> Floats:
    """A sine with soft edges."""
    time = np.arange(int(seconds * RATE)) / RATE
    edge = np.minimum(np.minimum(time, seconds - time) / 0.01, 1.0)
    wave: Floats = (loudness * np.sqrt(2) * edge * np.sin(2 * np.pi * hz * time)).astype(np.float32)
    return wave


def beep() -> Floats:
    """The tone after which to speak."""
    return np.concatenate([silence(0.1), tone(1000.0, 0.35), silence(0.15)])


def ringback() -> Floats:
    """The ringing tone a caller in Vietnam knows: 425 Hz, one second in five (ITU-T E.180 supplement 2)."""
    return np.concatenate([tone(425.0, 1.0, 0.1), silence(4.0)])


def typing() -> Floats:
    """Somebody at a keyboard: short dull clicks at an uneven pace, so that a caller hears he is being served."""
    made = np.random.default_rng(7)
    loop = np.zeros(int(6.0 * RATE), dtype=np.float32)
    at_s = 0.1
    while at_s < 5.8:
        length = int(0.012 * RATE)
        fade = np.exp(-np.arange(length) / (0.003 * RATE))
        click = made.normal(0, 0.12, length) * fade
        start = int(at_s * RATE)
        loop[start : start + length] += click.astype(np.float32)
        at_s += float(made.choice([0.09, 0.12, 0.16, 0.24, 0.55], p=[0.3, 0.3, 0.2, 0.15, 0.05]))
    return loop


MUSICS: Final[Mapping[str, Callable[[], Floats]]] = {
    "moh_soft": moh_soft,
    "ringback": ringback,
    "beep": beep,
    "typing": typing,
}
