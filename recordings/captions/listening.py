"""One recording being captioned: its tail, an ear for each speaker, and in the end the whole transcript."""

from collections.abc import Sequence
from typing import Final

from recordings import wav
from recordings.captions.ear import Ear
from recordings.captions.messages import Begin, Line
from recordings.captions.tail import Tail
from recordings.transcribe.dialogue import CUSTOMER, merge, owned_spans, segments_of
from recordings.transcribe.port import Segment, Word
from recordings.transcribe.speech import Span
from recordings.transcribe.vosk import VoskModel, VoskTranscriber
from recordings.transcribe.worker import Order, transcribe
from recordings.wav import RATE, Samples
from threadline.kernel.events import Json

PIECE_S: Final = 0.5  # as often as the media engine writes
LAG_S: Final = 0.3  # who owns the right channel is told this much after it is so, at the latest


class Listening:
    """Blocks while the engine computes; the process serves one after the other."""

    def __init__(self, begin: Begin, model: VoskModel) -> None:
        """Raises OSError, WavBroken."""
        self._begin = begin
        self._model = model
        self._tail = Tail(begin.path)
        self._spans: tuple[Json, ...] = begin.spans
        self._ears: dict[str, Ear] = {}

    def take_turns(self, spans: tuple[Json, ...]) -> None:
        self._spans = spans

    @property
    def is_behind(self) -> bool:
        return self._tail.waiting_s >= PIECE_S

    def step(self) -> list[Line]:
        """What came of the next piece; nothing where less than one was written since. Raises OSError, WavBroken."""
        at_s = self._tail.at_s
        channels = self._tail.read(PIECE_S)
        return [] if not len(channels[0]) else self._heard(channels, at_s)

    def end(self, spans: tuple[Json, ...]) -> list[Segment]:
        """The transcript of the whole recording, whose file is complete. Raises OSError, WavBroken, EngineFailed."""
        self._spans = spans
        at_s = self._tail.at_s
        while len((channels := self._tail.read(PIECE_S))[0]):
            self._heard(channels, at_s)
            at_s = self._tail.at_s
        for ear in self._ears.values():
            ear.finish(at_s)
        live = [segments_of(who, self._rightful(who, ear.words, at_s)) for who, ear in self._ears.items()]
        return merge(self._before(spans), *live)

    def _heard(self, channels: Sequence[Samples], at_s: float) -> list[Line]:
        lines = self._ear(CUSTOMER).hear(channels[0], at_s)
        owner = self._owner(at_s + len(channels[0]) / RATE)
        for name in [name for name in self._ears if name not in (CUSTOMER, owner)]:
            lines += self._ears[name].finish(at_s)
        if owner is not None and len(channels) > 1:
            lines += self._ear(owner).hear(channels[1], at_s)
        return lines

    def _ear(self, speaker: str) -> Ear:
        return self._ears.setdefault(speaker, Ear(speaker, self._model.stream))

    def _owner(self, at_s: float) -> str | None:
        """Which person has the right channel."""
        owned = owned_spans(self._spans, at_s + LAG_S)
        return next((who for who, spans in owned.items() if any(s.t0 <= at_s <= s.t1 for s in spans)), None)

    def _rightful(self, speaker: str, words: Sequence[Word], seconds: float) -> list[Word]:
        """Without what was heard of music and prompts before it was known that the person had gone."""
        if speaker == CUSTOMER:
            return list(words)
        owned = owned_spans(self._spans, seconds).get(speaker, [])
        return [word for word in words if _is_within((word.t0 + word.t1) / 2, owned)]

    def _before(self, spans: tuple[Json, ...]) -> list[Segment]:
        """What was said before anybody listened: to the menus, in the queue, or while all places were taken."""
        begun = self._tail.begun_at
        if begun == 0:
            return []
        channels = [channel[:begun] for channel in wav.read_channels(self._begin.path)]
        order = Order(self._begin.path, self._begin.engine, self._begin.language, spans)
        return transcribe(channels, order, VoskTranscriber(self._model))


def _is_within(moment: float, owned: Sequence[Span]) -> bool:
    return any(span.t0 <= moment <= span.t1 for span in owned)
