"""The compiled loops as the engine calls them: one call a round of receiving, one a tick of sending."""

import ctypes
import logging
from array import array
from collections.abc import Iterator
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_double,
    c_int32,
    c_uint8,
    c_uint32,
    c_void_p,
    sizeof,
)
from pathlib import Path
from struct import Struct
from typing import Final

from telephony.media.g711 import ALAW_TO_ULAW, FRAME, ULAW_TO_ALAW
from telephony.media.lane import Lane
from telephony.media.linear import ALAW_CODES, ALAW_STEPS, ULAW_CODES, ULAW_STEPS
from telephony.media.native.build import library
from telephony.media.rtp import MAX_PACKET

log = logging.getLogger(__name__)

EVENTS_MAX: Final = 1024
WHOLE_MAX: Final = 128
SOCKETS_MAX: Final = 1 << 16  # sockets with higher numbers are Python's
_FRAME: Final = Struct(f"=iI{FRAME}s")
_WHOLE: Final = Struct(f"=iI{MAX_PACKET}s")


class NativeUnfit(OSError):
    """The library was made for other structures than ours."""


class _Engine(Structure):
    _fields_ = (
        ("epoll_fd", c_int32),
        ("lanes_max", c_uint32),
        ("lanes", POINTER(c_void_p)),
        ("to_alaw", c_char_p),
        ("to_ulaw", c_char_p),
        ("frames_count", c_uint32),
        ("wholes_count", c_uint32),
        ("others_count", c_uint32),
        ("others", c_int32 * EVENTS_MAX),
        ("frames", c_uint8 * (EVENTS_MAX * _FRAME.size)),
        ("wholes", c_uint8 * (WHOLE_MAX * _WHOLE.size)),
        ("steps", c_void_p * 2),
        ("codes", c_char_p * 2),
    )


class NativeLanes:
    """One engine's use of the library. `drain` leaves in `frames`, `wholes` and `others` what is Python's.

    Lanes are entered by `watch` with the socket they are read from and must be taken out before they are freed.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError when there is no library or none that fits."""
        code = ctypes.CDLL(str(path))
        if (code.lanes_lane_size(), code.lanes_engine_size()) != (sizeof(Lane), sizeof(_Engine)):
            raise NativeUnfit
        self._drain = code.lanes_drain
        self._drain.argtypes = (c_void_p, c_double, c_uint32)
        self._drain.restype = c_int32
        self._say = code.lanes_say
        self._say.argtypes = (c_void_p, c_void_p, c_uint32, c_uint32, c_void_p)
        self._say.restype = c_uint32
        self._mix = code.lanes_mix
        self._mix.argtypes = (c_void_p, c_char_p, c_char_p, c_void_p, c_uint32, c_void_p)
        self._mix.restype = None
        self._lanes = (c_void_p * SOCKETS_MAX)()
        self._engine = _Engine(lanes_max=SOCKETS_MAX, to_alaw=ULAW_TO_ALAW, to_ulaw=ALAW_TO_ULAW)
        self._engine.lanes = ctypes.cast(self._lanes, POINTER(c_void_p))
        self._engine.steps = (c_void_p * 2)(ULAW_STEPS.buffer_info()[0], ALAW_STEPS.buffer_info()[0])
        self._engine.codes = (c_char_p * 2)(ULAW_CODES, ALAW_CODES)
        self._at = byref(self._engine)
        self._frames = memoryview(self._engine.frames).cast("B")
        self._wholes = memoryview(self._engine.wholes).cast("B")
        self._asks = array("I")
        self._asks_at = 0
        self._mixed = array("B")

    def begin(self, epoll_fd: int) -> None:
        """All that is watched is in this epoll set."""
        self._engine.epoll_fd = epoll_fd

    def watch(self, fd: int, lane: Lane | None) -> None:
        """Whose plain packets come by this socket; None when Python is to read it."""
        if fd < SOCKETS_MAX:
            self._lanes[fd] = lane.address if lane is not None else None

    def drain(self, now: float, clock: int) -> bool:
        """One packet of every readable socket; False when there was none."""
        return bool(self._drain(self._at, now, clock & 0xFFFF_FFFF))

    @property
    def frames(self) -> Iterator[tuple[int, int, bytes]]:
        """Socket, sequence number and payload of what belongs into a jitter buffer."""
        return _FRAME.iter_unpack(self._frames[: self._engine.frames_count * _FRAME.size])

    @property
    def wholes(self) -> Iterator[tuple[int, int, bytes]]:
        """Socket, size and data (filled up to MAX_PACKET bytes) of packets that are to be read with care."""
        return _WHOLE.iter_unpack(self._wholes[: self._engine.wholes_count * _WHOLE.size])

    @property
    def others(self) -> Iterator[tuple[int]]:
        """Readable sockets without a lane."""
        return zip(self._engine.others[: self._engine.others_count], strict=True)

    def say(self, lanes: "array[int]", clock: int) -> list[int]:
        """This tick's packets of the lanes with these addresses; the places of those that Python is to see to."""
        count = len(lanes)
        if len(self._asks) < count:
            self._asks = array("I", bytes(4 * (count + 256)))
            self._asks_at = self._asks.buffer_info()[0]
        asked = self._say(self._at, lanes.buffer_info()[0], count, clock & 0xFFFF_FFFF, self._asks_at)
        places: list[int] = self._asks[:asked].tolist()
        return places

    def mix(self, frames: bytes, laws: bytes, plan: "array[int]", ears: int) -> bytes:
        """A frame for each of `ears`, one after the other.

        `frames` are those of all speakers, `laws` whether each is A-law. `plan` says of each ear: its law, how many
        speakers it hears, and which.
        """
        size = ears * FRAME
        if len(self._mixed) < size:
            self._mixed = array("B", bytes(size))
        self._mix(self._at, frames, laws, plan.buffer_info()[0], ears, self._mixed.buffer_info()[0])
        return self._mixed[:size].tobytes()


def load() -> NativeLanes | None:
    """The library that was made from our sources; None, and a line in the log, when there is none."""
    try:
        lanes = NativeLanes(library())
    except OSError:
        log.info("media engine runs in plain Python")
        return None
    log.info("media engine runs with its compiled half")
    return lanes
