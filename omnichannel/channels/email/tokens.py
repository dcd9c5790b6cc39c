"""The signed token that leads a reply to what it answers: in the address, the Message-ID and the body. Pure.

A token is 29 letters of base32: ten bytes naming our message and eight of an HMAC over them and the mailbox.
Whoever has a token has seen a mail of ours; it says what is answered, never who answers. It survives servers
that change case. It is made here and nowhere else.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

ID_BYTES: Final = 10
MAC_BYTES: Final = 8
LOCAL_MAX: Final = 64  # octets, RFC 5321 section 4.5.3.1.1
LENGTH: Final = 29
_PLUS: Final = re.compile(rf"^(.+)\+([a-z2-7]{{{LENGTH}}})@(.+)$", re.IGNORECASE)
_OWN_ID: Final = re.compile(rf"<tl\.([a-z2-7]{{{LENGTH}}})@[^<>\s]+>", re.IGNORECASE)
_MARK: Final = re.compile(rf"\[ref:([a-z2-7]{{{LENGTH}}})\]", re.IGNORECASE)


class Tokens:
    """`key` is the server's; `address` the mailbox, so that a token of one is none of another."""

    def __init__(self, key: bytes, address: str) -> None:
        self._key, self._address = key, address.lower()

    def issue(self, message_key: str) -> str:
        """The token of a message of ours; the same for the same `Outgoing.key`."""
        name = hashlib.sha256(message_key.encode()).digest()[:ID_BYTES]
        return base64.b32encode(name + self._mac(name)).decode("ascii").rstrip("=").lower()

    def is_ours(self, token: str) -> bool:
        """Whether this server issued it for this mailbox."""
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(raw[ID_BYTES:], self._mac(raw[:ID_BYTES]))

    def message_id(self, token: str) -> str:
        """Our message's own Message-ID."""
        return f"<tl.{token.lower()}@{self._address.rpartition('@')[2]}>"

    def reply_address(self, token: str) -> str | None:
        """Where replies shall go; None where the local part would become too long for a token."""
        local, _, domain = self._address.rpartition("@")
        plus = f"{local}+{token}"
        return f"{plus}@{domain}" if len(plus.encode()) <= LOCAL_MAX else None

    def mark(self, token: str) -> str:
        """What the body carries, for relays that replace Message-IDs."""
        return f"[ref:{token}]"

    def in_addresses(self, addresses: Iterable[str], own: Iterable[str]) -> str | None:
        """The first of our tokens in plus-addresses of ours."""
        ours = {address.lower() for address in own}
        for address in addresses:
            match = _PLUS.match(address)
            if match and f"{match[1]}@{match[3]}".lower() in ours and self.is_ours(match[2]):
                return match[2].lower()
        return None

    def in_ids(self, message_ids: Iterable[str]) -> str | None:
        """The first of our tokens in these Message-IDs."""
        return self._first(_OWN_ID, " ".join(message_ids))

    def in_text(self, text: str) -> str | None:
        """The first mark of ours; a quoted history has the newest first."""
        return self._first(_MARK, text)

    def in_returned(self, text: str) -> str | None:
        """The first own Message-ID or mark in a returned mail."""
        return self._first(_OWN_ID, text) or self._first(_MARK, text)

    def _first(self, pattern: re.Pattern[str], text: str) -> str | None:
        found = (match[1].lower() for match in pattern.finditer(text))
        return next((token for token in found if self.is_ours(token)), None)

    def _mac(self, name: bytes) -> bytes:
        whole = b"\0".join((b"email reply", name, self._address.encode()))
        return hmac.digest(self._key, whole, "sha256")[:MAC_BYTES]


def is_own_address(address: str, own: Iterable[str]) -> bool:
    """Whether it is one of ours, with or without anything after a plus."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in own or address.lower() in own
