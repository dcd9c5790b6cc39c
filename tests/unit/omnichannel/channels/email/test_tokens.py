"""Only what this server signed for this mailbox leads anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.channels.email.tokens import LOCAL_MAX, Tokens

pytestmark = pytest.mark.unit
OWN = "support@shop.example.vn"
TOKENS = Tokens(b"k" * 32, OWN)


@given(st.text(min_size=1, max_size=60))
def test_a_token_survives_any_change_of_case(key: str) -> None:
    token = TOKENS.issue(key)
    assert TOKENS.in_addresses([f"SUPPORT+{token.upper()}@Shop.Example.VN"], [OWN]) == token
    assert TOKENS.in_ids([TOKENS.message_id(token).upper()]) == token


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=29, max_size=29))
def test_no_other_letters_are_a_token(guess: str) -> None:
    assert TOKENS.in_text(f"[ref:{guess}]") is None


def test_a_token_of_another_mailbox_is_none_of_this_one() -> None:
    other = Tokens(b"k" * 32, "sales@shop.example.vn").issue("k1")
    assert TOKENS.in_addresses([f"support+{other}@shop.example.vn"], [OWN]) is None


@given(st.integers(min_value=1, max_value=64))
def test_no_local_part_grows_beyond_what_servers_take(length: int) -> None:
    tokens = Tokens(b"k" * 32, f"{'a' * length}@shop.example.vn")
    address = tokens.reply_address(tokens.issue("k1"))
    assert (address is None) == (length + 30 > LOCAL_MAX)
    assert address is None or len(address.partition("@")[0]) <= LOCAL_MAX
