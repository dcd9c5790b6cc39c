"""The server's secret key: made once, kept to oneself, the same for ever."""

import base64
import stat
from pathlib import Path

import pytest

from threadline.secret_key import SealBroken, SecretKey, SecretKeyUnusable, load_secret_key, read_secret_key

pytestmark = pytest.mark.unit


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    sealed = load_secret_key(tmp_path).seal(b"token")
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert load_secret_key(tmp_path).open(sealed) == b"token"
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]


def test_a_given_key_wins_in_either_base64(tmp_path: Path) -> None:
    key = bytes([251, 255] * 16)
    for text in (base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode().rstrip("=")):
        assert load_secret_key(tmp_path, text).derived("files") == SecretKey(key).derived("files")
    assert not (tmp_path / "secret.key").exists()


def test_every_purpose_has_a_key_of_its_own() -> None:
    key = SecretKey(bytes(32))
    assert len({key.derived("files"), key.derived("chat"), bytes(32)}) == 3


def test_what_another_key_sealed_stays_shut() -> None:
    with pytest.raises(SealBroken):
        SecretKey(bytes(32)).open(SecretKey(bytes([1]) * 32).seal(b"token"))


@pytest.mark.parametrize("text", ["", "short", "!" * 43, "A" * 60])
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(SecretKeyUnusable):
        read_secret_key(text)
