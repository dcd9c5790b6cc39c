"""Speech marked up: the part of SSML 1.1 that a flow may use, and the words alone for who reads them.

A voice engine that knows SSML gets it as it is written; all others say the words.
"""

from typing import Final

from ivr_flows.markup import Element, MarkupRefused, read_xml
from ivr_flows.wording import NOTHING, Said, said

ELEMENTS: Final = frozenset({"speak", "p", "s", "break", "emphasis", "prosody", "say-as", "sub"})


def is_ssml(text: str) -> bool:
    return text.startswith("<speak")


def words(markup: str) -> str:
    """What is said, without the markup. A text that is none is its own words."""
    try:
        return " ".join(_words(read_xml(markup)).split())
    except MarkupRefused:
        return markup


def _words(element: Element) -> str:
    if element.name == "sub":
        return element.get("alias") or element.words
    pieces = [piece if isinstance(piece, str) else _words(piece) for piece in element.pieces]
    return f" {''.join(pieces)} " if element.name in ("p", "s", "break") else "".join(pieces)


def fault(markup: str) -> Said:
    """What is wrong with a text that should be SSML; empty for nothing."""
    try:
        root = read_xml(markup)
    except MarkupRefused as refused:
        return said("ssml.xml", why=str(refused))
    if not is_ssml(markup):
        return said("ssml.speak")
    other = next((each.name for each in root.below() if each.name not in ELEMENTS), "")
    return said("ssml.element", name=other) if other else NOTHING
