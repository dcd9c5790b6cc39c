"""What somebody typed into the search box, as the database looks for it. Pure.

Case and Vietnamese accents don't count: `máy lạnh`, `may lanh` and `MÁY LẠNH` are one. Every word must be found;
the last one may be only begun, where nothing has it as it stands: an index collects everything that begins so.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_WORDS: Final = 12
WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
MARKS: Final = re.compile(r"[\u0300-\u036f]")
NUMBERS: Final = re.compile(r"[\d\s().+-]{4,}")
SUFFIX_DIGITS: Final = 6  # so many of a number's last digits are told over a counter
WIDTHS: Final = (1, 4, 4)  # stretches a look
FEWEST: Final = 2  # characters worth a look


@dataclass(frozen=True, slots=True)
class Asked:
    """`whole` and `begun` are tsqueries, None without words; in `begun` the last word may go on, `before` has those before
    it, None without such. `digits`: it may be part of a number."""

    words: tuple[str, ...]
    whole: str | None
    begun: str | None
    before: str | None
    begins: str | None
    digits: str | None
    case: int | None


def folded(text: str) -> str:
    """Lower case without accents, as the database's function of that name."""
    plain = MARKS.sub("", unicodedata.normalize("NFD", text.lower()))
    return plain.replace("đ", "d")


def asked(text: str) -> Asked:
    """Reads the search box."""
    text = text.replace("\0", " ")
    words = tuple(WORD.findall(folded(text)))[:MOST_WORDS]
    stripped = text.strip()
    digits = re.sub(r"\D", "", stripped) if NUMBERS.fullmatch(stripped) else None
    case = re.fullmatch(r"#?(\d{1,12})", stripped)
    return Asked(
        words,
        _query(words, ""),
        _query(words, ":*"),
        _query(words[:-1], ""),
        stripped.lower() if len(stripped) >= FEWEST else None,
        digits if digits and len(digits) >= SUFFIX_DIGITS - 2 else None,
        int(case[1]) if case else None,
    )


def stretches(newest: int) -> list[range]:
    """The stretches of 2^16 entries to search in turn, the newest first.

    Each stretch of a look is work, and more work the more there are; what is rare is better asked for without.
    """
    top, looks = newest >> 16, list[range]()
    for width in WIDTHS:
        if top < 0:
            break
        bottom = max(0, top - width + 1)
        looks.append(range(bottom, top + 1))
        top = bottom - 1
    return looks


def is_rare(found: int, looked: int, most: int) -> bool:
    """Whether one look more would not make up what the `looked` newest stretches lack of `most`; a single one says little."""
    return found == 0 if looked == 1 else found * (looked + WIDTHS[-1]) < most * looked


def within(query: str, look: range) -> str:
    """`query` restricted to these stretches."""
    return f"({query}) & (" + " | ".join(f"'#{number}'" for number in look) + ")"


def _query(words: tuple[str, ...], ending: str) -> str | None:
    if not words or (len(words) == 1 and len(words[0]) < FEWEST):
        return None
    *before, last = words
    return " & ".join([*(f"'{word}'" for word in before), f"'{last}'{ending}"])
