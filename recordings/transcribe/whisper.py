"""faster-whisper behind the Transcriber port. Weights come from a folder that is named; nothing is looked up
or downloaded: HF_HUB_OFFLINE is set before the library is imported, in the worker process only."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from recordings.errors import EngineFailed, ModelMissing
from recordings.transcribe.port import Word
from recordings.wav import Samples, to_16k

REPEATING: Final = 2.4  # a text that compresses better than this is one phrase over and over
NO_SPEECH: Final = 0.6
UNSURE: Final = -1.0  # mean log probability


class WhisperTranscriber:
    """One loaded set of CTranslate2 weights, int8 on one CPU thread."""

    name = "whisper"

    def __init__(self, weights: Path) -> None:
        """Raises ModelMissing when `weights` holds no model."""
        if not (weights / "model.bin").is_file():
            raise ModelMissing(f"no whisper weights in {weights}")
        os.environ["HF_HUB_OFFLINE"] = "1"
        from faster_whisper import WhisperModel
        from tqdm import tqdm  # type: ignore[import-untyped]

        # the bar nobody sees would take a semaphore of the system, and leave it there when this process is killed
        tqdm.set_lock(threading.RLock())
        self._model = WhisperModel(
            str(weights), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1
        )

    def transcribe(self, samples: Samples, language: str) -> Sequence[Word]:
        try:
            segments, _ = self._model.transcribe(
                to_16k(samples), language=language.partition("-")[0], beam_size=1, condition_on_previous_text=False,
                word_timestamps=True,
            )  # fmt: skip
            return [word for segment in segments if not _is_invented(segment) for word in _words(segment)]
        except (RuntimeError, ValueError) as exc:
            raise EngineFailed("whisper could not read the audio") from exc


def _is_invented(segment: Any) -> bool:
    """Whisper's own signs that it filled a void."""
    is_void = segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNSURE
    return bool(is_void or segment.compression_ratio > REPEATING)


def _words(segment: Any) -> list[Word]:
    words = [
        Word(w.word.strip(), float(w.start), float(w.end), float(w.probability)) for w in segment.words or ()
    ]
    return [word for word in words if word.text]
