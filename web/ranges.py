"""Byte ranges of a file, RFC 9110 section 14. Pure."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins after the end of the file (416)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included, of `size`."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"


def read_range(header: str | None, size: int) -> Span | None:
    """The one span `header` asks for; None means: send everything.

    None for no header, another unit, several ranges or a malformed one, all of which a server may
    ignore. Raises Unsatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first_text, last_text = match.groups()
    if first_text == "":
        return _suffix(int(last_text), size)
    first = int(first_text)
    last = int(last_text) if last_text else size - 1
    if last_text and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return Span(first, min(last, size - 1), size)


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return Span(max(0, size - length), size - 1, size)


def range_still_holds(if_range: str | None, etag: str, last_modified: str) -> bool:
    """Whether If-Range lets the range through: absent, or exactly our strong tag or our date."""
    return if_range is None or if_range.strip() in (etag, last_modified)
