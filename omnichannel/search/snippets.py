"""The few words around a match, with the match marked. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from omnichannel.search.words import WORD, folded
from threadline.kernel.events import JsonValue

AROUND: Final = 60  # characters before the first match
LENGTH: Final = 180


def snippet(text: str, words: Sequence[str]) -> list[JsonValue]:
    """[[piece, is_match], …] of `text`, which put together read as it stands there; `words` folded, the last a beginning."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    hits = [match.span() for match in WORD.finditer(plain) if _is_hit(match, words)]
    start = 0 if not hits or hits[0][0] <= AROUND else plain.rfind(" ", 0, hits[0][0] - AROUND // 2) + 1
    end = min(len(plain), start + LENGTH)
    pieces: list[JsonValue] = [["…", False]] if start else []
    at = start
    for first, last in hits:
        if last > end:
            break
        if first > at:
            pieces.append([plain[at:first], False])
        pieces.append([plain[first:last], True])
        at = last
    if at < end:
        pieces.append([plain[at:end], False])
    if end < len(plain):
        pieces.append(["…", False])
    return pieces


def _is_hit(match: "re.Match[str]", words: Sequence[str]) -> bool:
    word = folded(match[0])
    return word in words[:-1] or (bool(words) and word.startswith(words[-1]))
