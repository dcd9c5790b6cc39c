"""What an ear gives to the engine and what it makes of its answers; the engine is a script."""

import numpy as np
import pytest

from recordings.captions.ear import Ear
from recordings.transcribe.port import Word
from recordings.transcribe.vosk import Partial, Utterance
from recordings.wav import RATE, Samples

pytestmark = pytest.mark.unit
PIECE_S = 0.5


class Script:
    """A stream that understands "one", then "one two", and at the end both words, timed from its own beginning."""

    def __init__(self) -> None:
        self.fed_s: list[float] = []

    def feed(self, pcm: bytes) -> Partial | Utterance | None:
        self.fed_s.append(len(pcm) / 2 / RATE)
        return Partial(" ".join(["one", "two"][: len(self.fed_s)]))

    def finish(self) -> Utterance:
        return Utterance("one two", (Word("one", 0.3, 0.5, 1.0), Word("two", 0.6, 0.9, 1.0)))


def silence(seconds: float = PIECE_S) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def speech(seconds: float = PIECE_S) -> Samples:
    noise = np.random.default_rng(7).integers(-9000, 9000, int(seconds * RATE))
    return noise.astype(np.int16)


@pytest.fixture
def streams() -> list[Script]:
    return []


@pytest.fixture
def ear(streams: list[Script]) -> Ear:
    def opened() -> Script:
        streams.append(Script())
        return streams[-1]

    return Ear("customer", opened)


def test_silence_is_never_given_to_the_engine(ear: Ear, streams: list[Script]) -> None:
    assert [ear.hear(silence(), n * PIECE_S) for n in range(20)] == [[]] * 20
    assert streams == []


def test_a_click_is_no_speech(ear: Ear, streams: list[Script]) -> None:
    click = silence()
    click[100:200] = 20_000
    ear.hear(click, 0.0)
    assert streams == []


def test_an_utterance_grows_and_ends_with_the_silence_behind_it(ear: Ear) -> None:
    for n in range(4):
        ear.hear(silence(), n * PIECE_S)
    lines = [*ear.hear(speech(), 2.0), *ear.hear(speech(), 2.5), *ear.hear(silence(), 3.0)]
    assert [(line.text, line.is_final, line.number) for line in lines[:2]] == [
        ("one", False, 0),
        ("one two", False, 0),
    ]
    (last,) = [line for line in ear.hear(silence(), 3.5) if line.is_final]
    assert (last.text, last.number, last.speaker) == ("one two", 0, "customer")


def test_times_are_those_of_the_recording_with_the_lead_before_the_first_sound(
    ear: Ear, streams: list[Script]
) -> None:
    ear.hear(silence(), 9.5)
    ear.hear(speech(), 10.0)
    assert streams[0].fed_s == [pytest.approx(0.8)]  # three tenths of the silence go along
    (line,) = ear.finish(10.5)
    assert [line.t0, line.t1] == [pytest.approx(10.0), pytest.approx(10.6)]
    assert [word.t0 for word in ear.words] == [pytest.approx(10.0), pytest.approx(10.3)]


def test_the_next_utterance_is_a_line_of_its_own(ear: Ear, streams: list[Script]) -> None:
    numbers = []
    for n in range(2):
        ear.hear(speech(), n * 2.0)
        numbers += [line.number for line in ear.finish(n * 2.0 + PIECE_S)]
    assert numbers == [0, 1]
    assert len(streams) == 2


def test_over_steady_noise_only_what_is_louder_counts(ear: Ear, streams: list[Script]) -> None:
    hum = (speech() // 60).astype(np.int16)
    for n in range(16):
        ear.hear(hum, n * PIECE_S)
    heard_before = len(streams)
    ear.finish(8.0)
    ear.hear(hum, 8.0)
    assert len(streams) == heard_before
    ear.hear(speech(), 8.5)
    assert len(streams) == heard_before + 1
