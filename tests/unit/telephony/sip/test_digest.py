"""Digests against the RFC's own example, and the tricks people play with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.digest import (
    Challenge,
    Claim,
    Doorkeeper,
    Verdict,
    answer_challenge,
    hash_password,
    pick_challenge,
    proof,
    read_credentials,
)
from telephony.sip.errors import BadHeader
from tests.unit.telephony.sip.bench import account_of

pytestmark = pytest.mark.unit

NOW = 1_767_323_045.0
KEEPER_REALM = "threadline"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616_section_3_9_1(algorithm: str, expected: str) -> None:
    fields = {
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "uri": "/dir/index.html",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
    }
    ha1 = hash_password("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert proof(algorithm, ha1, "GET", fields) == expected


def keeper() -> Doorkeeper:
    return Doorkeeper(b"k" * 32, KEEPER_REALM)


def log_in(
    door: Doorkeeper,
    change: dict[str, str] | None = None,
    *,
    user: str = "alice",
    password: str = "secret",
    count: int = 1,
) -> Claim:
    """Credentials for a fresh challenge; `change` rewrites single fields afterwards."""
    values = [line.partition(": ")[2] for line in door.challenge("192.0.2.9", NOW, "").splitlines()]
    challenge = pick_challenge(values, proxy=False)
    assert challenge is not None
    assert challenge.algorithm == "SHA-256"
    value = answer_challenge(challenge, "REGISTER", "sip:x", user, password, count).partition(": ")[2]
    claim = door.claim([value], ("REGISTER", ""), "192.0.2.9", NOW + 1)
    assert isinstance(claim, Claim)
    return Claim(claim.username, {**claim.fields, **(change or {})}, claim.method)


def test_the_right_password_is_good_once_per_count() -> None:
    door, claim = (door := keeper()), log_in(door)
    assert door.check(claim, account_of("alice")) is Verdict.GOOD
    assert door.check(claim, account_of("alice")) is Verdict.STALE


@pytest.mark.parametrize(
    "change",
    [
        {"response": "0" * 64},
        {"nc": "x"},
        {"nc": "0000000é"},
        {"algorithm": "SHA-512"},
        {"algorithm": "MD5"},
        {"qop": "auth-int"},
        {"response": ""},
    ],
    ids=lambda change: "-".join(change),
)
def test_a_changed_field_is_wrong(change: dict[str, str]) -> None:
    door = keeper()
    assert door.check(log_in(door, change), account_of("alice")) is Verdict.WRONG


def test_an_unknown_account_is_wrong_whatever_the_proof() -> None:
    door = keeper()
    assert door.check(log_in(door), None) is Verdict.WRONG
    zero = Claim("ghost", log_in(door).fields | {"username": "ghost"}, "REGISTER")
    forged = zero.fields | {"response": proof("SHA-256", "0" * 64, "REGISTER", zero.fields)}
    assert door.check(Claim("ghost", forged, "REGISTER"), None) is Verdict.WRONG


def test_md5_without_qop_is_good_once_and_only_where_allowed() -> None:
    door = keeper()
    nonce = log_in(door).fields["nonce"]
    fields = {"username": "alice", "realm": KEEPER_REALM, "nonce": nonce, "uri": "sip:x"}
    ha1 = hash_password("alice", KEEPER_REALM, "secret", "MD5")
    claim = Claim("alice", fields | {"response": proof("MD5", ha1, "REGISTER", fields)}, "REGISTER")
    assert door.check(claim, account_of("alice", md5=False)) is Verdict.WRONG
    assert door.check(claim, account_of("alice")) is Verdict.GOOD
    assert door.check(claim, account_of("alice")) is Verdict.STALE


def test_an_old_nonce_is_stale_and_a_foreign_one_is_no_claim() -> None:
    door = keeper()
    fields = log_in(door).fields
    value = f'Digest username="alice", realm="{KEEPER_REALM}", nonce="{fields["nonce"]}"'
    assert door.claim([value], ("REGISTER", ""), "192.0.2.9", NOW + 301) is Verdict.STALE
    assert door.claim([value], ("REGISTER", ""), "192.0.2.10", NOW) is None
    assert Doorkeeper(b"other", KEEPER_REALM).claim([value], ("REGISTER", ""), "192.0.2.9", NOW) is None
    assert door.claim([value.replace(KEEPER_REALM, "else")], ("REGISTER", ""), "192.0.2.9", NOW) is None


def test_the_first_challenge_we_understand_is_taken() -> None:
    values = [
        'Basic realm="x"',
        'Digest realm="r", nonce="n", algorithm=AKAv1',
        'Digest realm="r", nonce="n", qop="auth-int"',
        "Digest x",
        'Digest realm="r", nonce="m", stale=TRUE',
    ]
    assert pick_challenge(values, proxy=True) == Challenge(
        "r", "m", "MD5", has_qop=False, opaque=None, stale=True, proxy=True
    )
    assert pick_challenge(values[:4], proxy=True) is None


def test_credentials_with_doubled_fields_are_refused() -> None:
    with pytest.raises(BadHeader):
        read_credentials('Digest realm="a", realm="b"')


@given(st.text(max_size=200))
def test_any_credentials_are_read_or_refused(text: str) -> None:
    try:
        read_credentials("Digest " + text)
    except BadHeader:
        return


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_claim_gets_a_verdict(name: str, content: str) -> None:
    door = keeper()
    claim = log_in(door)
    for field in ("username", "nonce", "response", "nc", "cnonce", "uri", "algorithm", "qop"):
        door.check(Claim(name, claim.fields | {field: content}, "REGISTER"), account_of("alice"))
