"""What somebody typed, as the database looks for it."""

import pytest

from omnichannel.search import words
from omnichannel.search.snippets import snippet

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", ["máy lạnh", "MÁY LẠNH", "may lanh", "ma\u0301y la\u0323nh"])
def test_accents_and_case_do_not_count(text: str) -> None:
    assert words.asked(text).begun == "'may' & 'lanh':*"
    assert words.asked(text).whole == "'may' & 'lanh'"


def test_the_letter_d_with_stroke_is_a_d() -> None:
    assert words.folded("Đường") == "duong"


@pytest.mark.parametrize(
    ("text", "digits"), [("090 123 45 67", "0901234567"), ("(+84) 90-1234", "84901234"), ("123", None), ("a1234567", None)]
)  # fmt: skip
def test_a_number_is_known_in_any_spelling(text: str, digits: str | None) -> None:
    assert words.asked(text).digits == digits


def test_a_case_is_known_by_its_number() -> None:
    assert (words.asked("#12").case, words.asked("12").case, words.asked("12 kg").case) == (12, 12, None)


@pytest.mark.parametrize("text", ["", "  ", "?!", "'", "a", "' | 'b"])
def test_what_holds_no_word_asks_nothing_dangerous(text: str) -> None:
    query = words.asked(text).begun
    assert query is None


def test_the_newest_stretches_come_first() -> None:
    assert words.stretches(70_000) == [range(1, 2), range(0, 1)]
    assert [len(look) for look in words.stretches(10_000_000)] == [1, 4, 4]
    assert words.stretches(10) == [range(0, 1)]


def test_a_snippet_shows_the_match_as_it_was_written() -> None:
    text = "Chị ơi, " + "rất " * 40 + "máy lạnh nhà tôi bị hỏng từ hôm qua"
    pieces = snippet(text, words.asked("may lan").words)
    assert ["máy", True] in pieces
    assert ["lạnh", True] in pieces
    assert pieces[0] == ["…", False]


def test_what_the_newest_stretches_lack_is_called_rare_only_where_another_look_would_not_do() -> None:
    assert words.is_rare(0, 1, 20)
    assert not words.is_rare(1, 1, 20)
    assert words.is_rare(10, 5, 20)
    assert not words.is_rare(12, 5, 20)


def test_the_words_before_the_last_are_asked_for_by_themselves() -> None:
    assert words.asked("máy lạnh hỏ").before == "'may' & 'lanh'"
    assert words.asked("máy").before is None
