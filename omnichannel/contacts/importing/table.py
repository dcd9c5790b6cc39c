"""A table of text from bytes: which encoding, which delimiter, which line. Pure."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from omnichannel.contacts.errors import FileUnreadable

DELIMITERS: Final = (",", ";", "\t", "|")
CELL_MAX: Final = 10_000
COLUMNS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Table:
    """`header` names the columns; `text` is the whole file in NFC."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str
    text: str

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """(line as an editor counts them, cells); empty lines are passed over. Raises FileUnreadable."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        try:
            next(reader)
            line = reader.line_num + 1
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line, [cell.strip() for cell in cells]
                line = reader.line_num + 1
        except csv.Error as exc:
            raise FileUnreadable(f"Line {reader.line_num} can't be read: a quotation mark is open.") from exc


def read_table(data: bytes) -> Table:
    """Raises FileUnreadable for what has no header line or is in no encoding a spreadsheet writes."""
    encoding = encoding_of(data)
    try:
        text = unicodedata.normalize("NFC", data.decode(encoding))
    except UnicodeDecodeError as exc:
        raise FileUnreadable("The encoding is none of UTF-8, UTF-16 and windows-1258.") from exc
    text = text.lstrip("\ufeff").lstrip("\r\n")
    if "\x00" in text or not text.strip():
        raise FileUnreadable
    delimiter = _delimiter(text)
    try:
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as exc:
        raise FileUnreadable("The first line can't be read: a quotation mark is open.") from exc
    if len(header) > COLUMNS_MAX:
        raise FileUnreadable(f"More than {COLUMNS_MAX} columns.")
    return Table(tuple(cell.strip() for cell in header), encoding, delimiter, text)


def encoding_of(data: bytes) -> str:
    """By its mark; else UTF-8 if it is that; else what Vietnamese spreadsheets wrote before."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1258"
    return "utf-8"


def _delimiter(text: str) -> str:
    """What stands most often in the first line, outside quotation marks."""
    outside = "".join(text.splitlines()[0].split('"')[::2])
    return max(DELIMITERS, key=outside.count)
