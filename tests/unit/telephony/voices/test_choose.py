"""Which voice says what."""

import pytest

from telephony.voices.choose import Part, Voice, guess_language, parts_of, sentences, voice_for
from telephony.voices.espeak import Espeak

pytestmark = pytest.mark.unit
JOE, EN, VI = Voice("piper", "en_US-joe-medium"), Voice("espeak", "en-us"), Voice("espeak", "vi")


@pytest.mark.parametrize(
    ("language", "has_piper", "voice"),
    [
        ("en-US", True, JOE),
        ("en_GB", False, EN),
        ("vi-VN", True, VI),
        ("vi", False, VI),
        ("ko", True, Voice("espeak", "ko")),
        ("pt-BR", True, Voice("espeak", "pt-br")),
        ("vi-VN-x-female", True, Voice("espeak", "vi+f3")),
        ("en-US-x-male", True, Voice("espeak", "en-us+m3")),
        ("en-US-x-natural", True, JOE),
        ("en-US-x-natural", False, EN),
    ],
)
def test_english_is_natural_where_it_can_be_and_the_rest_is_espeak(
    language: str, has_piper: bool, voice: Voice
) -> None:
    assert voice_for(language, has_piper=has_piper) == voice


def test_a_text_in_one_language_is_said_by_one_voice_whatever_words_are_in_it() -> None:
    assert parts_of(" Chào bạn. For English, press 2. ", "vi-VN", "vi-VN", has_piper=True) == [
        Part("Chào bạn. For English, press 2.", VI)
    ]
    assert parts_of("  ", "vi-VN", "vi-VN", has_piper=True) == []


def test_a_text_in_any_language_changes_voice_between_sentences() -> None:
    parts = parts_of("Tiếng Việt, bấm phím 1. For English, press 2.", "any", "vi-VN", has_piper=True)
    assert parts == [Part("Tiếng Việt, bấm phím 1.", VI), Part("For English, press 2.", JOE)]


def test_neighbours_of_one_voice_are_said_in_one_go() -> None:
    parts = parts_of("Welcome to the shop! Please hold the line. Xin chờ.", "any", "vi-VN", has_piper=False)
    assert [part.voice for part in parts] == [EN, VI]
    assert parts[0].text == "Welcome to the shop! Please hold the line."


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Để gặp nhân viên", "vi-VN"),
        ("ĐÀ NẴNG", "vi-VN"),
        ("Bấm 2", "vi-VN"),
        ("Press 2", "en-US"),
        ("Threadline", "ko"),
        ("12 34", "ko"),
        ("안녕하세요", "ko"),
    ],
)
def test_the_language_of_a_sentence_is_told_by_its_marks_and_small_words(
    sentence: str, language: str
) -> None:
    assert guess_language(sentence, "ko") == language


def test_numbers_and_marks_stay_whole() -> None:
    assert sentences("Version 2.5 is out. Costs 1,200.00 dong!\nCall us…") == [
        "Version 2.5 is out.",
        "Costs 1,200.00 dong!",
        "Call us…",
    ]


def test_markup_goes_to_the_voice_that_knows_it_and_its_words_to_the_other() -> None:
    markup = "<speak>Hello. <break time='2s'/>Press 1.</speak>"
    assert parts_of(markup, "en-US", "vi-VN", has_piper=True) == [Part("Hello. Press 1.", JOE)]
    assert parts_of(markup, "en-US", "vi-VN", has_piper=False) == [Part(markup, EN)]
    assert parts_of(markup, "any", "vi-VN", has_piper=True) == [Part(markup, VI)]


def test_espeak_makes_the_pause_that_markup_asks_for() -> None:
    voice = Espeak()
    plain, rate = voice.say("Hello there.", "en-us")
    paused, _ = voice.say("<speak>Hello <break time='2s'/>there.</speak>", "en-us")
    assert len(paused) > len(plain) + 1.5 * rate
