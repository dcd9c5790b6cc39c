"""The voice process: `python -m telephony.voices.worker`. Holds the GPL engines away from the server.

One JSON object a line on standard input, one on standard output for each:
    {"id": 1, "do": "say", "parts": [["espeak", "vi", "Xin chào"]], "to": "/…/x.ul"}
    {"id": 2, "do": "music", "name": "moh_soft", "to": …}     {"id": 3, "do": "encode", "from": …, "to": …}
    {"id": 1, "seconds": 1.4}   or   {"id": 1, "error": "…"}
Files are raw mu-law at 8 kHz, written beside their place and renamed. The process ends with its input.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

import numpy as np

from telephony.errors import VoiceUnavailable
from telephony.voices import pcm
from telephony.voices.espeak import Espeak
from telephony.voices.files import read_prompt
from telephony.voices.music import MUSICS
from telephony.voices.pcm import Floats
from telephony.voices.piper import Piper

PAUSE_S: Final = 0.25  # between parts of different voices
NICENESS: Final = 5


class Engine(Protocol):
    def say(self, text: str, voice: str) -> tuple[Floats, int]: ...


class Mouth:
    """The engines, each loaded when first asked for."""

    def __init__(self) -> None:
        self._loaders: Mapping[str, Callable[[], Engine]] = {"espeak": Espeak, "piper": Piper}
        self._loaded: dict[str, Engine] = {}

    def say(self, parts: list[tuple[str, str, str]]) -> Floats:
        """Parts are (engine, voice, text). Raises VoiceUnavailable."""
        pieces: list[Floats] = []
        for engine, voice, text in parts:
            samples, rate = self._engine(engine).say(text, voice)
            pieces += [pcm.level(pcm.trim(pcm.resample(samples, rate))), pcm.silence(PAUSE_S)]
        return np.concatenate(pieces[:-1]) if pieces else pcm.silence(0.1)

    def _engine(self, name: str) -> Engine:
        if name not in self._loaders:
            raise VoiceUnavailable(f"there is no voice engine “{name}”")
        if name not in self._loaded:
            self._loaded[name] = self._loaders[name]()
        return self._loaded[name]


def sound_for(order: Mapping[str, Any], mouth: Mouth) -> Floats:
    """What one order asks for. Raises VoiceUnavailable."""
    if order["do"] == "say":
        return mouth.say([(engine, voice, text) for engine, voice, text in order["parts"]])
    if order["do"] == "encode":
        return read_prompt(Path(order["from"]))
    if order["do"] == "music" and order["name"] in MUSICS:
        return MUSICS[order["name"]]()
    raise VoiceUnavailable(f"nothing here is called “{order.get('name', order['do'])}”")


def write(samples: Floats, to: Path) -> None:
    """All of it or nothing, under its name."""
    unfinished = to.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_bytes(pcm.to_mulaw(samples))
    unfinished.replace(to)


def serve(orders: TextIO, answers: TextIO) -> None:
    """One order after another until the input ends."""
    mouth = Mouth()
    for line in orders:
        order = json.loads(line)
        try:
            samples = sound_for(order, mouth)
            write(samples, Path(order["to"]))
            answer: dict[str, Any] = {"id": order["id"], "seconds": len(samples) / pcm.RATE}
        except (VoiceUnavailable, OSError) as exc:
            answer = {"id": order["id"], "error": str(exc)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main() -> None:
    """Keeps the real standard output for answers: libraries that print must not break the protocol."""
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
