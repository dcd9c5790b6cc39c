"""G.711: 8-bit codes at 8 kHz, converted by 256-byte tables for `bytes.translate`.

The tables are computed from the decoder values of ITU-T G.711 (tables 1a to 2b), each code going to the
nearest value of the other law with the same sign. A frame is FRAME codes, 20 ms.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

SAMPLE_RATE: Final = 8000
FRAME: Final = 160
FRAME_MS: Final = 20
FRAME_S: Final = 0.02
LOUD_FROM: Final = 512  # linear 16-bit magnitude from which a sample counts as sound: about -36 dBFS
FADE_GAINS: Final = (0.7, 0.4, 0.15)


def ulaw_to_linear(code: int) -> int:
    """The 16-bit linear value of a mu-law code, -32124 to 32124."""
    bits = ~code & 0xFF
    magnitude = ((((bits & 0x0F) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84
    return -magnitude if bits & 0x80 else magnitude


def alaw_to_linear(code: int) -> int:
    """The 16-bit linear value of an A-law code, -32256 to 32256."""
    bits = code ^ 0x55
    exponent = (bits >> 4) & 7
    magnitude = ((bits & 0x0F) << 4) + 8
    if exponent:
        magnitude = (magnitude + 0x100) << (exponent - 1)
    return magnitude if bits & 0x80 else -magnitude


def _nearest(rising: Sequence[tuple[int, int]], value: float) -> int:
    """The code whose value is nearest, of two as near the lower; `rising` has (value, code) in order."""
    at = bisect_left(rising, (value, 0))
    return min(rising[max(0, at - 1) : at + 1], key=lambda one: (abs(one[0] - value), one[1]))[1]


def _table(decode: Callable[[int], int], encode_like: Callable[[int], int], gain: float = 1.0) -> bytes:
    """What each code of one law is in the other, in the half of the codes that has the same top bit."""
    halves = [
        sorted((encode_like(code), code) for code in half) for half in (range(0x80), range(0x80, 0x100))
    ]
    return bytes(_nearest(halves[code >> 7], decode(code) * gain) for code in range(256))


ULAW_TO_ALAW: Final = _table(ulaw_to_linear, alaw_to_linear)
ALAW_TO_ULAW: Final = _table(alaw_to_linear, ulaw_to_linear)
ULAW_FADES: Final = tuple(_table(ulaw_to_linear, ulaw_to_linear, gain) for gain in FADE_GAINS)
ALAW_FADES: Final = tuple(_table(alaw_to_linear, alaw_to_linear, gain) for gain in FADE_GAINS)
ULAW_SILENCE: Final = bytes([0xFF]) * FRAME
ALAW_SILENCE: Final = bytes([0xD5]) * FRAME
ULAW_QUIET: Final = bytes(code for code in range(256) if abs(ulaw_to_linear(code)) < LOUD_FROM)
ALAW_QUIET: Final = bytes(code for code in range(256) if abs(alaw_to_linear(code)) < LOUD_FROM)


def loud_samples(ulaw: bytes) -> int:
    """How many of the mu-law samples are loud enough to be sound rather than line noise."""
    return len(ulaw.translate(None, ULAW_QUIET))
