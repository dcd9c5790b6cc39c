"""Where files lie: one per content, named by its SHA-256, complete or not there. All methods block."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

DRAFTS: Final = "drafts"


class Shelf:
    """`root`/ab/cd/abcd…; a file is written beside, brought to the disk and then renamed into its place."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / DRAFTS

    def path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def put(self, data: bytes) -> str:
        """Returns its SHA-256 once the content is safe on the disk."""
        name = hashlib.sha256(data).hexdigest()
        place = self.path(name)
        with suppress(FileNotFoundError):
            if place.stat().st_size == len(data):
                os.utime(place)  # `old` looks at the time: it is wanted again
                return name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._drafts.mkdir(parents=True, exist_ok=True, mode=0o750)
        draft = self._drafts / f"{name}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        for folder in (place.parent, place.parent.parent, self._root):
            _sync(folder)
        return name

    def clear_drafts(self) -> int:
        """Drops what a crash left half written. Only while nobody writes: at the start."""
        left = list(self._drafts.iterdir()) if self._drafts.is_dir() else []
        for draft in left:
            draft.unlink(missing_ok=True)
        return len(left)

    def old(self, before: float) -> Iterator[str]:
        """The names of files nobody put since `before` (Unix seconds)."""
        for path in self._root.glob("??/??/*"):
            if path.stat().st_mtime < before:
                yield path.name

    def remove(self, sha256: str, before: float) -> None:
        """Unless it was put again since `before`."""
        place = self.path(sha256)
        with suppress(FileNotFoundError):
            if place.stat().st_mtime < before:
                place.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
