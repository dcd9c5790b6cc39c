"""One lane of a running call: where somebody speaks is given to a stream of the engine, silence is not. Pure.

Silence costs an engine as much as speech, and most of a call is silence on one lane or the other.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from recordings.captions.messages import Line
from recordings.transcribe.port import Word
from recordings.transcribe.speech import ABOVE_FLOOR_DB, FRAME_S, LOUDEST_DB, QUIETEST_DB, frame_levels
from recordings.transcribe.vosk import Partial, Utterance
from recordings.wav import RATE, Samples

LEAD_S: Final = 0.3  # before the first loud frame: a word's beginning is soft
ENDS_AFTER_S: Final = 0.8
FLOOR_FRAMES: Final = 400  # of the last eight seconds the quietest tenth is the line's own noise
SPEECH_FRAMES: Final = 3  # loud ones in a piece that make it speech; a click is one


class Stream(Protocol):
    """As recordings.transcribe.vosk.VoskStream."""

    def feed(self, pcm: bytes) -> Partial | Utterance | None: ...
    def finish(self) -> Utterance: ...


class Ear:
    """Takes the samples of a lane in pieces, a few tenths of a second each, and says what was understood of them."""

    def __init__(self, speaker: str, open_stream: Callable[[], Stream]) -> None:
        self._speaker = speaker
        self._open = open_stream
        self._stream: Stream | None = None
        self._stream_s = 0.0  # where the stream's own time begins
        self._line_s = 0.0
        self._number = 0
        self._quiet_s = 0.0
        self._lead = np.zeros(0, dtype=np.int16)
        self._levels: deque[float] = deque(maxlen=FLOOR_FRAMES)
        self.words: list[Word] = []

    def hear(self, samples: Samples, at_s: float) -> list[Line]:
        """The next piece, which begins at `at_s` of the recording; what came of it."""
        end_s = at_s + len(samples) / RATE
        is_speech = self._is_speech(samples)
        if self._stream is None and not is_speech:
            self._lead = np.concatenate([self._lead, samples])[-int(LEAD_S * RATE) :]
            return []
        if self._stream is None:
            self._stream, self._stream_s = self._open(), at_s - len(self._lead) / RATE
            self._line_s = self._stream_s
            samples, self._lead = np.concatenate([self._lead, samples]), np.zeros(0, dtype=np.int16)
        self._quiet_s = 0.0 if is_speech else self._quiet_s + len(samples) / RATE
        lines = self._told(self._stream.feed(samples.astype("<i2").tobytes()), end_s)
        return lines if self._quiet_s < ENDS_AFTER_S else [*lines, *self.finish(end_s)]

    def finish(self, at_s: float) -> list[Line]:
        """Whatever is being said ends here."""
        self._lead = np.zeros(0, dtype=np.int16)
        stream, self._stream, self._quiet_s = self._stream, None, 0.0
        return [] if stream is None else self._told(stream.finish(), at_s)

    def _is_speech(self, samples: Samples) -> bool:
        levels = frame_levels(samples)
        self._levels.extend(levels.tolist())
        if not self._levels:
            return False
        floor = float(np.percentile(np.asarray(self._levels), 10)) + ABOVE_FLOOR_DB
        loud = int(np.count_nonzero(levels > min(max(floor, QUIETEST_DB), LOUDEST_DB)))
        return loud >= min(SPEECH_FRAMES, max(1, round(len(samples) / RATE / FRAME_S)))

    def _told(self, heard: Partial | Utterance | None, end_s: float) -> list[Line]:
        if heard is None or not heard.text:
            return []
        if isinstance(heard, Partial):
            return [Line(self._speaker, self._number, self._line_s, end_s, heard.text, is_final=False)]
        words = [word.later(self._stream_s) for word in heard.words]
        self.words += words
        first = words[0].t0 if words else self._line_s
        last = words[-1].t1 if words else end_s
        line = Line(self._speaker, self._number, first, last, heard.text, is_final=True)
        self._number += 1
        self._line_s = end_s
        return [line]
