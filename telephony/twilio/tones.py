"""A key as sound. A media stream carries no key towards the far end, which therefore hears its two tones. Pure.

Source: ITU-T Q.23; levels of Q.24, far above what any receiver needs.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from telephony.media.g711 import FRAME, SAMPLE_RATE
from telephony.voices.pcm import to_mulaw

ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
KEYS: Final = "123A456B789C*0#D"
LEVEL: Final = 0.25  # of each tone


@lru_cache(256)
def tone(key: str, number: int) -> bytes:
    """The `number`th frame of a pressed key, from 0 on: mu-law, FRAME bytes."""
    row, column = divmod(KEYS.index(key), len(COLUMNS))
    at = (np.arange(FRAME) + number * FRAME) * (2 * np.pi / SAMPLE_RATE)
    both = np.sin(at * ROWS[row]) + np.sin(at * COLUMNS[column])
    return to_mulaw((LEVEL * both).astype(np.float32))
