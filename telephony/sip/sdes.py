"""Keys for SRTP in the session description (RFC 4568): `a=crypto` lines, read and written.

Only for signalling nobody can read along: the key stands in it in the clear.
"""

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")  # as we prefer them
KEY_BYTES: Final = 30  # 128 bits of master key, 112 of salt
MAX_TAG_DIGITS: Final = 9
SrtpPolicy = Literal["off", "offered", "required"]


@dataclass(frozen=True, slots=True)
class Sdes:
    """Our side: a key for each suite of SUITES, base64. `is_required`: without SRTP there is no audio."""

    is_required: bool
    keys: tuple[str, ...]

    @classmethod
    def fresh(cls, *, is_required: bool) -> "Sdes":
        return cls(is_required, tuple(_new_key() for _ in SUITES))

    def offer_lines(self) -> str:
        lines = zip(SUITES, self.keys, strict=True)
        return "".join(
            f"a=crypto:{tag} {suite} inline:{key}\r\n" for tag, (suite, key) in enumerate(lines, 1)
        )

    def key_for(self, suite: str) -> str:
        return self.keys[SUITES.index(suite)]


@dataclass(frozen=True, slots=True)
class Crypto:
    """One usable `a=crypto` line of the peer. `key` is base64 of key and salt."""

    tag: int
    suite: str
    key: str


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What both ends agreed on; `tag` is the offer's. Keys are base64 of key and salt."""

    tag: int
    suite: str
    local_key: str
    remote_key: str

    def answer_line(self) -> str:
        return f"a=crypto:{self.tag} {self.suite} inline:{self.local_key}\r\n"


def read_crypto(value: str) -> Crypto | None:
    """The text after `a=crypto:`; None for what we can't or may not use.

    Session parameters (UNENCRYPTED_SRTP, KDR, FEC_ORDER ...), several keys and master key identifiers are
    not ours; RFC 4568 section 6.1 has such a line left out rather than half obeyed. A lifetime is.
    """
    parts = value.split()
    if len(parts) != 3 or not _is_tag(parts[0]) or parts[1] not in SUITES:
        return None
    method, _, info = parts[2].partition(":")
    key, *rest = info.split("|")
    if method != "inline" or len(rest) > 1 or any(":" in one for one in rest) or not _is_key(key):
        return None
    return Crypto(int(parts[0]), parts[1], key)


def agree_as_answerer(offered: Iterable[Crypto], ours: Sdes) -> SrtpKeys | None:
    """The peer's first line that we can use, with its own tag (RFC 4568 section 6.2)."""
    chosen = next(iter(offered), None)
    if chosen is None:
        return None
    return SrtpKeys(chosen.tag, chosen.suite, ours.key_for(chosen.suite), chosen.key)


def agree_as_offerer(answered: Iterable[Crypto], ours: Sdes) -> SrtpKeys | None:
    """The line of our offer that the answer took; None when it names none of ours."""
    for line in answered:
        if 1 <= line.tag <= len(SUITES) and SUITES[line.tag - 1] == line.suite:
            return SrtpKeys(line.tag, line.suite, ours.key_for(line.suite), line.key)
    return None


def without_keys(sdp: bytes) -> bytes:
    """The same description for a branch where others can read along."""
    if b"a=crypto:" not in sdp:
        return sdp
    return b"".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(b"a=crypto:"))


def _new_key() -> str:
    return b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _is_tag(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_TAG_DIGITS


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
