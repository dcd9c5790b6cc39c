"""How long a text is, where it may be cut, and what an SMS of it costs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.channels.wording import Segments, length, segments, split

pytestmark = pytest.mark.unit


def test_letters_typed_in_pieces_count_once() -> None:
    assert length("Tie\u0302\u0301ng Vie\u0323\u0302t") == len("Tiếng Việt")


def test_a_cut_is_between_paragraphs_lines_sentences_or_words() -> None:
    assert split("một hai\n\nba bốn năm", 14) == ["một hai", "ba bốn năm"]
    assert split("Dạ có. Giá mới ạ", 12) == ["Dạ có.", "Giá mới ạ"]
    assert split("một hai ba", 8) == ["một hai", "ba"]


def test_a_cut_never_parts_a_family_or_a_letter_from_its_marks() -> None:
    family = "👨\u200d👩\u200d👧"
    assert split("ab" + family, 6) == ["ab", family]
    assert split("abcq\u0323x", 4) == ["abc", "q\u0323x"]


@given(st.text(max_size=120), st.integers(1, 30))
def test_pieces_fit_and_nothing_but_blanks_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 1, 160)),
        ("a" * 160, Segments("GSM-7", 1, 0)),
        ("a" * 161, Segments("GSM-7", 2, 145)),
        ("€" * 80, Segments("GSM-7", 1, 0)),
        ("đ" * 70, Segments("UCS-2", 1, 0)),
        ("đ" * 71, Segments("UCS-2", 2, 63)),
        ("😀" * 35, Segments("UCS-2", 1, 0)),
        ("a\u0323" * 70, Segments("UCS-2", 1, 0)),
    ],
)
def test_an_sms_costs_what_its_alphabet_costs(text: str, expected: Segments) -> None:
    assert segments(text) == expected
