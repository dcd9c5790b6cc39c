"""The stereo mu-law WAV a recording is written to: RIFF, `fmt ` with its extension size, `fact`, `data`.

The layout constants are public so that a file cut off by a crash, whose sizes are still zero, can be mended
from its length: patch RIFF_SIZE_AT, FACT_AT and DATA_SIZE_AT with what `sizes` says.
"""

from struct import Struct
from typing import Final

from telephony.media.g711 import SAMPLE_RATE

MULAW: Final = 7
CHANNELS: Final = 2
_LAYOUT: Final = Struct("<4sI4s4sIHHIIHHH4sII4sI")
_SIZE: Final = Struct("<I")
HEADER_SIZE: Final = _LAYOUT.size
RIFF_SIZE_AT: Final = 4
FACT_AT: Final = 46
DATA_SIZE_AT: Final = 54


def header(data_bytes: int = 0) -> bytes:
    """The HEADER_SIZE bytes before the samples; `data_bytes` is 0 while the length isn't known."""
    samples = data_bytes // CHANNELS
    riff = data_bytes + HEADER_SIZE - 8 if data_bytes else 0
    fmt = (b"fmt ", 18, MULAW, CHANNELS, SAMPLE_RATE, SAMPLE_RATE * CHANNELS, CHANNELS, 8, 0)
    return _LAYOUT.pack(b"RIFF", riff, b"WAVE", *fmt, b"fact", 4, samples, b"data", data_bytes)


def sizes(data_bytes: int) -> tuple[tuple[int, bytes], ...]:
    """What to write where once `data_bytes` of samples are in the file: (offset, four bytes) thrice."""
    riff = data_bytes + HEADER_SIZE - 8
    values = ((RIFF_SIZE_AT, riff), (FACT_AT, data_bytes // CHANNELS), (DATA_SIZE_AT, data_bytes))
    return tuple((offset, _SIZE.pack(value)) for offset, value in values)
