"""Speech in a call's menus: one utterance understood at a time, by a model that stays loaded.

The model's own work runs beside the loop, in one thread: vosk lets go of the interpreter while it computes.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from recordings import wav
from recordings.errors import EngineFailed, ModelMissing, WavBroken
from recordings.transcribe.models import Engine, ModelShelf, Waiting
from recordings.transcribe.vosk import Utterance, VoskModel
from recordings.transcribe.worker import load

UNKNOWN: Final = "[unk]"
TIMEOUT_S: Final = 20.0
CHUNK: Final = 3200


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

    def _heard(
        self, path: Path, engine: Engine, language: str, phrases: tuple[str, ...]
    ) -> tuple[str, float]:
        samples = wav.read_channels(path)[0]
        if engine.name != "vosk":
            words = load(engine).transcribe(samples, language)
            return " ".join(word.text for word in words), 1.0 if words else 0.0
        model = self._models.get(engine.model)
        if model is None:
            model = self._models[engine.model] = VoskModel(engine.model)
        stream = model.stream([*phrases, UNKNOWN] if phrases else None)
        pcm = samples.astype("<i2").tobytes()
        heard = [stream.feed(pcm[at : at + CHUNK]) for at in range(0, len(pcm), CHUNK)]
        said = [one for one in (*heard, stream.finish()) if isinstance(one, Utterance)]
        known = [word for one in said for word in one.words if word.text != UNKNOWN]
        if not known:
            return "", 0.0
        return " ".join(word.text for word in known), sum(word.confidence for word in known) / len(known)
