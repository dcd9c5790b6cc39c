"""The UDP shell: one non-blocking socket, drained in bursts."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

SOCKET_BUFFER: Final = 4 * 1024 * 1024  # a burst of calls has to wait somewhere
SO_SNDBUFFORCE: Final = 32  # Linux; not in the socket module
SO_RCVBUFFORCE: Final = 33
BURST: Final = 100  # datagrams read before the loop gets its turn
MAX_DATAGRAM: Final = 65_535


class UdpShell:
    """Owns a bound socket from `open` to `close`. What can't be sent now is lost; SIP repeats it."""

    def __init__(self, receive: Callable[[bytes, Flow], None]) -> None:
        self._receive = receive
        self._socket: socket.socket | None = None
        self.dropped = 0

    def open(self, host: str, port: int) -> int:
        """Binds and starts to read; returns the port. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_DGRAM)
        try:
            bound.setblocking(False)
            _widen(bound)
            bound.bind((host, port))
        except OSError:
            bound.close()
            raise
        self._socket = bound
        asyncio.get_running_loop().add_reader(bound.fileno(), self._drain)
        return int(bound.getsockname()[1])

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def send(self, host: str, port: int, data: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, (host, port))
        except OSError:  # a full buffer, or an address nobody can send to: both are a lost packet
            self.dropped += 1

    def _drain(self) -> None:
        for _ in range(BURST):
            if self._socket is None:
                return
            try:
                data, source = self._socket.recvfrom(MAX_DATAGRAM)
            except OSError:  # nothing left, or an ICMP error of an earlier send
                return
            self._receive(data, Flow("udp", source[0], source[1]))


def _widen(bound: socket.socket) -> None:
    """Asks for SOCKET_BUFFER both ways; past the system's limit (rmem_max) only root gets it."""
    for option, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
        try:
            bound.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BUFFER)
        except OSError:
            bound.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
