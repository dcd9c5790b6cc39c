"""How often codes may be asked for and guessed at, and how they are hashed. Pure: the caller owns clock and chance."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

CODE_LIFE: Final = timedelta(minutes=10)
ATTEMPTS: Final = 5
DIGITS: Final = 6
KINDS: Final = ("phone", "email")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` codes within `span`."""

    span: timedelta
    most: int


PER_SUBJECT: Final = (
    Limit(timedelta(minutes=1), 1),
    Limit(timedelta(hours=1), 3),
    Limit(timedelta(days=1), 5),
)
"""For one phone or e-mail, whoever asks: nobody's phone is flooded, and 25 guesses a day find one code in 40,000."""
PER_VISITOR: Final = (Limit(timedelta(minutes=10), 3), Limit(timedelta(hours=1), 5))
KEPT: Final = timedelta(days=1)  # no limit looks back further


def pause(made: Sequence[datetime], limits: Sequence[Limit], now: datetime) -> timedelta:
    """Until the next code may be made, given when those before were; zero: now."""
    longest = timedelta()
    for limit in limits:
        recent = sorted(at for at in made if at > now - limit.span)
        if len(recent) >= limit.most:
            longest = max(longest, recent[-limit.most] + limit.span - now)
    return longest


def code_hash(key: bytes, proof: UUID, code: str) -> bytes:
    """Keyed, for a million codes are tried in no time."""
    return hmac.digest(key, b"code\x1f" + proof.bytes + code.encode(), "sha256")


def subject_hash(key: bytes, kind: str, value: str) -> bytes:
    """What codes for one phone or e-mail are counted by."""
    return hmac.digest(key, f"subject\x1f{kind}\x1f{value}".encode(), "sha256")


def is_code(key: bytes, proof: UUID, typed: str, kept: bytes) -> bool:
    """In constant time. Spaces and dashes do not count."""
    digits = "".join(char for char in typed if char not in " -\u00a0")
    return hmac.compare_digest(code_hash(key, proof, digits), kept)


def masked(kind: str, value: str) -> str:
    """As much as its owner needs to know which it is."""
    if kind == "email":
        local, _, domain = value.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"••• {value[-3:]}"
