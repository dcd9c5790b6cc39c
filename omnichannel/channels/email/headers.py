"""Header fields of a mail as text: encoded words, addresses, Message-IDs, dates. Pure.

The standard library's parsed headers raise on some malformed fields; here a field is read as far as it can be.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omnichannel.channels.email.charsets import clean, decode
from omnichannel.identity import normal_email

if TYPE_CHECKING:
    AnyMessage: TypeAlias = Message[Any, Any]
else:
    AnyMessage = Message  # generic for type checkers only
VALUE_MAX: Final = 20_000
IDS_MAX: Final = 200
_WORD: Final = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_ID: Final = re.compile(r"<([^<>\s]{1,900})>")
_COMMENT: Final = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Address:
    """`value` normalised as identities are."""

    value: str
    name: str | None = None


def values(message: AnyMessage, name: str) -> list[str]:
    """Every value of a field, unfolded, 8-bit text decoded, encoded words as they are."""
    low = name.lower()
    return [_unfolded(value) for key, value in message.raw_items() if key.lower() == low]


def value(message: AnyMessage, name: str) -> str:
    """The first value; '' where there is none."""
    return next(iter(values(message, name)), "")


def text(message: AnyMessage, name: str) -> str:
    """The first value with its encoded words decoded, on one line."""
    return " ".join(words(value(message, name)).split())


def words(raw: str) -> str:
    """`raw` with RFC 2047 words decoded. Neighbours of one charset are joined first: some clients cut letters."""
    out: list[str] = []
    run: tuple[str, bytes] | None = None
    end = 0
    for match in _WORD.finditer(raw):
        between = raw[end : match.start()]
        charset, data = match[1].lower(), _word_bytes(match[2], match[3])
        if run is not None and run[0] == charset and not between.strip():
            run = (charset, run[1] + data)
        else:
            if run is not None:
                out.append(decode(run[1], run[0]))
            if run is None or between.strip():
                out.append(between)
            run = (charset, data)
        end = match.end()
    if run is not None:
        out.append(decode(run[1], run[0]))
    return clean("".join(out) + raw[end:])


def addresses(message: AnyMessage, *names: str) -> list[Address]:
    """The readable addresses of these fields in order, each once."""
    found: dict[str, Address] = {}
    for name in names:
        for shown, address in getaddresses([one[:VALUE_MAX] for one in values(message, name)]):
            normal = normal_email(words(address)) if address else None
            if normal is not None and normal not in found:
                found[normal] = Address(normal, _shown(shown))
    return list(found.values())


def ids(raw: Iterable[str]) -> list[str]:
    """The Message-IDs in these values with their angle brackets, in order, each once."""
    return list(dict.fromkeys(f"<{one}>" for value in raw for one in _ID.findall(value)))[-IDS_MAX:]


def message_id(message: AnyMessage) -> str | None:
    """The first usable Message-ID; one without brackets gets them."""
    for raw in values(message, "message-id"):
        found = ids([raw])
        if found:
            return found[0]
        bare = raw.strip().strip("<>")
        if bare and len(bare) <= 900 and not any(char.isspace() for char in bare):
            return f"<{bare}>"
    return None


def moment(message: AnyMessage, otherwise: datetime) -> datetime:
    """Its Date, in UTC; `otherwise` where it is missing, unreadable or still to come."""
    try:
        found = parsedate_to_datetime(value(message, "date"))
        aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return otherwise
    return utc if datetime(1980, 1, 1, tzinfo=UTC) < utc <= otherwise else otherwise


def plain(raw: str) -> str:
    """A structured value without its comments, in lower case."""
    previous = None
    while previous != raw:
        previous, raw = raw, _COMMENT.sub(" ", raw)
    return " ".join(raw.lower().split())


def _shown(name: str) -> str | None:
    shown = " ".join(words(name).replace('"', " ").split())
    return shown[:200] or None


def _unfolded(raw: object) -> str:
    flat = str(raw).replace("\r", "").replace("\n", "")[:VALUE_MAX]
    if flat.isascii():
        return flat
    return decode(flat.encode("utf-8", "surrogateescape"), "utf-8")


def _word_bytes(encoding: str, data: str) -> bytes:
    raw = data.encode("ascii", "ignore")
    if encoding in "qQ":
        return quopri.decodestring(raw, header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw
