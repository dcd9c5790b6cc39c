"""From words on two channels to a dialogue."""

from pathlib import Path

import numpy as np
import pytest

from recordings.transcribe.dialogue import merge, owned_spans, segments_of, within
from recordings.transcribe.models import Engine
from recordings.transcribe.port import Word
from recordings.transcribe.speech import Span
from recordings.transcribe.worker import Order, transcribe
from recordings.wav import RATE, Samples
from threadline.kernel.events import Json

pytestmark = pytest.mark.unit


def _word(text: str, t0: float, t1: float) -> Word:
    return Word(text, t0, t1, 0.9)


def test_only_people_own_a_place_in_the_transcript() -> None:
    spans: list[Json] = [
        {"speaker": "system", "from_s": 0, "to_s": 9.5},
        {"speaker": "agent:0192", "from_s": 30, "to_s": None},
        {"speaker": "agent:0191", "from_s": 9.5, "to_s": 20.0},
        {"speaker": "outside", "from_s": 22.0, "to_s": 25.0},
        {"speaker": "agent:0193", "from_s": 50.0, "to_s": 50.0},
    ]
    assert owned_spans(spans, 42.0) == {
        "agent": [Span(9.5, 20.0), Span(30, 42.0)],
        "outside": [Span(22.0, 25.0)],
    }


def test_speech_is_cut_to_the_time_of_its_owner() -> None:
    speech = [Span(1.0, 12.0), Span(19.95, 25.0), Span(31.0, 33.0)]
    assert within(speech, [Span(9.5, 20.0), Span(30.0, 42.0)]) == [Span(9.5, 12.0), Span(31.0, 33.0)]


def test_a_pause_or_the_end_of_a_sentence_begins_a_new_segment() -> None:
    words = [
        _word("Hello.", 0.0, 0.5),
        _word("My", 0.8, 0.9),
        _word("order", 1.0, 1.4),
        _word("is", 2.5, 2.6),
        _word("late.", 2.6, 3.0),
    ]
    assert [(s.text, s.t0, s.t1) for s in segments_of("customer", words)] == [
        ("Hello.", 0.0, 0.5),
        ("My order", 0.8, 1.4),
        ("is late.", 2.5, 3.0),
    ]


def test_both_sides_are_told_in_order_of_time() -> None:
    customer = segments_of("customer", [_word("hello", 3.0, 3.4), _word("thanks", 9.0, 9.5)])
    agent = segments_of("agent", [_word("welcome", 1.0, 1.6), _word("yes", 5.0, 5.2)])
    assert [(s.speaker, s.text) for s in merge(customer, agent)] == [
        ("agent", "welcome"),
        ("customer", "hello"),
        ("agent", "yes"),
        ("customer", "thanks"),
    ]


class _Parrot:
    """Says one word for each stretch it is given, and keeps count."""

    name = "parrot"

    def __init__(self) -> None:
        self.heard_s: list[float] = []

    def transcribe(self, samples: Samples, language: str) -> list[Word]:
        self.heard_s.append(round(len(samples) / RATE, 1))
        return [Word(f"{language}-{len(self.heard_s)}", 0.25, len(samples) / RATE, 1.0)]


def test_an_engine_hears_the_customer_and_the_agent_but_no_prompt_and_no_silence() -> None:
    voice = (np.sin(2 * np.pi * 200 * np.arange(RATE * 2) / RATE) * 8000).astype(np.int16)
    left = np.zeros(RATE * 20, dtype=np.int16)
    right = left.copy()
    right[RATE : RATE * 3] = voice  # a prompt
    left[RATE * 5 : RATE * 7] = voice
    right[RATE * 10 : RATE * 12] = voice  # the agent
    spans: tuple[Json, ...] = (
        {"speaker": "system", "from_s": 0, "to_s": 9.0},
        {"speaker": "agent:1", "from_s": 9.0, "to_s": None},
    )
    parrot = _Parrot()
    order = Order(path=Path("x"), engine=Engine("whisper", Path("x")), language="en-US", spans=spans)
    dialogue = transcribe([left, right], order, parrot)
    assert [(s.speaker, s.text) for s in dialogue] == [("customer", "en-US-1"), ("agent", "en-US-2")]
    assert [round(s.t0, 1) for s in dialogue] == [5.0, 10.0]
    assert parrot.heard_s == [2.5, 2.5]
