"""How often codes may be asked for, how they are compared, and what is shown of what they prove."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from omnichannel.proofs import wording
from omnichannel.proofs.model import PER_SUBJECT, PER_VISITOR, code_hash, is_code, masked, pause, subject_hash

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = bytes(range(32))
PROOF, OTHER = UUID(int=1), UUID(int=2)


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([], timedelta()),
        ([ago(seconds=20)], timedelta(seconds=40)),
        ([ago(minutes=2)], timedelta()),
        ([ago(minutes=50), ago(minutes=40), ago(minutes=2)], timedelta(minutes=10)),
        ([ago(hours=20), *[ago(hours=hours) for hours in (9, 8, 7, 6)]], timedelta(hours=4)),
        ([ago(hours=25), ago(hours=24)], timedelta()),
    ],
)
def test_a_phone_gets_one_code_a_minute_three_an_hour_five_a_day(
    made: list[datetime], expected: timedelta
) -> None:
    assert pause(made, PER_SUBJECT, NOON) == expected


def test_a_visitor_who_names_ever_new_numbers_is_held_up_as_well() -> None:
    assert pause([ago(minutes=3)] * 3, PER_VISITOR, NOON) == timedelta(minutes=7)
    assert pause([ago(minutes=30)] * 5, PER_VISITOR, NOON) == timedelta(minutes=30)


def test_a_code_is_right_for_its_own_proof_and_key_only() -> None:
    kept = code_hash(KEY, PROOF, "042137")
    assert is_code(KEY, PROOF, " 042 137 ", kept)
    assert not is_code(KEY, PROOF, "042138", kept)
    assert not is_code(KEY, PROOF, "42137", kept)
    assert not is_code(KEY, PROOF, "٠٤٢١٣٧", kept)
    assert not is_code(KEY, OTHER, "042137", kept)
    assert not is_code(bytes(32), PROOF, "042137", kept)
    assert b"042137" not in kept


def test_what_codes_are_counted_by_tells_phones_from_mails_and_needs_the_key() -> None:
    assert subject_hash(KEY, "phone", "+84901234567") != subject_hash(KEY, "email", "+84901234567")
    assert subject_hash(KEY, "phone", "+84901234567") != subject_hash(bytes(32), "phone", "+84901234567")


def test_an_owner_recognises_what_is_masked_and_nobody_else_reads_it() -> None:
    assert masked("phone", "+84901234567") == "••• 567"
    assert masked("email", "lan@example.com") == "l•••@example.com"


def test_a_code_is_said_in_the_language_somebody_named_first() -> None:
    assert wording.language_of(None, "en-US", "vi-VN") == "en"
    assert wording.language_of(None, None, None) == "vi"
    assert "123456" in wording.message("vi", "123456")
    assert len(wording.message("en", "123456")) <= 160
    assert wording.subject("vi") != wording.subject("en")
    assert "x" in wording.proven("en", "x")
    assert "x" in wording.failed("vi", "x")
