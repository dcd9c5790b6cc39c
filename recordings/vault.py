"""Where recordings are kept: a folder on disk, named by day. An object store would be a second Vault."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from recordings import wav
from threadline.kernel.ids import RecordingId

BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a finished file measures."""

    seconds: float
    bytes: int
    sha256: str


class Vault(Protocol):
    """What the service needs of a place for recordings. All methods block; call them in a thread."""

    def place(self, recording: RecordingId, now: datetime) -> str:
        """The name a new recording gets; its folder exists afterwards."""
        ...

    def path(self, name: str) -> Path:
        """A local file holding the recording `name`."""
        ...

    def seal(self, name: str) -> Sealed:
        """Mends the file if it was cut off, and measures it. Raises WavBroken or FileNotFoundError."""
        ...

    def remove(self, name: str) -> None:
        """Deletes it; one already gone is no error."""
        ...

    def names(self) -> Iterator[str]:
        """Every file there is."""
        ...


class DiskVault:
    """Files under `root`, `2026/11/22/<id>.wav`."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def place(self, recording: RecordingId, now: datetime) -> str:
        name = f"{now:%Y/%m/%d}/{recording}.wav"
        self.path(name).parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        return name

    def path(self, name: str) -> Path:
        return self._root / name

    def seal(self, name: str) -> Sealed:
        path = self.path(name)
        header = wav.mend(path)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return Sealed(header.seconds, path.stat().st_size, digest.hexdigest())

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        for path in self._root.rglob("*.wav"):
            yield str(path.relative_to(self._root))
