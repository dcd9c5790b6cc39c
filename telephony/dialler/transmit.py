"""Stands in for pyVoIP's sending socket: even spacing, and keys in between."""

import socket
import threading
import time
from typing import Final

from telephony.dialler.keys import FRAME, HEADER, Keyboard

SPACING_S: Final = 0.02
LATE_S: Final = 0.2  # further behind than this, catching up would be a burst


class Pacer:
    """Moments 20 ms apart on one clock, so that small lateness does not add up to drift."""

    def __init__(self) -> None:
        self._next: float | None = None

    def wait_s(self, now: float) -> float:
        """How long to wait before sending; also books the moment after it."""
        if self._next is None or now - self._next > LATE_S:
            self._next = now
        wait = self._next - now
        self._next += SPACING_S
        return max(0.0, wait)


class Transmitter:
    """What pyVoIP's transmitting thread calls instead of the socket."""

    def __init__(self, out: socket.socket, keyboard: Keyboard | None) -> None:
        self._out = out
        self._keyboard = keyboard
        self._pacer = Pacer()
        self._closed = threading.Event()

    def sendto(self, packet: bytes, address: tuple[str, int]) -> int:
        self._closed.wait(self._pacer.wait_s(time.monotonic()))
        if self._closed.is_set() or len(packet) != HEADER + FRAME:  # pyVoIP's sequence number ran over
            return 0
        return self._out.sendto(self._keyboard.through(packet) if self._keyboard else packet, address)

    def close(self) -> None:
        self._closed.set()
        self._out.close()
