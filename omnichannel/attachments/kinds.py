"""What a file is by its content, whatever it is said to be. Pure; nothing is ever unpacked or run.

The first bytes decide, as in the WHATWG MIME Sniffing Standard; text is looked through for markup, because a
browser would find it there.
"""

import re
from typing import Final

from omnichannel.attachments.names import ending_of

UNKNOWN: Final = "application/octet-stream"
RASTER: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Images a browser only draws; the only files that are ever shown in place."""
PROGRAMS: Final = frozenset(
    {"application/x-msdownload", "application/x-elf", "application/x-mach-binary", "application/x-java-class",
     "application/x-ms-shortcut"}
)  # fmt: skip
ACTIVE: Final = frozenset({"text/html", "image/svg+xml", "text/xml"})
_ACTIVE_NAMES: Final = frozenset(
    [
        "exe",
        "dll",
        "scr",
        "pif",
        "cpl",
        "msi",
        "msp",
        "hta",
        "lnk",
        "jar",
        "jse",
        "vbe",
        "vbs",
        "wsf",
        "wsh",
        "bat",
        "cmd",
        "ps1",
    ]
)

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/x-java-class"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
)
_BRANDS: Final = {
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime", b"avif": "image/avif", b"heic": "image/heic",
    b"heix": "image/heic", b"mif1": "image/heic", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp",
}  # fmt: skip
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_TEXTS: Final = {"csv": "text/csv", "vcf": "text/vcard", "ics": "text/calendar", "json": "application/json"}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SVG: Final = re.compile(r"<(?:[\w-]+:)?svg[\s>/]", re.IGNORECASE)
_HTML: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|script|iframe|frame|object|embed|meta|base|link|style|form|img|a|div|p|table|"
    r"svg|math|template|details|video|audio|input|button|marquee|xmp|plaintext|title|h1|br|font|b)[\s>/]",
    re.IGNORECASE,
)
_XML: Final = re.compile(r"\s*<(?:\?xml|!doctype|!entity)", re.IGNORECASE)


def kind_of(data: bytes, name: str) -> str:
    """The MIME type. `name` only tells kinds of harmless text apart."""
    for offset, magic, mime in _MAGIC:
        if data.startswith(magic, offset):
            return mime
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data[:2] == b"MZ":
        return "application/x-msdownload"
    return _text(data, name)


def is_program(mime: str, name: str) -> bool:
    """What runs when it is opened, by content or because Windows goes by the name."""
    return mime in PROGRAMS or ending_of(name) in _ACTIVE_NAMES


def served_as(mime: str) -> str:
    """What a browser is told: nothing that it would render, run or guess about."""
    if mime in RASTER or mime.partition("/")[0] in ("audio", "video") or mime == "application/pdf":
        return mime
    return UNKNOWN


def _text(data: bytes, name: str) -> str:
    text = _decoded(data)
    if text is None:
        return UNKNOWN
    if _SVG.search(text):
        return "image/svg+xml"
    if _HTML.search(text):
        return "text/html"
    if _XML.match(text):
        return "text/xml"
    return _TEXTS.get(ending_of(name), "text/plain")


def _decoded(data: bytes) -> str | None:
    """As text in UTF-8 or UTF-16 with a mark; None where it is none."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text
