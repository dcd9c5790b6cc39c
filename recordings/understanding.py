"""Speech in a call's menus: one utterance understood at a time, by a model that stays loaded.

The model's own work runs beside the loop, in one thread: vosk lets go of the interpreter while it computes.

A closed grammar makes a phrase of everything, also of a slammed door, unless its model knows a word for what is
none of them, which not every model does. So what has no voice in it is not given to a model at all.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from recordings import wav
from recordings.errors import EngineFailed, ModelMissing, WavBroken
from recordings.transcribe.models import Engine, ModelShelf, Waiting
from recordings.transcribe.vosk import Utterance, VoskModel
from recordings.transcribe.worker import load
from recordings.wav import RATE, Samples

UNKNOWN: Final = "[unk]"
TIMEOUT_S: Final = 20.0
CHUNK: Final = 3200

VOICED_FRAME: Final = 240  # 30 ms
LAGS: Final = slice(RATE // 400, RATE // 60)  # a voice's pitch, from 60 to 400 Hz
PERIODIC: Final = 0.55
VOICED_SHARE: Final = 0.2  # of the loud frames; noise has none, speech half and more


def has_voice(samples: Samples) -> bool:
    """Whether somebody speaks: enough of what is loud repeats itself at the pitch of a voice."""
    frames = (
        samples[: len(samples) // VOICED_FRAME * VOICED_FRAME].reshape(-1, VOICED_FRAME).astype(np.float64)
    )
    frames = frames - frames.mean(axis=1, keepdims=True) if len(frames) else frames
    power = np.square(frames).sum(axis=1)
    loud = frames[power > 0.05 * power.max(initial=1.0)]
    if not len(loud):
        return False
    spectrum = np.abs(np.fft.rfft(loud, 2 * VOICED_FRAME, axis=1)) ** 2
    likeness = np.fft.irfft(spectrum, axis=1)
    pitch = likeness[:, LAGS].max(axis=1) / np.maximum(likeness[:, 0], 1.0)
    return bool(np.mean(pitch > PERIODIC) >= VOICED_SHARE)


class Understanding:
    """`async with` for as long as calls come. Nothing understood is ("", 0.0), whatever the reason."""

    def __init__(self, shelf: ModelShelf) -> None:
        self._shelf = shelf
        self._thread: ThreadPoolExecutor | None = None
        self._models: dict[Path, VoskModel] = {}

    async def __aenter__(self) -> Self:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speech")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def understands(self, language: str) -> bool:
        """Whether there is an engine for a language now."""
        return not isinstance(self._shelf.engine_for(language), Waiting)

    def prepare(self, language: str) -> None:
        """Loads the model of a language, beside the loop, unless it is there."""
        engine = self._shelf.engine_for(language)
        if self._thread is not None and not isinstance(engine, Waiting) and engine.name == "vosk":
            self._thread.submit(self._model, engine.model)

    async def hear(self, path: Path, language: str, phrases: Sequence[str]) -> tuple[str, float]:
        """(words, confidence from 0 to 1) of the left channel of a recording. `phrases`: all that can be heard."""
        engine = self._shelf.engine_for(language)
        if isinstance(engine, Waiting):
            return "", 0.0
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._heard, path, engine, language, tuple(phrases)
                )
        except (TimeoutError, WavBroken, ModelMissing, EngineFailed, OSError):
            return "", 0.0

    def _model(self, folder: Path) -> VoskModel:
        if folder not in self._models:
            self._models[folder] = VoskModel(folder)
        return self._models[folder]

    def _heard(
        self, path: Path, engine: Engine, language: str, phrases: tuple[str, ...]
    ) -> tuple[str, float]:
        samples = wav.read_channels(path)[0]
        if not has_voice(samples):
            return "", 0.0
        if engine.name != "vosk":
            words = load(engine).transcribe(samples, language)
            return " ".join(word.text for word in words), 1.0 if words else 0.0
        stream = self._model(engine.model).stream([*phrases, UNKNOWN] if phrases else None)
        pcm = samples.astype("<i2").tobytes()
        heard = [stream.feed(pcm[at : at + CHUNK]) for at in range(0, len(pcm), CHUNK)]
        said = [one for one in (*heard, stream.finish()) if isinstance(one, Utterance)]
        known = [word for one in said for word in one.words if word.text != UNKNOWN]
        if not known:
            return "", 0.0
        return " ".join(word.text for word in known), sum(word.confidence for word in known) / len(known)
