"""What a speech engine gives, and what is made of it. Times are seconds; pure data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from recordings.wav import Samples
from threadline.kernel.events import JsonValue


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `confidence` from 0 to 1. Punctuation, where the engine writes it, stays on the word."""

    text: str
    t0: float
    t1: float
    confidence: float

    def later(self, by_s: float) -> "Word":
        return replace(self, t0=self.t0 + by_s, t1=self.t1 + by_s)


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker said in one breath. `speaker`: customer, agent or outside."""

    speaker: str
    t0: float
    t1: float
    text: str
    words: tuple[Word, ...]

    def words_json(self) -> JsonValue:
        """The shape of `transcript_segment.words`."""
        return [
            {
                "word": word.text,
                "t0": round(word.t0, 3),
                "t1": round(word.t1, 3),
                "confidence": round(word.confidence, 3),
            }
            for word in self.words
        ]


class Transcriber(Protocol):
    """One loaded model. Blocks: it runs in the worker process, one call at a time."""

    name: str

    def transcribe(self, samples: Samples, language: str) -> Sequence[Word]:
        """The words in a stretch of speech (16-bit, 8 kHz), timed from its start. Raises EngineFailed."""
        ...
