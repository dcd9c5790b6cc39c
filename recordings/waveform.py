"""What a recording looks like: how loud each lane is over time, and where it was masked. Pure but for the reading.

A player needs no more than a few hundred bars. They are taken from the mu-law codes themselves, which rise with
the loudness, so an hour of two lanes is drawn in a fraction of a second.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recordings.wav import MULAW_TO_LINEAR, RATE, read_header

MOST_BARS: Final = 480
SHORTEST_BAR: Final = RATE // 50  # samples: one frame of the phone
QUIETEST_DB: Final = -54.0  # drawn as nothing; a bar's height is linear in decibels from here up


class Span(NamedTuple):
    """A stretch of a recording, in seconds."""

    from_s: float
    to_s: float


def _heights() -> NDArray[np.uint8]:
    """The height of each mu-law code."""
    size = np.abs(MULAW_TO_LINEAR.astype(np.float64))
    share = np.maximum(size / size.max(), 1e-6)
    risen = 1.0 - 20 * np.log10(share) / QUIETEST_DB
    heights: NDArray[np.uint8] = np.round(np.clip(risen, 0.0, 1.0) * 255).astype(np.uint8)
    return heights


_HEIGHTS: Final = _heights()


def draw(path: Path) -> list[bytes]:
    """The lanes of a finished mu-law WAV, left first: one byte a bar, MOST_BARS at most.

    Blocks. Raises WavBroken, FileNotFoundError.
    """
    header = read_header(path)
    if header.frames == 0:
        return [b""] * header.channels
    held = header.frames * header.channels
    codes = np.memmap(path, dtype=np.uint8, mode="r", offset=header.data_at, shape=(held,))
    lanes = codes.reshape(-1, header.channels)
    bars = max(1, min(MOST_BARS, header.frames // SHORTEST_BAR))
    edges = np.linspace(0, header.frames, bars, endpoint=False).astype(np.int64)
    return [np.maximum.reduceat(_HEIGHTS[lanes[:, lane]], edges).tobytes() for lane in range(header.channels)]


def masked_spans(
    changes: Sequence[tuple[datetime, bool]], started_at: datetime, seconds: float
) -> list[Span]:
    """Where nothing was kept. `changes`: (when, whether masked from then on), in order of time."""
    spans: list[Span] = []
    since: float | None = None
    for at, is_masked in changes:
        now_s = min(max((at - started_at).total_seconds(), 0.0), seconds)
        if is_masked and since is None:
            since = now_s
        elif not is_masked and since is not None:
            spans.append(Span(since, now_s))
            since = None
    return spans if since is None else [*spans, Span(since, seconds)]
