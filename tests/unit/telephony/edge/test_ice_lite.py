"""What a stranger sends to the port of browsers' sound."""

import os
import random

import pytest
from aioice import stun

from telephony.edge.ice import MAGIC, answer, fresh_credentials, is_stun, read_check

pytestmark = pytest.mark.unit


def a_check(fragment: str, password: str) -> bytes:
    made = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    made.attributes["USERNAME"] = f"{fragment}:theirs"
    made.attributes["USE-CANDIDATE"] = None
    made.add_message_integrity(password.encode())
    return bytes(made)


def test_a_genuine_check_is_answered_with_where_it_came_from() -> None:
    ours = fresh_credentials()
    data = a_check(ours.fragment, ours.password)
    assert is_stun(data)
    check = read_check(data)
    assert check is not None
    assert (check.fragment, check.nominates) == (ours.fragment, True)
    reply = answer(check, ("203.0.113.9", 4000), ours)
    assert reply is not None
    assert stun.parse_message(reply).attributes["XOR-MAPPED-ADDRESS"] == ("203.0.113.9", 4000)


def test_a_check_with_another_password_is_not() -> None:
    ours = fresh_credentials()
    check = read_check(a_check(ours.fragment, "guessed"))
    assert check is not None
    assert answer(check, ("203.0.113.9", 4000), ours) is None


def test_no_datagram_raises_anything() -> None:
    dice = random.Random(7)
    good = a_check("ours", "secret")
    for _ in range(5_000):
        data = bytearray(good if dice.random() < 0.7 else b"\x00\x01\x00\x20" + MAGIC + os.urandom(44))
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        del data[dice.randrange(20, len(data) + 1) :]
        read_check(bytes(data))
