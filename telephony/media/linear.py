"""Adding G.711: codes to linear steps, sums of steps back to codes, by tables alone.

A step is 4 of the 16-bit scale, so that every value of either law is a whole number of them. Sums of up to
SPEAKERS_MAX values fall into the tables of codes, which hold the loudest code for all beyond the law's range: sums
clip, they never wrap. A negative sum is an index from the end, in Python by itself and in C by `& SUM_MASK`.
"""

import itertools
from array import array
from collections.abc import Callable, Sequence
from typing import Final

from telephony.media.g711 import alaw_to_linear, ulaw_to_linear

SPEAKERS_MAX: Final = 8
STEP: Final = 4
SUM_LIMIT: Final = 1 << 16  # more than 8 of A-law's loudest, 8064 steps
SUM_MASK: Final = 2 * SUM_LIMIT - 1


def _steps(decode: Callable[[int], int]) -> "array[int]":
    return array("h", (decode(code) // STEP for code in range(256)))


def _half(decode: Callable[[int], int], codes: range) -> bytes:
    """The code nearest to each magnitude from 0 to SUM_LIMIT steps, of one sign; of two as near the quieter."""
    rising = sorted(codes, key=lambda code: abs(decode(code)))
    found = bytearray()
    for code, louder in itertools.pairwise(rising):
        until = (abs(decode(code)) + abs(decode(louder))) // (2 * STEP) + 1
        found += bytes([code]) * (until - len(found))
    return bytes(found) + bytes([rising[-1]]) * (SUM_LIMIT + 1 - len(found))


def _codes(decode: Callable[[int], int]) -> bytes:
    positive, negative = _half(decode, range(0x80, 0x100)), _half(decode, range(0x80))
    return positive[:SUM_LIMIT] + negative[:0:-1]


ULAW_STEPS: Final = _steps(ulaw_to_linear)
ALAW_STEPS: Final = _steps(alaw_to_linear)
ULAW_CODES: Final = _codes(ulaw_to_linear)
ALAW_CODES: Final = _codes(alaw_to_linear)


def steps_of(frame: bytes, *, alaw: bool) -> list[int]:
    """The samples of a frame, in steps."""
    table = ALAW_STEPS if alaw else ULAW_STEPS
    return [table[code] for code in frame]


def added(frames: Sequence[Sequence[int]], *, alaw: bool) -> bytes:
    """The sum of one to SPEAKERS_MAX frames of steps, of equal length, in codes of a law."""
    table = ALAW_CODES if alaw else ULAW_CODES
    return bytes([table[total] for total in map(sum, zip(*frames, strict=True))])
