"""ICE lite (RFC 8445 section 2.5): a browser's checks are answered, none are made.

The server has an address that browsers reach, so it never has to find a way itself: no packet goes anywhere an offer
named, nothing is looked up by mDNS, and a browser behind any NAT or TURN server is known by where its checks come from.
"""

import secrets
import struct
from dataclasses import dataclass
from typing import Final

from aioice import stun

from telephony.edge.sdp import Credentials

Address = tuple[str, int]
MAGIC: Final = b"\x21\x12\xa4\x42"
CHECK_MAX: Final = 1500


def fresh_credentials() -> Credentials:
    """48 and 144 bits of chance; RFC 8445 asks for 24 and 128."""
    return Credentials(secrets.token_hex(6), secrets.token_hex(18))


@dataclass(frozen=True, slots=True)
class Check:
    """A binding request. `fragment` is ours: which session it is for. Not yet known to be genuine."""

    message: stun.Message
    fragment: str
    nominates: bool


def is_stun(data: bytes) -> bool:
    return len(data) >= 20 and data[0] < 4 and data[4:8] == MAGIC


def read_check(data: bytes) -> Check | None:
    """None for anything that is no binding request with a user name."""
    if len(data) > CHECK_MAX:
        return None
    try:
        message = stun.parse_message(data)
    except (ValueError, IndexError, struct.error):  # what aioice raises of broken ones
        return None
    named = message.attributes.get("USERNAME")
    if (
        message.message_method != stun.Method.BINDING
        or message.message_class != stun.Class.REQUEST
        or not isinstance(named, str)
        or "MESSAGE-INTEGRITY" not in message.attributes
    ):
        return None
    return Check(message, named.partition(":")[0], "USE-CANDIDATE" in message.attributes)


def answer(check: Check, source: Address, ours: Credentials) -> bytes | None:
    """The binding response; None for a check made without our password."""
    key = ours.password.encode()
    if not check.message.check_message_integrity(key):
        return None
    reply = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=check.message.transaction_id,
    )
    reply.attributes["XOR-MAPPED-ADDRESS"] = source
    reply.add_message_integrity(key)
    return bytes(reply)
