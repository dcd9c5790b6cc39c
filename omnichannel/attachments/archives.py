"""Whether a ZIP would burst whoever unpacks it, by its directory alone. Pure; nothing is unpacked."""

import io
import zipfile
from typing import Final

from omnichannel.attachments.names import ending_of

ENTRIES_MAX: Final = 5_000
UNPACKED_MAX: Final = 500 * 1024 * 1024
RATIO_MAX: Final = 150
SMALL: Final = 10 * 1024 * 1024  # below this no ratio harms anybody
_NESTED: Final = frozenset(
    ["zip", "jar", "7z", "rar", "gz", "tgz", "bz2", "xz", "zst", "tar", "iso", "cab", "arj", "lzh"]
)
_OFFICE: Final = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)


class ArchiveBad(Exception):
    """A ZIP nobody should unpack."""


def look_into(data: bytes) -> str:
    """The MIME type of the ZIP: an office document, or plain. Raises ArchiveBad."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError) as exc:
        raise ArchiveBad("its directory can't be read") from exc
    _check(entries, len(data))
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" in names:
        return next(
            (mime for folder, mime in _OFFICE if any(name.startswith(folder) for name in names)),
            "application/zip",
        )
    return "application/zip"


def _check(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > ENTRIES_MAX:
        raise ArchiveBad("it holds too many files")
    if any(ending_of(entry.filename.lower()) in _NESTED for entry in entries):
        raise ArchiveBad("it holds further archives")
    if sum(entry.compress_size for entry in entries) > size:
        raise ArchiveBad("its files overlap")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_MAX or (unpacked > SMALL and unpacked > RATIO_MAX * size):
        raise ArchiveBad("it would grow too large")
    starts = {entry.header_offset for entry in entries}
    if len(starts) != len(entries):
        raise ArchiveBad("its files overlap")
