"""The UDP shell: a non-blocking socket for each kind of address, drained in bursts."""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable, Sequence
from fcntl import ioctl
from typing import Final

from telephony.sip.overload import Backlog
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

SOCKET_BUFFER: Final = 4 * 1024 * 1024  # a burst of calls has to wait somewhere
SO_SNDBUFFORCE: Final = 32  # Linux; not in the socket module
SO_RCVBUFFORCE: Final = 33
SIOCGSTAMPNS: Final = 0x8907  # Linux: when the packet read last came in; socket(7)
_STAMP: Final = struct.Struct("@ll")
BURST: Final = 100  # datagrams read before the loop gets its turn
MAX_DATAGRAM: Final = 65_535
MAX_FLOWS: Final = 4_096  # peers remembered


class UdpShell:
    """Owns bound sockets from `open` to `close`. What can't be sent now is lost; SIP repeats it."""

    def __init__(self, receive: Callable[[bytes, Flow], None], backlog: Backlog) -> None:
        """`backlog` is told whether the packets of a burst were all there were."""
        self._receive = receive
        self._backlog = backlog
        self._sockets: dict[bool, socket.socket] = {}  # by: is it for IPv6
        self._buffer = memoryview(bytearray(MAX_DATAGRAM))
        self._flows: dict[tuple[str, int], Flow] = {}  # by what the socket says: IPv6 adds two numbers
        self.dropped = 0

    def open(self, hosts: Sequence[str], port: int) -> int:
        """Binds, one host of each kind at most, and starts to read; returns the port. Raises OSError."""
        try:
            for host in hosts:
                bound = _bind(host, port)
                self._sockets[":" in host] = bound
                port = int(bound.getsockname()[1])
        except OSError:
            self.close()
            raise
        for bound in self._sockets.values():
            asyncio.get_running_loop().add_reader(bound.fileno(), self._drain, bound)
        return port

    def close(self) -> None:
        for bound in self._sockets.values():
            asyncio.get_running_loop().remove_reader(bound.fileno())
            bound.close()
        self._sockets.clear()

    def send(self, host: str, port: int, data: bytes) -> None:
        bound = self._sockets.get(":" in host)
        if bound is None:
            self.dropped += 1
            return
        try:
            bound.sendto(data, (host, port))
        except OSError:  # a full buffer, or an address nobody can send to: both are a lost packet
            self.dropped += 1

    def _flow_of(self, source: tuple[str, int]) -> Flow:
        """One object a peer, however many of its packets are kept for traces."""
        flow = self._flows.get(source)
        if flow is None:
            if len(self._flows) >= MAX_FLOWS:
                self._flows.clear()
            flow = self._flows[source] = Flow("udp", source[0], source[1])
        return flow

    def _drain(self, bound: socket.socket) -> None:
        for _ in range(BURST):
            if not self._sockets:
                return
            try:
                size, source = bound.recvfrom_into(self._buffer)
            except OSError:  # nothing left, or an ICMP error of an earlier send
                self._backlog.read_all()
                return
            # A copy as long as the message: `recvfrom` would cut it from 64 kB, and what is kept would leave holes.
            self._receive(bytes(self._buffer[:size]), self._flow_of(source))
        self._backlog.read_some(asyncio.get_running_loop().time(), _waited_s(bound))


def _bind(host: str, port: int) -> socket.socket:
    is_v6 = ":" in host
    bound = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        _widen(bound)
        _waited_s(bound)  # asked once, the kernel stamps every packet
        if is_v6:  # IPv4 has a socket of its own: no mapped addresses anywhere
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _waited_s(bound: socket.socket) -> float:
    """How long the kernel held the packet that was read last. 0 where it does not say."""
    try:
        stamp = ioctl(bound.fileno(), SIOCGSTAMPNS, bytes(_STAMP.size))
    except OSError:
        return 0.0
    seconds, nanoseconds = _STAMP.unpack(stamp)
    came = float(seconds + nanoseconds / 1e9)
    return max(0.0, time.clock_gettime(time.CLOCK_REALTIME) - came)


def _widen(bound: socket.socket) -> None:
    """Asks for SOCKET_BUFFER both ways; past the system's limit (rmem_max) only root gets it."""
    for option, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
        try:
            bound.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BUFFER)
        except OSError:
            bound.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
