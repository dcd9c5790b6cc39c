"""Keys for a phone that has none: RFC 4733 events in the place of pyVoIP's own audio packets."""

import struct
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from telephony.dialler.plan import KEYS

FRAME: Final = 160  # timestamp units of one 20 ms packet at 8 kHz
HELD: Final = 6  # packets while the key is down
ENDS: Final = 3  # packets that say it is up again (RFC 4733 section 2.5.1.4)
VOLUME: Final = 10  # dBm0 below zero
HEADER: Final = 12


@dataclass
class _Down:
    """The key under way: `start` is the RTP timestamp all its packets share."""

    key: str
    start: int
    sent: int = 0


class Keyboard:
    """Queues presses and turns outgoing audio packets into their events, one for one.

    The packets keep the sequence number, SSRC and moment pyVoIP gave them, so the stream stays one stream.
    `press` and `through` may be called by different threads.
    """

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._queue: deque[str] = deque()
        self._down: _Down | None = None
        self._rest = 0  # audio packets to let through before the next key
        self._lock = threading.Lock()

    def press(self, key: str) -> None:
        with self._lock:
            self._queue.append(key)

    def through(self, packet: bytes) -> bytes:
        """The packet to send instead of this one."""
        with self._lock:
            if self._down is None and self._queue and not self._rest:
                self._down = _Down(self._queue.popleft(), struct.unpack_from(">I", packet, 4)[0])
            self._rest = max(0, self._rest - 1)
            return packet if self._down is None else self._event(packet, self._down)

    def _event(self, packet: bytes, down: _Down) -> bytes:
        is_end = down.sent >= HELD
        duration = min(down.sent + 1, HELD) * FRAME
        marker = 0x80 if down.sent == 0 else 0
        down.sent += 1
        if down.sent == HELD + ENDS:
            self._down, self._rest = None, 3
        head = packet[:1] + bytes([self._payload_type | marker]) + packet[2:4]
        body = struct.pack(">BBH", KEYS.index(down.key), VOLUME | (0x80 if is_end else 0), duration)
        return head + struct.pack(">I", down.start) + packet[8:HEADER] + body
