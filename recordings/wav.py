"""Reads and mends the media engine's WAV files: RIFF, mu-law (format 7), 8 kHz, usually stereo.

The engine writes the header before the audio and the sizes after it, so a file cut off by a crash has
audio behind a header that says there is none. Chunks are walked, not assumed at fixed places.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recordings.errors import WavBroken

MULAW: Final = 7
RATE: Final = 8000
Samples: TypeAlias = NDArray[np.int16]
Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the audio is. `frames` is what the file really holds; `told_bytes` what its header claims."""

    channels: int
    rate: int
    data_at: int
    told_bytes: int
    held_bytes: int
    fact_at: int | None

    @property
    def frames(self) -> int:
        return self.held_bytes // self.channels

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def is_whole(self) -> bool:
        return self.told_bytes == self.held_bytes == self.frames * self.channels


def _mulaw_table() -> Samples:
    """ITU-T G.711 table 2a: the 256 codes as linear 16-bit values."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


MULAW_TO_LINEAR: Final = _mulaw_table()


def read_header(path: Path) -> Header:
    """The header of a mu-law WAV. Raises WavBroken when the file ends before its audio begins."""
    with path.open("rb") as file:
        return _walk(file, path.stat().st_size)


def _walk(file: BinaryIO, size: int) -> Header:
    start = file.read(12)
    if len(start) < 12 or start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        raise WavBroken("no RIFF/WAVE header")
    shape: tuple[int, int, int] | None = None
    fact_at: int | None = None
    while len(head := file.read(8)) == 8:
        name, length = head[:4], int.from_bytes(head[4:], "little")
        here = file.tell()
        if name == b"data":
            return _of_data(shape, here, length, size, fact_at)
        if name == b"fmt ":
            shape = _shape(file.read(16))
        elif name == b"fact":
            fact_at = here
        file.seek(here + length + (length & 1))
    raise WavBroken("no audio in the file")


def _shape(fmt: bytes) -> tuple[int, int, int]:
    if len(fmt) < 16:
        raise WavBroken("the fmt chunk is cut off")
    tag, channels, rate = struct.unpack_from("<HHI", fmt)
    return tag, channels, rate


def _of_data(
    shape: tuple[int, int, int] | None, at: int, told: int, size: int, fact_at: int | None
) -> Header:
    if shape is None or shape[0] != MULAW or shape[1] not in (1, 2) or shape[2] != RATE:
        raise WavBroken(f"not mu-law at 8 kHz, mono or stereo: {shape}")
    behind = size - at
    is_told_true = 0 < told <= behind and behind - told <= 1  # one byte of padding may follow
    return Header(shape[1], shape[2], at, told, told if is_told_true else behind, fact_at)


def mend(path: Path) -> Header:
    """Makes header and length agree: sizes from the file's length, half a frame at the end cut away.

    Returns the header as it is now. Raises WavBroken when there is no audio at all.
    """
    header = read_header(path)
    if header.frames == 0:
        raise WavBroken("no audio in the file")
    if header.is_whole:
        return header
    whole = header.frames * header.channels
    with path.open("r+b") as file:
        file.truncate(header.data_at + whole)
        padding = whole & 1
        file.seek(header.data_at + whole)
        file.write(b"\0" * padding)
        _patch(file, 4, header.data_at + whole + padding - 8)
        _patch(file, header.data_at - 4, whole)
        if header.fact_at is not None:
            _patch(file, header.fact_at, header.frames)
        file.flush()
        os.fsync(file.fileno())
    return read_header(path)


def _patch(file: BinaryIO, at: int, value: int) -> None:
    file.seek(at)
    file.write(value.to_bytes(4, "little"))


def read_channels(path: Path) -> list[Samples]:
    """Each channel as linear 16-bit samples at 8 kHz, left first. A truncated tail is left out."""
    header = read_header(path)
    with path.open("rb") as file:
        file.seek(header.data_at)
        raw = np.frombuffer(file.read(header.frames * header.channels), dtype=np.uint8)
    frames = raw[: len(raw) // header.channels * header.channels].reshape(-1, header.channels)
    return [MULAW_TO_LINEAR[frames[:, channel]] for channel in range(header.channels)]


def to_16k(samples: Samples) -> Floats:
    """8 kHz 16-bit to 16 kHz float32 in [-1, 1): zeros between the samples, then a half-band low-pass."""
    stretched = np.zeros(len(samples) * 2, dtype=np.float32)
    stretched[::2] = samples.astype(np.float32) / 32768.0
    if not len(samples):
        return stretched
    return np.convolve(stretched, _HALF_BAND, mode="same").astype(np.float32)


def _half_band(taps: int = 63) -> Floats:
    """A Kaiser-windowed sinc at a quarter of the sampling rate, with the gain of 2 that stretching costs."""
    at = np.arange(taps) - taps // 2
    return (np.sinc(at / 2) * np.kaiser(taps, 8.0)).astype(np.float32)


_HALF_BAND: Final = _half_band()


def header_bytes(channels: int, data_bytes: int = 0) -> bytes:
    """A mu-law header as the media engine writes it, for files we make ourselves."""
    fmt = struct.pack("<HHIIHHH", MULAW, channels, RATE, RATE * channels, channels, 8, 0)
    fact = struct.pack("<I", data_bytes // channels)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact
    riff = 4 + len(chunks) + 8 + data_bytes + (data_bytes & 1)
    return b"RIFF" + struct.pack("<I", riff) + b"WAVE" + chunks + b"data" + struct.pack("<I", data_bytes)
