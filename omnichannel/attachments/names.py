"""What a file may be called: a name and nothing else, on every system it may be saved to. Pure."""

import unicodedata
from typing import Final

CHARS_MAX: Final = 120
BYTES_MAX: Final = 200
FALLBACK: Final = "file"
_FORBIDDEN: Final = frozenset('<>:"|?*\\/')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
# Opened from a download folder these run or are rendered as a page of the reader's own machine.
_ACTIVE: Final = frozenset(
    [
        "htm",
        "html",
        "xhtml",
        "shtml",
        "xht",
        "mht",
        "mhtml",
        "svg",
        "svgz",
        "xml",
        "xsl",
        "xslt",
        "js",
        "mjs",
        "cjs",
        "jse",
        "vbs",
        "vbe",
        "wsf",
        "wsh",
        "hta",
        "bat",
        "cmd",
        "com",
        "ps1",
        "psm1",
        "sh",
        "bash",
        "zsh",
        "command",
        "desktop",
        "scr",
        "pif",
        "lnk",
        "url",
        "webloc",
        "reg",
        "msc",
        "jar",
        "jnlp",
        "applescript",
        "php",
        "py",
        "pl",
        "rb",
    ]
)
_EXTENSIONS: Final = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf",
    "text/plain": "txt", "text/csv": "csv", "application/zip": "zip", "audio/mpeg": "mp3", "audio/ogg": "ogg",
    "audio/wav": "wav", "audio/mp4": "m4a", "video/mp4": "mp4", "video/webm": "webm",
}  # fmt: skip


def safe_name(raw: str, mime: str) -> str:
    """The last part of a path without what is invisible, reversed or reserved; never empty.

    A name whose ending would make a text run where it is opened gets `.txt` behind it. Keeps the ending when it
    shortens to CHARS_MAX characters and BYTES_MAX bytes of UTF-8.
    """
    name = unicodedata.normalize("NFC", raw[:4096]).replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE)
    name = "".join("_" if char in _FORBIDDEN else char for char in " ".join(name.split()))
    name = name.lstrip(". ").rstrip(". ")
    if not name:
        name = f"{FALLBACK}.{_EXTENSIONS[mime]}" if mime in _EXTENSIONS else FALLBACK
    if name.partition(".")[0].strip().lower() in _DEVICES:
        name = f"_{name}"
    if ending_of(name) in _ACTIVE:
        name += ".txt"
    return _shortened(name)


def ending_of(name: str) -> str:
    """The extension in lower case, without its dot; empty if there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def _shortened(name: str) -> str:
    ending = ending_of(name)
    tail = f".{ending}" if ending and len(ending) <= 12 else ""
    stem = name[: len(name) - len(tail)] if tail else name
    stem = stem[: CHARS_MAX - len(tail)]
    while len((stem + tail).encode()) > BYTES_MAX:
        stem = stem[:-1]
    return stem.rstrip(". ") + tail
