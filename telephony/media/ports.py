"""UDP ports for legs: random even ports with RTCP above, never one that was in use a moment ago.

A locked leg has a second socket on its port, connected to its peer. The kernel then hands that peer's
packets to the connected socket and everybody else's to the open one (Linux 5.4 and later), so the lock costs
nothing per packet: no address is built, compared or looked up.
"""

import contextlib
import random
import socket
from collections import deque
from typing import Final

from telephony.errors import NoPorts
from telephony.media.lock import Address

QUARANTINE_S: Final = 30.0
ATTEMPTS: Final = 50
RECEIVE_BUFFER: Final = 65536


def _udp(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return sock


class RtpPort:
    """The sockets of one leg: `open` for everybody, `rtcp` beside it, `locked` to the peer once it is known."""

    __slots__ = ("host", "locked", "number", "open", "rtcp")

    def __init__(self, host: str, number: int) -> None:
        """Binds both ports. Raises OSError when either is taken."""
        self.host = host
        self.number = number
        self.locked: socket.socket | None = None
        self.rtcp = _udp(host)
        try:
            self.rtcp.bind((host, number + 1))  # exclusive, so that it guards the shareable RTP port too
            self.open = self._shared()
        except OSError:
            self.rtcp.close()
            raise

    def lock(self, peer: Address) -> socket.socket:
        """Connect to `peer`, in place of any other. Raises OSError for an address that can't be reached."""
        self.unlock()
        sock = self._shared()
        try:
            sock.connect(peer)
            with contextlib.suppress(OSError):
                while True:
                    sock.recv(1)  # whatever a stranger got in between bind and connect
        except OSError:
            sock.close()
            raise
        self.locked = sock
        return sock

    def unlock(self) -> None:
        if self.locked is not None:
            self.locked.close()
            self.locked = None

    def close(self) -> None:
        self.unlock()
        self.open.close()
        self.rtcp.close()

    def _shared(self) -> socket.socket:
        sock = _udp(self.host)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind((self.host, self.number))
        except OSError:
            sock.close()
            raise
        return sock


class PortPool:
    """Hands out ports of `first`..`last` (inclusive). Time is passed in, seconds of any steady clock."""

    def __init__(self, first: int, last: int) -> None:
        self._evens = range(first + first % 2, last, 2)
        self._busy: set[int] = set()
        self._resting: deque[tuple[float, int]] = deque()
        self._random = random.SystemRandom()

    def take(self, host: str, now: float) -> RtpPort:
        """A bound pair at a random free port. Raises NoPorts."""
        while self._resting and self._resting[0][0] <= now:
            self._busy.discard(self._resting.popleft()[1])
        for number in self._candidates():
            try:
                port = RtpPort(host, number)
            except OSError:
                continue
            self._busy.add(number)
            return port
        raise NoPorts

    def give_back(self, port: RtpPort, now: float) -> None:
        """Close the sockets; the number rests before it is used again."""
        port.close()
        self._resting.append((now + QUARANTINE_S, port.number))

    def _candidates(self) -> list[int]:
        free = len(self._evens) - len(self._busy)
        if free <= 0:
            return []
        if free > len(self._evens) // 2:
            picks = (self._random.choice(self._evens) for _ in range(ATTEMPTS))
            return [number for number in dict.fromkeys(picks) if number not in self._busy]
        rest = [number for number in self._evens if number not in self._busy]
        return self._random.sample(rest, min(ATTEMPTS, len(rest)))
