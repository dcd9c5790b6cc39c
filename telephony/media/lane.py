"""What is kept of a leg for its packets: one structure of C, written by Python and by the compiled half alike.

Either may move any packet, so nothing has to be handed over between them. `native/lanes.c` declares the same
structure; `native.py` compares their sizes before it uses the library.
"""

from ctypes import (
    Structure,
    addressof,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_void_p,
)
from typing import Final

from telephony.media.rtcp import Reception

NO_SSRC: Final = -1
NO_HEAD: Final = -1
NO_SOCKET: Final = -1

# How the next tick's packet comes about (`mode`).
ASK: Final = 0  # Python decides
CLIP: Final = 1  # the next frame of `clip`
SILENCE: Final = 2
RELAY: Final = 3  # the peer's packets are passed on as they come; a tick only counts how long none did

RELAY_ENDS: Final = 4  # ticks without a packet of the peer's from which on Python is asked again
LATE_MAX: Final = 100  # RFC 3550 appendix A.1: MAX_MISORDER
AHEAD_MAX: Final = 50  # numbers skipped (1 s) from which on a stream counts as another
JUMP_MAX: Final = 8000  # timestamp units (1 s), likewise

AS_IS: Final = 0  # `translate`: what a passed on payload goes through
TO_ALAW: Final = 1
TO_ULAW: Final = 2


class Lane(Structure):
    """`peer` is the address of the lane that this leg's packets are passed on to, None for none.

    The inbound half: `reception` to `is_listening`; the outbound half: the rest. `last_timestamp` is the
    newest timestamp sent, `seq` the newest number. `mode` goes back to ASK whenever a command may have
    changed what is to be sent.
    """

    _fields_ = (
        ("reception", Reception),
        ("heard_at", c_double),
        ("peer", c_void_p),
        ("ssrc_in", c_int64),
        ("plain_head", c_int32),
        ("out_fd", c_int32),
        ("clip", c_char_p),
        ("clip_size", c_uint32),
        ("clip_at", c_uint32),
        ("packets_out", c_int64),
        ("ssrc", c_uint32),
        ("ts_base", c_uint32),
        ("ts_shift", c_uint32),
        ("last_timestamp", c_uint32),
        ("seq", c_uint16),
        ("seq_shift", c_uint16),
        ("payload_type", c_uint8),
        ("mark", c_uint8),
        ("alaw", c_uint8),
        ("translate", c_uint8),
        ("idle_ticks", c_uint8),
        ("mode", c_uint8),
        ("is_listening", c_uint8),
    )
    reception: Reception
    heard_at: float
    peer: int | None
    ssrc_in: int
    plain_head: int
    out_fd: int
    clip: bytes | None
    clip_size: int
    clip_at: int
    packets_out: int
    ssrc: int
    ts_base: int
    ts_shift: int
    last_timestamp: int
    seq: int
    seq_shift: int
    payload_type: int
    mark: int
    alaw: int
    translate: int
    idle_ticks: int
    mode: int
    is_listening: int

    def __init__(self) -> None:
        super().__init__()
        self.reception.begin(0)
        self.ssrc_in = NO_SSRC
        self.plain_head = NO_HEAD
        self.out_fd = NO_SOCKET
        self.idle_ticks = RELAY_ENDS

    @property
    def address(self) -> int:
        return addressof(self)
