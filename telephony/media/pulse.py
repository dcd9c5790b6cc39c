"""What one tick shares with every leg: the time, the receive buffer, the ready sockets."""

import logging
import select
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from telephony.media.rtp import MAX_PACKET

if TYPE_CHECKING:
    from telephony.media.inbound import Inbound

log = logging.getLogger(__name__)

READY_MAX: Final = 8192
ROUNDS_MAX: Final = 16  # a flood must not keep the tick from ending; the rest waits in the kernel

Handler = Callable[[], None]


def _gone() -> None:
    """Stands for a socket that isn't watched: another handler may have closed it in the same round."""


class Pulse:
    """`now` in seconds of the steady clock, `clock` in timestamp units since the engine began.

    `drain` calls the handler of every readable socket, again and again until none is readable; one system
    call tells of all of them, so that a quiet socket costs nothing.
    """

    __slots__ = ("_epoll", "_faults", "_handlers", "buffer", "clock", "now", "pressed", "wall")

    def __init__(self, wall: Callable[[], float]) -> None:
        """`wall` gives Unix time in seconds, for RTCP sender reports only."""
        self.wall = wall
        self.now = 0.0
        self.clock = 0
        self.buffer = bytearray(MAX_PACKET)
        self.pressed: set[Inbound] = set()
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._faults: list[int] = []

    def watch(self, fd: int, handler: Handler) -> None:
        if self._handlers.get(fd, _gone) is _gone:
            self._epoll.register(fd, select.EPOLLIN)
        self._handlers[fd] = handler

    def unwatch(self, fd: int) -> None:
        if self._handlers.get(fd, _gone) is not _gone:
            self._handlers[fd] = _gone
            self._epoll.unregister(fd)

    def drain(self) -> None:
        poll, handlers = self._epoll.poll, self._handlers
        for _ in range(ROUNDS_MAX):
            ready = poll(0, READY_MAX)
            if not ready:
                return
            fd = -1
            try:
                for fd, _ in ready:
                    handlers[fd]()
            except Exception:  # the supervisor of a socket: a fault of ours must not deafen the other calls
                log.exception("socket dropped after a fault", extra={"fd": fd})
                self._faults.append(fd)
                self.unwatch(fd)

    def take_faults(self) -> list[int]:
        """The sockets whose handlers failed since this was last asked; they aren't watched any more."""
        faults = self._faults
        if faults:
            self._faults = []
        return faults

    def close(self) -> None:
        self._epoll.close()
