"""How long a text is and where it may be cut: characters after NFC, and segments of an SMS. Pure.

Vietnamese typed on a Mac arrives decomposed and would count double. A cut never parts a letter from its marks
or an emoji from its joiners.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

# GSM 03.38: the basic alphabet, and what costs two of its places (an escape and the character).
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED: Final = frozenset("^{}\\[~]|€\f")
_BREAKS: Final = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])\s+"),
    re.compile(r"\s+"),
)
_JOINER: Final = "\u200d"


def nfc(text: str) -> str:
    """What is sent and counted."""
    return unicodedata.normalize("NFC", text)


def length(text: str) -> int:
    """Characters as providers count them: code points after NFC."""
    return len(nfc(text))


def split(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` characters: between paragraphs, lines, sentences or words if it can."""
    rest, pieces = nfc(text).strip(), []
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in (*pieces, rest) if piece]


@dataclass(frozen=True, slots=True)
class Segments:
    """What an SMS costs. `left` is how many characters the last segment still takes."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    left: int


def segments(text: str) -> Segments:
    """160 places of GSM-7 or 70 of UCS-2 in one segment, 153 or 67 in each of several (3GPP TS 23.040)."""
    body = nfc(text)
    if all(char in _GSM or char in _GSM_ESCAPED for char in body):
        places = sum(2 if char in _GSM_ESCAPED else 1 for char in body)
        count, left = _filled(places, 160, 153)
        return Segments("GSM-7", count, left)
    count, left = _filled(len(body.encode("utf-16-be", "surrogatepass")) // 2, 70, 67)
    return Segments("UCS-2", count, left)


def _filled(places: int, alone: int, each: int) -> tuple[int, int]:
    if places <= alone:
        return 1, alone - places
    count = math.ceil(places / each)
    return count, count * each - places


def _cut(text: str, limit: int) -> int:
    """Where to cut: the last break in the second half of what fits, else between two letters."""
    for kind in _BREAKS:
        ends = [match.start() for match in kind.finditer(text, 0, limit + 1) if match.start() >= limit // 2]
        if ends:
            return max(1, min(ends[-1], limit))
    place = limit
    while place > 1 and _holds_together(text[place - 1], text[place]):
        place -= 1
    return place if place > 1 else limit


def _holds_together(before: str, after: str) -> bool:
    return (
        before == _JOINER
        or after == _JOINER
        or unicodedata.combining(after) != 0
        or unicodedata.category(after) in ("Mn", "Me")  # variation selectors too
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
    )
