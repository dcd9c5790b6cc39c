"""A past call's sound and the times of its words, for rooms in memory."""

import math
import struct
import wave
from functools import cache
from pathlib import Path

from threadline.kernel.events import JsonValue


def evenly(text: str, t0: float, t1: float) -> list[JsonValue]:
    """The words of a text, each as long as the others."""
    words = text.split()
    each = (t1 - t0) / len(words)
    return [
        {"word": word, "t0": round(t0 + n * each, 3), "t1": round(t0 + (n + 1) * each, 3), "confidence": 1.0}
        for n, word in enumerate(words)
    ]


@cache
def _second_of_tones() -> bytes:
    """440 Hz on the left, 660 Hz on the right, whole waves: seconds join without a click."""
    turns = (2 * math.pi * n / 8000 for n in range(8000))
    return b"".join(
        struct.pack("<hh", int(6000 * math.sin(440 * turn)), int(6000 * math.sin(660 * turn)))
        for turn in turns
    )


def write_tones(path: Path, seconds: int) -> None:
    """16 bits stereo at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(_second_of_tones() * seconds)
