"""The plain end: RTP and RTCP on loopback, to and from one leg of the media engine and nobody else."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from telephony.edge.errors import NoEdge

LOOPBACK: Final = "127.0.0.1"
PACKET_MAX: Final = 1500
AT_ONCE: Final = 8  # packets read between two turns of the loop
ATTEMPTS: Final = 64


class Wire:
    """Two neighbouring UDP ports, as the engine expects them. The kernel drops what isn't from the leg's own ports."""

    def __init__(self) -> None:
        """Raises NoEdge when no pair of ports is free."""
        self._rtp, self._rtcp = _pair()
        self.port = int(self._rtp.getsockname()[1])
        self._on_rtp: Callable[[bytes], None] = _drop
        self._on_rtcp: Callable[[bytes], None] = _drop
        loop = asyncio.get_running_loop()
        loop.add_reader(self._rtp.fileno(), self._read, self._rtp, True)
        loop.add_reader(self._rtcp.fileno(), self._read, self._rtcp, False)

    def connect(self, engine_port: int) -> None:
        """To the leg whose RTP port this is; another one than before takes its place."""
        self._rtp.connect((LOOPBACK, engine_port))
        self._rtcp.connect((LOOPBACK, engine_port + 1))

    def listen(self, on_rtp: Callable[[bytes], None], on_rtcp: Callable[[bytes], None]) -> None:
        """Who gets the engine's packets from now on."""
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp

    def rest(self) -> None:
        """Nobody does."""
        self._on_rtp = self._on_rtcp = _drop

    def send_rtp(self, packet: bytes) -> None:
        _send(self._rtp, packet)

    def send_rtcp(self, packet: bytes) -> None:
        _send(self._rtcp, packet)

    def close(self) -> None:
        """Idempotent."""
        self.rest()
        loop = asyncio.get_running_loop()
        for sock in (self._rtp, self._rtcp):
            if sock.fileno() >= 0:
                loop.remove_reader(sock.fileno())
                sock.close()

    def _read(self, sock: socket.socket, is_rtp: bool) -> None:
        for _ in range(AT_ONCE):
            try:
                packet = sock.recv(PACKET_MAX)
            except OSError:  # nothing more; or the leg is gone, which others tell
                return
            (self._on_rtp if is_rtp else self._on_rtcp)(packet)


def _pair() -> tuple[socket.socket, socket.socket]:
    for _ in range(ATTEMPTS):
        first, second = _udp(), _udp()
        try:
            first.bind((LOOPBACK, 0))
            port = int(first.getsockname()[1])
            if port % 2 == 0:
                second.bind((LOOPBACK, port + 1))
                return first, second
        except OSError:
            pass
        first.close()
        second.close()
    raise NoEdge("no pair of ports is free on loopback")


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock


def _send(sock: socket.socket, packet: bytes) -> None:
    try:
        sock.send(packet)
    except OSError:  # full, or the leg is gone: sound is never kept for later
        return


def _drop(_: bytes) -> None:
    """While no browser listens."""
