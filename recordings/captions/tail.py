"""Reads a recording while the media engine writes it. Blocks, but for no longer than a read from the disk's cache."""

from pathlib import Path

import numpy as np

from recordings.wav import MULAW_TO_LINEAR, RATE, Header, Samples, read_header


class Tail:
    """From where the file ends at first to wherever it has got to. The sizes in its header are not there yet."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, WavBroken when there is no file with a header yet."""
        self._path = path
        self._header: Header = read_header(path)
        self.begun_at = self._held()
        self._next = self.begun_at

    @property
    def waiting_s(self) -> float:
        """How much was written that was not read."""
        return (self._held() - self._next) / RATE

    @property
    def at_s(self) -> float:
        """What `read` gives next begins here."""
        return self._next / RATE

    def read(self, most_s: float) -> list[Samples]:
        """Each channel's new samples, left first; none at all where nothing was written since. Raises OSError."""
        frames = max(0, min(self._held() - self._next, int(most_s * RATE)))
        channels = self._header.channels
        with self._path.open("rb") as file:
            file.seek(self._header.data_at + self._next * channels)
            raw = np.frombuffer(file.read(frames * channels), dtype=np.uint8)
        lanes = raw.reshape(-1, channels)
        self._next += len(lanes)
        return [MULAW_TO_LINEAR[lanes[:, channel]] for channel in range(channels)]

    def _held(self) -> int:
        """Whole frames in the file now; a padding byte at its end, once it is complete, is none of them."""
        return (self._path.stat().st_size - self._header.data_at) // self._header.channels
