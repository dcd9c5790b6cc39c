"""RTP packets (RFC 3550 section 5.1): one defensive parser, and the header the sender patches in place."""

from struct import Struct
from typing import Final, NamedTuple

HEADER: Final = Struct("!BBHII")
HEADER_SIZE: Final = 12
FULL: Final = Struct("!HHII160s")  # the packet nearly every peer sends: bare header and 20 ms of G.711
FULL_HEAD: Final = 0x8000  # its first two bytes, with the payload type added
FULL_SIZE: Final = FULL.size
SEQ_TS: Final = Struct("!HI")
EXTENSION: Final = Struct("!HH")
VERSION_2: Final = 0x80
MARKER: Final = 0x80
PCMU: Final = 0
PCMA: Final = 8
G722: Final = 9
COMFORT_NOISE: Final = 13
SEQ_MASK: Final = 0xFFFF
TS_MASK: Final = 0xFFFF_FFFF
MAX_PACKET: Final = 2048


class Packet(NamedTuple):
    """One received packet; `payload` is without header, contributing sources, extension and padding."""

    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes | bytearray | memoryview, size: int) -> Packet | None:
    """The packet in the first `size` bytes of `data`, or None when it is no valid RTP version 2."""
    if size < HEADER_SIZE or size > len(data) or data[0] & 0xC0 != VERSION_2:
        return None
    first, second, seq, timestamp, ssrc = HEADER.unpack_from(data)
    start = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        if start + EXTENSION.size > size:
            return None
        _, words = EXTENSION.unpack_from(data, start)
        start += EXTENSION.size + 4 * words
    end = size
    if first & 0x20:
        padding = data[size - 1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return Packet(second & 0x7F, bool(second & MARKER), seq, timestamp, ssrc, bytes(data[start:end]))


def build(
    payload_type: int, seq: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    """A packet with a bare header."""
    second = payload_type | MARKER if marker else payload_type
    return HEADER.pack(VERSION_2, second, seq & SEQ_MASK, timestamp & TS_MASK, ssrc) + payload
