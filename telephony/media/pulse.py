"""What one tick shares with every leg: the time, the receive buffer, the ready sockets."""

import logging
import select
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from telephony.media.g711 import FRAME, SAMPLE_RATE
from telephony.media.rtp import MAX_PACKET, SEQ_MASK

if TYPE_CHECKING:
    from telephony.media.inbound import Inbound
    from telephony.media.native.lanes import NativeLanes

log = logging.getLogger(__name__)

READY_MAX: Final = 8192
ROUNDS_MAX: Final = 16  # a flood must not keep the tick from ending; the rest waits in the kernel

Handler = Callable[[], None]


def _gone() -> None:
    """Stands for a socket that isn't watched: another handler may have closed it in the same round."""


class Pulse:
    """`now` in seconds of the steady clock, `clock` in timestamp units since the engine began.

    Numbers and timestamps of all legs begin at those of the steady clock, which all processes share: a phone
    that is moved from one leg to another (a call joined to another by a transfer) sees them go on, for some
    discard for ever what seems to come from before. SSRCs are random.

    `drain` calls the handler of every readable socket, again and again until none is readable; one system
    call tells of all of them, so that a quiet socket costs nothing. With `native` lanes the plain packets of
    locked legs are received there, and only the others come by handlers. `is_stale` asks for a new look at
    which legs are to be listened to.
    """

    __slots__ = (
        "_epoll", "_faults", "_handlers", "_inbounds", "_native", "buffer", "clock", "is_stale", "now", "origin",
        "pressed", "wall",
    )  # fmt: skip

    def __init__(
        self, wall: Callable[[], float], now: float = 0.0, native: "NativeLanes | None" = None
    ) -> None:
        """`wall` gives Unix time in seconds, for RTCP sender reports only."""
        self.wall = wall
        self.now = now
        self.clock = 0
        self.origin = round(now * SAMPLE_RATE)
        self.buffer = bytearray(MAX_PACKET)
        self.pressed: set[Inbound] = set()
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._faults: list[int] = []
        self._inbounds: dict[int, Inbound] = {}
        self._native = native
        self.is_stale = False
        if native is not None:
            native.begin(self._epoll.fileno())

    @property
    def number(self) -> int:
        """The sequence number of a packet a tick that goes with the timestamp."""
        return (self.origin + self.clock) // FRAME & SEQ_MASK

    def watch(self, fd: int, handler: Handler, inbound: "Inbound | None" = None) -> None:
        """Call `handler` when the socket is readable; `inbound` when it is locked and brings plain RTP."""
        if self._handlers.get(fd, _gone) is _gone:
            self._epoll.register(fd, select.EPOLLIN)
        self._handlers[fd] = handler
        if self._native is not None:
            self._native.watch(fd, None if inbound is None else inbound.lane)
            if inbound is not None:
                self._inbounds[fd] = inbound
            else:
                self._inbounds.pop(fd, None)

    def unwatch(self, fd: int) -> None:
        if self._native is not None:
            self._native.watch(fd, None)
            self._inbounds.pop(fd, None)
        if self._handlers.get(fd, _gone) is not _gone:
            self._handlers[fd] = _gone
            self._epoll.unregister(fd)

    def drain(self, rounds: int = ROUNDS_MAX) -> None:
        """Receive what is there: at most so many packets of one socket."""
        native = self._native
        for _ in range(rounds):
            if not (self._round() if native is None else self._native_round(native)):
                return

    def _round(self) -> bool:
        ready = self._epoll.poll(0, READY_MAX)
        self._each(iter(ready), self._call)
        return bool(ready)

    def _native_round(self, native: "NativeLanes") -> bool:
        if not native.drain(self.now, self.clock):
            return False
        self._each(native.frames, self._keep)
        self._each(native.wholes, self._read)
        self._each(native.others, self._call)  # last: a lock that is made may bring back a number from above
        return True

    def _each(self, ready: Iterator[Sequence[Any]], do: Callable[..., None]) -> None:
        """`do` with all of them; each begins with its socket."""
        item: Sequence[Any] = (-1,)
        while True:
            try:
                for item in ready:
                    do(*item)
                return
            except Exception:  # the supervisor of a socket: a fault of ours must not deafen the other calls
                fd = item[0]
                log.exception("socket dropped after a fault", extra={"fd": fd})
                self._faults.append(fd)
                self.unwatch(fd)

    def _call(self, fd: int, _: int = 0) -> None:
        self._handlers[fd]()

    def _keep(self, fd: int, seq: int, payload: bytes) -> None:
        self._inbounds[fd].jitter.push(seq, payload)

    def _read(self, fd: int, size: int, data: bytes) -> None:
        self.buffer[:] = data
        self._inbounds[fd].read(size)

    def take_faults(self) -> list[int]:
        """The sockets whose handlers failed since this was last asked; they aren't watched any more."""
        faults = self._faults
        if faults:
            self._faults = []
        return faults

    def close(self) -> None:
        self._epoll.close()
