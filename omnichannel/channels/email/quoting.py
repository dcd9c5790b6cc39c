"""Where a mail's own words end and the history it carries begins. Pure. Nothing is taken away: pages fold it."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from omnichannel.channels.email import phrases

_WRAPPED: Final = 3  # lines over which a program wraps "On … wrote:"
_BLOCK: Final = 6  # lines within which the other fields follow "From:"
_SIGNATURE_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class Folds:
    """Offsets in characters. `quote_from` to the end is history, `signature_from` to there a signature."""

    quote_from: int | None = None
    signature_from: int | None = None


def folds(text: str) -> Folds:
    """What a page may fold. Where a reply stands below or between what it quotes, nothing."""
    lines = _lines(text)
    quote = _quote(lines)
    own = lines if quote is None else lines[:quote]
    signature = _signature(own)
    return Folds(
        None if quote is None else _offset(text, quote),
        None if signature is None else _offset(text, signature),
    )


def _lines(text: str) -> list[str]:
    return [" ".join(unicodedata.normalize("NFC", line).lower().split()) for line in text.split("\n")]


def _offset(text: str, line: int) -> int:
    return sum(len(one) + 1 for one in text.split("\n")[:line])


def _quote(lines: list[str]) -> int | None:
    """The line history starts at; None where there is none, or nothing stands before it."""
    for index, line in enumerate(lines):
        if phrases.FORWARDED.match(line):
            return None
        if _starts_history(lines, index):
            return _worth(lines, index)
    return None


def _starts_history(lines: list[str], index: int) -> bool:
    line = lines[index]
    if not line:
        return False
    if line.startswith(">"):
        return True
    if phrases.ORIGINAL.match(line):
        return True
    return _is_attribution(lines, index) or _is_header_block(lines, index)


def _is_attribution(lines: list[str], index: int) -> bool:
    if phrases.NAMED.match(lines[index]):
        return True
    whole = ""
    for line in lines[index : index + _WRAPPED]:
        if not line:
            break
        whole = f"{whole} {line}".strip()
        if any(pattern.match(whole) for pattern in phrases.WROTE):
            return True
    return False


def _is_header_block(lines: list[str], index: int) -> bool:
    start = index
    if phrases.RULE.match(lines[index]):
        start = next((at for at in range(index + 1, min(index + 3, len(lines))) if lines[at]), index)
    if not phrases.FROM.match(lines[start]):
        return False
    after = lines[start + 1 : start + 1 + _BLOCK]
    return sum(1 for line in after if phrases.FIELD.match(line)) >= 2


def _worth(lines: list[str], index: int) -> int | None:
    """`index`, unless folding there would hide an answer, or leave nothing."""
    if not any(lines[:index]):
        return None
    rest = lines[index:]
    marked = [at for at, line in enumerate(rest) if line.startswith(">")]
    if not marked:
        return index
    below = rest[marked[-1] + 1 :]
    between = [
        line
        for at, line in enumerate(rest[marked[0] : marked[-1]], marked[0])
        if line and at not in set(marked)
    ]
    is_open = any(below) and not _is_signature(below)
    return None if is_open or _is_answer(between) else index


def _is_answer(lines: list[str]) -> bool:
    """Words between quoted lines, other than the tails of lines a program wrapped."""
    return len(lines) > 2


def _is_signature(lines: list[str]) -> bool:
    filled = [line for line in lines if line]
    return bool(filled) and phrases.SIGNATURE.match(filled[0]) is not None


def _signature(lines: list[str]) -> int | None:
    first = max(0, len(lines) - _SIGNATURE_LINES)
    for index in range(first, len(lines)):
        if phrases.SIGNATURE.match(lines[index]) and any(lines[:index]):
            return index
    return None
