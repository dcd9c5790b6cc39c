"""G.722 (ITU-T, 64 kbit/s) at the edge: packets of a 16 kHz phone to and from mu-law at 8 kHz.

Inside nothing above 4 kHz is carried, so the codec runs without its upper sub-band and filters: half the
work of full decoding, and the level and the voice band are those of the standard. 8 bits are one sample of
ours, so 20 ms are FRAME bytes in either form; the RTP clock says 8000 too (RFC 3551 section 4.5.2).
"""

import itertools
from array import array
from typing import Final, Protocol

from G722 import G722

from telephony.media.g711 import SAMPLE_RATE, ulaw_to_linear

BIT_RATE: Final = 64000


class _Codec(Protocol):
    """What the extension module offers."""

    def encode(self, samples: "array[int]") -> bytes: ...
    def decode(self, packet: bytes) -> "array[int]": ...


class Coded(bytes):
    """A payload still to be decoded, which must happen in the order of speech."""

    __slots__ = ()


def _half(codes: range, sign: int) -> bytes:
    """The nearest code for each magnitude from 0 on; `codes` in order of growing magnitude."""
    values = [sign * ulaw_to_linear(code) for code in codes]
    edges = [0, *((low + high + 1) // 2 for low, high in itertools.pairwise(values)), 32768]
    return b"".join(
        bytes([code]) * (stop - start)
        for code, (start, stop) in zip(codes, itertools.pairwise(edges), strict=True)
    )


_LINEAR: Final = [ulaw_to_linear(code) for code in range(256)]
_LOW_BYTE: Final = bytes(value & 0xFF for value in _LINEAR)
_HIGH_BYTE: Final = bytes(value >> 8 & 0xFF for value in _LINEAR)
_POSITIVE: Final = _half(range(0xFF, 0x7F, -1), 1)
_NEGATIVE: Final = _half(range(0x7F, -1, -1), -1)
# The mu-law code of sample x at index x: one below zero counts from the table's end, as Python's indexes do.
ULAW_OF: Final = _POSITIVE + _NEGATIVE[-1:] + _NEGATIVE[:0:-1]


def _codec() -> _Codec:
    codec: _Codec = G722(SAMPLE_RATE, BIT_RATE)
    return codec


class Encoder:
    """One direction's state; frames in the order they are sent."""

    __slots__ = ("_encode",)

    def __init__(self) -> None:
        self._encode = _codec().encode

    def __call__(self, mulaw: bytes) -> bytes:
        linear = bytearray(2 * len(mulaw))
        linear[0::2] = mulaw.translate(_LOW_BYTE)
        linear[1::2] = mulaw.translate(_HIGH_BYTE)
        return bytes(self._encode(array("h", bytes(linear))))


class Decoder:
    """One direction's state; packets in the order they were spoken."""

    __slots__ = ("_decode",)

    def __init__(self) -> None:
        self._decode = _codec().decode

    def __call__(self, packet: bytes) -> bytes:
        return bytes(map(ULAW_OF.__getitem__, self._decode(packet))) if packet else b""
