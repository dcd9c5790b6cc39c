"""What runs in the transcription process: one loaded model, one recording after another."""

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings import wav
from recordings.transcribe.dialogue import CUSTOMER, merge, owned_spans, segments_of, within
from recordings.transcribe.models import Engine
from recordings.transcribe.port import Segment, Transcriber, Word
from recordings.transcribe.speech import Span, find_speech
from recordings.transcribe.vosk import VoskModel, VoskTranscriber
from recordings.transcribe.whisper import WhisperTranscriber
from recordings.wav import RATE, Samples
from threadline.kernel.events import Json

NICENESS: Final = 10


@dataclass(frozen=True, slots=True)
class Order:
    """One recording to transcribe. `spans` as in the table: who owns the right channel when."""

    path: Path
    engine: Engine
    language: str
    spans: tuple[Json, ...] = ()


class _Bench:
    """Keeps the model used last, so that the next recording of the same language need not load it."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._loaded: Transcriber | None = None

    def take(self, engine: Engine) -> Transcriber:
        if self._loaded is None or engine != self._engine:
            self._loaded = None  # two models at once would double the memory
            self._loaded = load(engine)
            self._engine = engine
        return self._loaded


_bench = _Bench()


def load(engine: Engine) -> Transcriber:
    """Loads the weights. Raises ModelMissing or EngineFailed."""
    return (
        VoskTranscriber(VoskModel(engine.model))
        if engine.name == "vosk"
        else WhisperTranscriber(engine.model)
    )


def enlist() -> None:
    """Run first in the process: calls come before transcripts, and no parent means no work."""
    os.nice(NICENESS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.sentinel,), name="parent-watch", daemon=True).start()


def _die_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def transcribe_file(order: Order) -> list[Segment]:
    """The dialogue of one recording. Raises WavBroken, ModelMissing, EngineFailed, FileNotFoundError."""
    return transcribe(wav.read_channels(order.path), order, _bench.take(order.engine))


def transcribe(channels: Sequence[Samples], order: Order, engine: Transcriber) -> list[Segment]:
    """Left is the customer, right the people in their spans."""
    left = channels[0]
    sides = [segments_of(CUSTOMER, _words(left, find_speech(left), order, engine))]
    for right in channels[1:]:
        people = owned_spans(order.spans, len(right) / RATE)
        speech = find_speech(right) if people else []
        for speaker, owned in people.items():
            sides.append(segments_of(speaker, _words(right, within(speech, owned), order, engine)))
    return merge(*sides)


def _words(samples: Samples, spoken: Sequence[Span], order: Order, engine: Transcriber) -> list[Word]:
    found: list[Word] = []
    for span in spoken:
        piece = samples[int(span.t0 * RATE) : int(span.t1 * RATE)]
        found += [word.later(span.t0) for word in engine.transcribe(piece, order.language)]
    return found
