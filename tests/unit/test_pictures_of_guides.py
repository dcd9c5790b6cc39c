"""The pictures that guides show: there, not heavy, and each taken anew by `make pictures`."""

import pytest

from scripts.pictures import IMAGES, shown, takers

pytestmark = pytest.mark.unit

HEAVIEST_BYTES = 120_000


def test_every_picture_a_guide_shows_is_there_and_none_besides() -> None:
    assert {path.stem for path in IMAGES.glob("*.png")} == shown()


def test_every_picture_is_taken_by_a_test() -> None:
    assert shown() == set(takers(shown()))


def test_no_picture_is_heavy() -> None:
    assert [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > HEAVIEST_BYTES] == []
