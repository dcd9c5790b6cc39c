"""The few marks an article is written with, read into blocks and made into HTML. Pure.

A subset of Markdown that says everything in one way: `## heading`, `### heading`, `- item`, `1. item`, `> quote`,
fenced code, and within a line `**bold**`, `*italic*`, `` `code` ``, `[text](address)`. Whatever else stands in the text,
HTML too, is text. Nothing has to be made harmless afterwards, since only these blocks can come out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal, TypeAlias

from threadline.kernel.events import Json, JsonValue

PieceKind: TypeAlias = Literal["text", "bold", "italic", "code", "link"]
BlockKind: TypeAlias = Literal["text", "heading", "subheading", "list", "steps", "quote", "code"]

_FENCE: Final = "```"
_ITEM: Final = re.compile(r"[-*] +(.*)")
_STEP: Final = re.compile(r"\d{1,3}[.)] +(.*)")
_QUOTE: Final = re.compile(r"> ?(.*)")
_HEADING: Final = re.compile(r"(##|###) +(.*?)\s*#*")
_INLINE: Final = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\s](?:[^*\n]*[^*\s])?)\*"
    r"|\[(?P<link>[^\]\n]+)\]\((?P<to>[^()\s]{1,2000})\)"
)
_ADDRESS: Final = re.compile(r"(https?://|mailto:|tel:)[^\s\"'<>\\]+|/(?![/\\])[^\s\"'<>\\]*")
_TAGS: Final[dict[BlockKind, str]] = {
    "text": "p",
    "heading": "h2",
    "subheading": "h3",
    "list": "ul",
    "steps": "ol",
    "quote": "blockquote",
    "code": "pre",
}
_PIECE_TAGS: Final[dict[PieceKind, str]] = {"bold": "strong", "italic": "em", "code": "code"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; `to` only of links."""

    kind: PieceKind
    text: str
    to: str = ""

    def to_json(self) -> Json:
        return {"kind": self.kind, "text": self.text, **({"to": self.to} if self.to else {})}


@dataclass(frozen=True, slots=True)
class Block:
    """`lines`: one of a heading, one an item of lists, else those of the paragraph."""

    kind: BlockKind
    lines: tuple[tuple[Piece, ...], ...]

    def to_json(self) -> Json:
        lines: list[JsonValue] = [[piece.to_json() for piece in line] for line in self.lines]
        return {"kind": self.kind, "lines": lines}


@dataclass(slots=True)
class _Open:
    """The block the next line may belong to."""

    kind: BlockKind = "text"
    lines: list[tuple[Piece, ...]] = field(default_factory=list)


def read(text: str) -> list[Block]:
    """The blocks of an article. Every text is one; nothing is an error."""
    return list(_blocks(text.replace("\r\n", "\n").split("\n")))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    opened = _Open()
    is_fenced = False
    for line in lines:
        is_fence = line.strip().startswith(_FENCE)
        kind, content = _kind_of(line, is_fenced)
        begins_anew = is_fence or kind != opened.kind or kind in ("heading", "subheading")
        if opened.lines and (begins_anew or (not content and not is_fenced)):
            yield Block(opened.kind, tuple(opened.lines))
            opened = _Open()
        if is_fence:
            is_fenced = not is_fenced
        elif content or is_fenced:
            opened.kind = kind
            opened.lines.append((Piece("text", content),) if is_fenced else tuple(_pieces(content)))
    if opened.lines:
        yield Block(opened.kind, tuple(opened.lines))


def _kind_of(line: str, is_fenced: bool) -> tuple[BlockKind, str]:
    if is_fenced:
        return "code", line
    line = line.strip()
    if heading := _HEADING.fullmatch(line):
        return ("heading" if heading[1] == "##" else "subheading"), heading[2]
    for kind, pattern in _STARTS:
        if found := pattern.fullmatch(line):
            return kind, found[1]
    return "text", line


_STARTS: Final[tuple[tuple[BlockKind, "re.Pattern[str]"], ...]] = (
    ("list", _ITEM),
    ("steps", _STEP),
    ("quote", _QUOTE),
)


def _pieces(line: str) -> Iterator[Piece]:
    at = 0
    for found in _INLINE.finditer(line):
        piece = _marked(found)
        if piece is None:
            continue
        if found.start() > at:
            yield Piece("text", line[at : found.start()])
        yield piece
        at = found.end()
    if at < len(line):
        yield Piece("text", line[at:])


def _marked(found: "re.Match[str]") -> Piece | None:
    """None for a link that leads nowhere it may: it stays as it was written."""
    for kind in _PIECE_TAGS:
        if found[kind] is not None:
            return Piece(kind, found[kind])
    return Piece("link", found["link"], found["to"]) if _ADDRESS.fullmatch(found["to"]) else None


def to_html(blocks: Sequence[Block]) -> str:
    """HTML of nothing but these blocks' elements; text and addresses are escaped."""
    return "\n".join(_html(block) for block in blocks)


def _html(block: Block) -> str:
    lines = ["".join(_piece_html(piece) for piece in line) for line in block.lines]
    tag = _TAGS[block.kind]
    if block.kind in ("list", "steps"):
        return f"<{tag}>" + "".join(f"<li>{line}</li>" for line in lines) + f"</{tag}>"
    inner = "\n".join(lines) if block.kind == "code" else "<br>".join(lines)
    return f"<{tag}>{inner}</{tag}>"


def _piece_html(piece: Piece) -> str:
    text = escape(piece.text)
    if piece.kind == "link":
        return f'<a href="{escape(piece.to)}" rel="noopener noreferrer">{text}</a>'
    tag = _PIECE_TAGS.get(piece.kind)
    return f"<{tag}>{text}</{tag}>" if tag else text


def plain(blocks: Sequence[Block]) -> str:
    """The words alone, blocks by lines."""
    return "\n".join("".join(piece.text for piece in line) for block in blocks for line in block.lines)
