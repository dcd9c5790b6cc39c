"""Ports the operating system says are free, for peers that can't be told to choose one themselves."""

import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that is free on loopback for UDP and TCP, and so is the next one (SIP over TLS sits there)."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            first = int(probe.getsockname()[1])
        if first < 65535 and _are_free(range(first, first + 2)):
            return first
    raise RuntimeError("no pair of free ports on loopback")


def free_range(count: int) -> int:
    """The first of `count` UDP ports in a row that are free on loopback; even, as RTP wants it."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((LOOPBACK, 0))
            first = int(probe.getsockname()[1]) & ~1
        if first + count <= 65535 and _are_free(range(first, first + count), (socket.SOCK_DGRAM,)):
            return first
    raise RuntimeError(f"no {count} free UDP ports in a row on loopback")


def _are_free(
    ports: range, kinds: tuple[socket.SocketKind, ...] = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
) -> bool:
    with ExitStack() as probes:
        for port in ports:
            for kind in kinds:
                probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                try:
                    probe.bind((LOOPBACK, port))
                except OSError:
                    return False
    return True
