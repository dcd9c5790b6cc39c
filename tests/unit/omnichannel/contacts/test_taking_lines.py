"""Which lines of a table may become contacts in one go."""

import pytest

from omnichannel.contacts.importing.columns import Line, read_line
from omnichannel.contacts.importing.taking import LOCKED, together

pytestmark = pytest.mark.unit


def line(phones: str) -> Line:
    return read_line(["p"], {"p": "phone"}, [phones], "VN")


def test_lines_with_identities_of_their_own_go_together() -> None:
    assert together([line("0912345678"), line("0912345679, 0912345670"), line("0912345671")]) == 3


def test_a_line_with_an_identity_of_an_earlier_one_waits_for_it() -> None:
    assert together([line("0912345678"), line("0912345679"), line("0912345678"), line("0912345670")]) == 2


def test_no_more_identities_than_can_be_locked_go_together_and_one_line_always_goes() -> None:
    many = [",".join(f"09{n * 1000 + k:08d}" for k in range(1000)) for n in (10_000, 10_001, 10_002)]
    assert LOCKED < 3000
    assert together([line(one) for one in many]) == 2
    assert together([line(",".join(many)), line("0912345678")]) == 1
