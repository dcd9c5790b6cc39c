"""Finds where somebody speaks, by energy. Pure.

Silence is never given to an engine: it costs as much as speech, and a model asked what silence says invents
something. The threshold follows the channel's own noise floor within fixed limits.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recordings.wav import RATE, Samples

Levels: TypeAlias = NDArray[np.float64]

FRAME_S: Final = 0.02
FRAME: Final = int(RATE * FRAME_S)
ABOVE_FLOOR_DB: Final = 9.0
QUIETEST_DB: Final = -52.0  # below this nothing counts as speech, however silent the rest
LOUDEST_DB: Final = -38.0  # above this everything does, however loud the rest
SHORTEST_S: Final = 0.16
PAD_S: Final = 0.24
JOIN_S: Final = 0.8
LONGEST_S: Final = 27.0  # whisper's window is 30 s


class Span(NamedTuple):
    """A stretch of time, in seconds."""

    t0: float
    t1: float


def find_speech(samples: Samples) -> list[Span]:
    """Stretches worth transcribing, padded, joined over short pauses, none longer than LONGEST_S."""
    levels = frame_levels(samples)
    if not len(levels):
        return []
    loud = levels > _threshold(levels)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    raw = [Span(a * FRAME_S, b * FRAME_S) for a, b in edges.reshape(-1, 2).tolist()]
    end = len(samples) / RATE
    joined = _join(raw)
    padded = [
        Span(max(0.0, s.t0 - PAD_S), min(end, s.t1 + PAD_S)) for s in joined if s.t1 - s.t0 >= SHORTEST_S
    ]
    return [piece for span in padded for piece in _cut(span, levels)]


def frame_levels(samples: Samples) -> Levels:
    """Level of each whole 20 ms frame in dB below full scale."""
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.mean(np.square(whole / 32768.0), axis=1)
    levels: Levels = 10 * np.log10(power + 1e-12)
    return levels


def _threshold(levels: Levels) -> float:
    floor = float(np.percentile(levels, 10))
    return min(max(floor + ABOVE_FLOOR_DB, QUIETEST_DB), LOUDEST_DB)


def _join(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.t0 - joined[-1].t1 < JOIN_S:
            joined[-1] = Span(joined[-1].t0, span.t1)
        else:
            joined.append(span)
    return joined


def _cut(span: Span, levels: Levels) -> list[Span]:
    """Cuts an over-long stretch at the quietest moment of its allowed last third."""
    pieces: list[Span] = []
    while span.t1 - span.t0 > LONGEST_S:
        first = int((span.t0 + LONGEST_S * 2 / 3) / FRAME_S)
        last = int((span.t0 + LONGEST_S) / FRAME_S)
        at = (first + int(np.argmin(levels[first:last])) + 0.5) * FRAME_S
        pieces.append(Span(span.t0, at))
        span = Span(at, span.t1)
    return [*pieces, span]
