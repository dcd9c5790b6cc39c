"""From what was said or written to what was meant. Pure text; no recogniser is known here.

A closed grammar has names, each with phrases. A recogniser may hear more around a phrase, and people write
more: what counts is the one name whose phrases occur, word for word; two names at once mean nothing.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from ivr_flows import phrases

_FILLERS: Final = str.maketrans("", "", " .-()")
SPOKEN_DIGITS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"oh": "0", "hash": "#"},
    "vi": {"lăm": "5", "mốt": "1", "tư": "4"},
    "ko": dict(zip("영공일이삼사오육칠팔구", "00123456789", strict=True)),
}


def folded(text: str) -> list[str]:
    """The words, composed, in small letters, without punctuation."""
    return re.findall(r"[\w#*+]+", unicodedata.normalize("NFC", text).casefold())


def named(said: str, grammar: Mapping[str, Sequence[str]]) -> str | None:
    """The one name whose phrases are in `said`; the longest phrase wins, two names of the same length none."""
    words = folded(said)
    best: dict[str, int] = {}
    for name, spoken in grammar.items():
        for phrase in spoken:
            wanted = folded(phrase)
            if wanted and _holds(words, wanted):
                best[name] = max(best.get(name, 0), len(wanted))
    longest = max(best.values(), default=0)
    found = [name for name, length in best.items() if length == longest]
    return found[0] if len(found) == 1 else None


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))


def digit_names(language: str) -> dict[str, str]:
    """What digits are called in a language: {word: digit}. Empty where nobody taught us."""
    tongue = language.split("-")[0]
    own = SPOKEN_DIGITS.get(tongue, {})
    if tongue not in ("vi", "en"):
        return dict(own)
    words = phrases.digit_words(language)
    return {**{word.casefold(): digit for word, digit in zip(words, "0123456789*#+", strict=True)}, **own}


def digits_said(said: str, language: str) -> str:
    """Digits spoken one by one; empty when anything else is among them."""
    names = digit_names(language)
    found = [names.get(word, word if word.isdigit() else "") for word in folded(said)]
    return "".join(found) if all(found) else ""


def digits_written(text: str) -> str:
    """Digits as people write them: blanks, dots, dashes and brackets left out."""
    return unicodedata.normalize("NFKC", text).translate(_FILLERS).strip()
