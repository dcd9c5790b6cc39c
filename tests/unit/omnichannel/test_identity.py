"""Who is the same customer: normalisation of phones and e-mail addresses, callers, search text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel import identity
from omnichannel.errors import IdentityUnreadable
from omnichannel.identity import ContactKind, Trust
from threadline.kernel.ids import CallId, uuid7

pytestmark = pytest.mark.unit

CALL = CallId(uuid7(datetime(2026, 11, 22, tzinfo=UTC)))


@pytest.mark.parametrize("raw", ["0912 345 678", "+84 912-345-678", "0084912345678", "(091) 234.5678"])
def test_one_phone_number_is_one_identity_however_it_is_written(raw: str) -> None:
    assert identity.read("phone", raw, region="VN").value == "+84912345678"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" Lan.Nguyen@Example.COM ", "lan.nguyen@example.com"),
        ("lan@Bücher.example", "lan@xn--bcher-kva.example"),
        ("LÂM@example.vn", "lâm@example.vn"),
        ("lan@xn--bcher-kva.example", "lan@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_compared_in_lower_case_with_its_domain_in_ascii(raw: str, value: str) -> None:
    assert identity.read("email", raw, region="VN").value == value


@pytest.mark.parametrize(
    "raw", ["", "lan", "@example.com", "lan@", "la n@example.com", "lan@localhost", "lan@exa mple.com"]
)
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(IdentityUnreadable):
        identity.read("email", raw, region="VN")


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(IdentityUnreadable, match="zalo_uid"):
        identity.read("pigeon", "x", region="VN")


def test_a_scope_counts_only_where_the_kind_has_one() -> None:
    assert identity.read("zalo_uid", "77", scope="oa1", region="VN").scope == "oa1"
    assert identity.read("phone", "0912345678", scope="oa1", region="VN").scope == ""


def test_caller_id_is_only_observed() -> None:
    caller = identity.of_caller("+84912345678", "0912345678", CALL)
    assert (caller.kind, caller.value, caller.trust) == ("phone", "+84912345678", Trust.OBSERVED)


@pytest.mark.parametrize(
    "raw", ["", "anonymous", "Anonymous@anonymous.invalid", "sip:anonymous@x", "Restricted"]
)
def test_a_withheld_caller_is_known_by_this_call_alone(raw: str) -> None:
    caller = identity.of_caller(None, raw, CALL)
    assert (caller.kind, caller.value) == ("withheld", str(CALL))
    assert caller.contact_kind is ContactKind.EPHEMERAL


def test_a_caller_with_a_name_for_a_number_is_his_sip_user() -> None:
    caller = identity.of_caller(None, "Reception", CALL)
    assert (caller.kind, caller.value, caller.trust) == ("sip_user", "reception", Trust.CLAIMED)


def test_a_search_tries_what_the_text_may_be() -> None:
    assert [found.kind for found in identity.guesses("0912345678", "VN")] == ["phone", "sip_user"]
    assert identity.guesses("Lan@Example.com", "VN")[0].value == "lan@example.com"
    assert identity.guesses("  ", "VN") == []


@given(st.emails())
def test_normalising_an_address_twice_changes_nothing(address: str) -> None:
    once = identity.normal_email(address)
    if once is not None:
        assert identity.normal_email(once) == once


@given(st.text(max_size=40), st.sampled_from(sorted(identity.KINDS)))
def test_any_text_is_an_identity_or_refused(text: str, kind: str) -> None:
    try:
        found = identity.read(kind, text, region="VN")
    except IdentityUnreadable:
        return
    assert found.value
    assert found.kind in found.lock_key
