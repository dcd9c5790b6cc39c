"""XML as a small tree that remembers lines. Entities, and whatever else grows or reaches out, are refused.

threadline.kernel.errors.Invalid
└── MarkupRefused       no XML, or XML made to do harm
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from threadline.kernel.errors import Invalid

MAX_DEPTH: Final = 40
MAX_ELEMENTS: Final = 20_000


class MarkupRefused(Invalid):
    """The text can't be read as XML."""


@dataclass(slots=True)
class Element:
    """An element; `pieces` are its texts and elements in order. Names are without their prefix."""

    name: str
    line: int
    attributes: dict[str, str]
    pieces: "list[str | Element]" = field(default_factory=list)

    @property
    def children(self) -> "list[Element]":
        return [piece for piece in self.pieces if isinstance(piece, Element)]

    def all(self, *names: str) -> "list[Element]":
        """The children of these names."""
        return [child for child in self.children if child.name in names]

    def first(self, name: str) -> "Element | None":
        return next(iter(self.all(name)), None)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def below(self) -> "Iterator[Element]":
        """Every element within, in order."""
        for child in self.children:
            yield child
            yield from child.below()

    def deep(self, name: str) -> "Iterator[Element]":
        """Every element of this name within."""
        return (element for element in self.below() if element.name == name)

    @property
    def words(self) -> str:
        """The text within, blanks run together."""
        texts = (piece if isinstance(piece, str) else piece.words for piece in self.pieces)
        return " ".join(" ".join(texts).split())


class _Builder:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity
        self._open: list[Element] = []
        self._count = 0
        self.root: Element | None = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise MarkupRefused(f"nested deeper than {MAX_DEPTH}, or more than {MAX_ELEMENTS} elements")
        bare = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        made = Element(name.rpartition(" ")[2], self._parser.CurrentLineNumber, bare)
        if self._open:
            self._open[-1].pieces.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].pieces.append(text)

    def _entity(self, *_: object) -> None:
        raise MarkupRefused("the document declares entities, which nothing here needs")

    def build(self, text: str) -> Element:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as exc:
            raise MarkupRefused(f"line {exc.lineno}: {expat.ErrorString(exc.code)}") from exc
        assert self.root is not None, "expat asks for an element"
        return self.root


def read_xml(text: str) -> Element:
    """The root element. Raises MarkupRefused for what is no XML, or XML made to do harm."""
    return _Builder().build(text)
