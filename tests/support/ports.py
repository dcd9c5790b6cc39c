"""Ports for peers that can't be told to choose one themselves.

They lie below the range from which the kernel serves whoever asks for any port, and each test process walks
a stretch of its own, so that nobody takes a port between its choice and its use.
"""

import os
import socket
from typing import Final

LOOPBACK = "127.0.0.1"
FIRST: Final = 10_000
LAST: Final = 32_700
WIDE: Final = 200
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_SHARE: Final = (LAST - FIRST) // max(1, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
_START: Final = FIRST + _WORKER * _SHARE
_walked = os.getpid() * 97 % _SHARE


def free_port() -> int:
    """A port that is free on loopback for UDP and TCP, and so is the next one (SIP over TLS sits there)."""
    return _free(2, (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def free_range(count: int) -> int:
    """The first of `count` UDP ports in a row that are free on loopback; even, as RTP wants it.

    In a wide range, from which a server chooses those it gets, some may be taken.
    """
    return _free(count, (socket.SOCK_DGRAM,), spare=count // 10 if count >= WIDE else 0)


def _free(count: int, kinds: tuple[socket.SocketKind, ...], *, spare: int = 0) -> int:
    global _walked  # where this process has come to
    for _ in range(400):
        if _walked + count > _SHARE:
            _walked = 0
        first = (_START + _walked + 1) & ~1
        _walked += count + 2
        if _taken(range(first, first + count), kinds) <= spare:
            return first
    raise RuntimeError(f"no {count} free ports in a row on loopback")


def _taken(ports: range, kinds: tuple[socket.SocketKind, ...]) -> int:
    """How many of the ports are somebody's."""
    taken: set[int] = set()
    for port in ports:
        for kind in kinds:
            with socket.socket(socket.AF_INET, kind) as probe:
                try:
                    probe.bind((LOOPBACK, port))
                except OSError:
                    taken.add(port)
    return len(taken)
