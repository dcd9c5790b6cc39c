"""Whether an image is one from front to end, and not too large to draw. Pure; reads structure, never pixels."""

import struct
import zlib
from typing import Final, NamedTuple

PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 16_384
_SOF: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG markers without a length


class Size(NamedTuple):
    """In pixels."""

    width: int
    height: int


def measured(data: bytes, mime: str) -> Size | None:
    """The size of a PNG, JPEG, GIF or WebP that may be shown in place; None: offer it as a download only."""
    readers = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}
    reader = readers.get(mime)
    try:
        size = None if reader is None else reader(data)
    except (struct.error, IndexError):
        return None
    if size is None or not 0 < size.width <= SIDE_MAX or not 0 < size.height <= SIDE_MAX:
        return None
    return size if size.width * size.height <= PIXELS_MAX else None


def _png(data: bytes) -> Size | None:
    length, kind, width, height = struct.unpack(">I4sII", data[8:24])
    (checksum,) = struct.unpack(">I", data[29:33])
    if kind != b"IHDR" or length != 13 or zlib.crc32(data[12:29]) != checksum:
        return None
    return Size(width, height) if b"IDAT" in data and b"IEND" in data[-64 * 1024 :] else None


def _gif(data: bytes) -> Size | None:
    width, height = struct.unpack("<HH", data[6:10])
    return Size(width, height) if data.rstrip(b"\x00").endswith(b";") and b"," in data[13:] else None


def _jpeg(data: bytes) -> Size | None:
    """Walks the segments to the frame header (ITU-T T.81 B.1.1)."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _SOF:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Size(width, height)
        else:
            at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None


def _webp(data: bytes) -> Size | None:
    (length,) = struct.unpack("<I", data[4:8])
    if not 0 <= len(data) - (length + 8) <= 1:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return Size(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return Size(width & 0x3FFF, height & 0x3FFF)
    return None
