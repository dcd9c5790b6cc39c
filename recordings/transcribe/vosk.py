"""vosk behind the Transcriber port, and as a stream: partial results while somebody speaks.

The model path is always explicit. Left alone, vosk searches the home folder, downloads without a checksum
and ends the process on an unknown language.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recordings.errors import EngineFailed, ModelMissing
from recordings.transcribe.port import Word
from recordings.wav import RATE, Samples

CHUNK: Final = RATE // 10 * 2  # a tenth of a second of 16-bit samples


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far of the present utterance; the next one replaces it."""

    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance that is over. Times count from the start of the stream."""

    text: str
    words: tuple[Word, ...]


def is_model(folder: Path) -> bool:
    """True for a folder that holds a vosk model, in either of its two layouts."""
    return (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file()


class VoskModel:
    """A loaded model, to be shared by any number of streams. Loading takes seconds and hundreds of MB."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelMissing when there is none, EngineFailed when vosk refuses it."""
        if not is_model(folder):
            raise ModelMissing(f"no vosk model in {folder}")
        import vosk

        vosk.SetLogLevel(-1)
        self._vosk = vosk
        try:
            self._model = vosk.Model(model_path=str(folder))
        except Exception as exc:  # vosk raises bare Exception
            raise EngineFailed("vosk could not load the model") from exc

    def stream(self, grammar: Sequence[str] | None = None) -> "VoskStream":
        """A new utterance stream of 8 kHz audio. `grammar` limits what can be heard to these phrases."""
        if grammar is None:
            recogniser = self._vosk.KaldiRecognizer(self._model, RATE)
        else:
            recogniser = self._vosk.KaldiRecognizer(
                self._model, RATE, json.dumps(list(grammar), ensure_ascii=False)
            )
        recogniser.SetWords(True)
        return VoskStream(recogniser)


class VoskStream:
    """Feeds one speaker's audio. Every method blocks for the time of recognition: run it in an executor,
    one call at a time per stream."""

    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser
        self._said = ""

    def feed(self, pcm: bytes) -> Partial | Utterance | None:
        """Takes s16le at 8 kHz, any length. Returns what changed: a new partial text, or a whole utterance."""
        if self._recogniser.AcceptWaveform(pcm):
            self._said = ""
            heard = _final(self._recogniser.Result())
            return heard if heard.words or heard.text else None
        text = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        if text == self._said:
            return None
        self._said = text
        return Partial(text)

    def finish(self) -> Utterance:
        """What was left. The stream may be fed again afterwards."""
        self._said = ""
        return _final(self._recogniser.FinalResult())


def _final(result: str) -> Utterance:
    told = json.loads(result)
    words = tuple(
        Word(str(w["word"]), float(w["start"]), float(w["end"]), float(w.get("conf", 1.0)))
        for w in told.get("result", ())
    )
    return Utterance(str(told.get("text", "")), words)


class VoskTranscriber:
    """A whole stretch of speech at once, for the transcript after the call."""

    name = "vosk"

    def __init__(self, model: VoskModel) -> None:
        self._model = model

    def transcribe(self, samples: Samples, language: str) -> Sequence[Word]:
        stream = self._model.stream()
        pcm = samples.astype("<i2").tobytes()
        return [word for heard in _finals(stream, pcm) for word in heard.words]


def _finals(stream: VoskStream, pcm: bytes) -> Iterator[Utterance]:
    for at in range(0, len(pcm), CHUNK):
        heard = stream.feed(pcm[at : at + CHUNK])
        if isinstance(heard, Utterance):
            yield heard
    yield stream.finish()
