"""Answers to tap where a channel has them, a list everywhere else."""

import pytest

from omnichannel.channels.port import Choice, Limits, Taps
from omnichannel.outbound.rules import Draft, offered, tapped

pytestmark = pytest.mark.unit

TAPS = Limits(text_max=2000, taps=(Taps(2, 5, 20), Taps(3, 8, 40)))


def choices(*shown: str) -> tuple[Choice, ...]:
    return tuple(Choice(str(key), each, f"choice:main:{key}") for key, each in enumerate(shown, 1))


def draft(text: str, *shown: str) -> Draft:
    return Draft(text, None, None, (), None, is_person=False, choices=choices(*shown))


@pytest.mark.parametrize(
    ("text", "shown", "most"),
    [
        ("Which?", ("a", "b"), 2),
        ("Which?", ("a", "b", "c"), 3),
        ("Which?", ("longer", "b"), 3),
        ("x" * 21, ("a", "b"), 3),
        ("Which?", ("a", "b", "c", "d"), None),
        ("Which?", ("much longer",), None),
        ("x" * 41, ("a",), None),
        ("", ("a",), None),
        ("Which?", ("a", "a"), None),
        ("Which?", (), None),
    ],
)
def test_the_plainest_way_that_fits_is_taken(text: str, shown: tuple[str, ...], most: int | None) -> None:
    found = tapped(text, choices(*shown), TAPS)
    assert (found.most if found else None) == most


def test_accents_typed_apart_count_once() -> None:
    assert tapped("Which?", choices("e\u0302\u0301" * 5), TAPS) == TAPS.taps[0]


def test_what_can_not_be_tapped_is_listed_by_its_keys() -> None:
    assert offered(draft("Which?", "a", "b"), TAPS) == draft("Which?", "a", "b")
    listed = offered(draft("Which?", "a", "b"), Limits(text_max=2000))
    assert (listed.text, listed.choices) == ("Which?\n1. a\n2. b", ())
