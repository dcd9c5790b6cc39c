"""The load of `benchmarks.media`: many phones on one UDP socket, in a process of its own.

Sends and receives through sendmmsg/recvmmsg with headers written by numpy, so that a packet costs it less
than it costs the server; its CPU time is part of the answer. Arrivals carry the kernel's own time stamps.

Every packet carries the time it was sent: in a bridge, which gives it back, that tells the delay.

Talks JSON lines: prints {"port"}, reads {"targets": [ports], "warm_s", "seconds"}, prints {"warm"} when the
measured time begins and the result when it is over.
"""

import contextlib
import ctypes
import json
import os
import socket
import sys
import time
from typing import Any, Final

import numpy as np

SIZE: Final = 172
SLICES: Final = 4  # the phones are spread over the 20 ms, as real ones are
BATCH: Final = 1024
SO_RCVBUFFORCE: Final = 33
SO_TIMESTAMPNS: Final = 35
MSG_DONTWAIT: Final = 0x40
CONTROL: Final = 32
DELAY_MAX_MS: Final = 1000


class _IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]  # ctypes' own way


class _Header(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iov_length", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("length", ctypes.c_uint),
        ("padding", ctypes.c_uint),
    ]


assert ctypes.sizeof(_Header) == 64
_libc = ctypes.CDLL(None, use_errno=True)
Array = np.ndarray[Any, Any]


class _Batch:
    """Message headers over three numpy arrays: names (sockaddr_in), data, control."""

    def __init__(self, count: int, *, with_control: bool) -> None:
        self.names: Array = np.zeros((count, 16), np.uint8)
        self.data: Array = np.zeros((count, SIZE), np.uint8)
        self.control: Array = np.zeros((count, CONTROL), np.uint8)
        self.vectors = (_IoVec * count)()
        self.headers = (_Header * count)()
        for n in range(count):
            self.vectors[n] = _IoVec(self.data.ctypes.data + n * SIZE, SIZE)
            header = self.headers[n]
            header.name = self.names.ctypes.data + n * 16
            header.name_length = 16
            header.iov = ctypes.addressof(self.vectors) + n * ctypes.sizeof(_IoVec)
            header.iov_length = 1
            if with_control:
                header.control = self.control.ctypes.data + n * CONTROL
                header.control_length = CONTROL
        raw = np.frombuffer(memoryview(self.headers).cast("B"), np.uint8).reshape(count, 64)
        self.control_lengths: Array = raw[:, 40:48].view(np.uint64)

    def at(self, index: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(ctypes.addressof(self.headers) + index * 64)


class Load:
    """`targets` are the server's RTP ports on 127.0.0.1, one phone each."""

    def __init__(self, sock: socket.socket, targets: list[int]) -> None:
        self._fd = sock.fileno()
        self._count = len(targets)
        self._out = _Batch(self._count, with_control=False)
        self._in = _Batch(BATCH, with_control=True)
        ports = np.array(targets, ">u2")
        self._out.names[:, 0:2] = np.frombuffer(np.uint16(socket.AF_INET).tobytes(), np.uint8)
        self._out.names[:, 2:4] = ports.view(np.uint8).reshape(-1, 2)
        self._out.names[:, 4:8] = (127, 0, 0, 1)
        self._out.data[:, 0] = 0x80
        self._out.data[:, 8:12] = np.arange(self._count, dtype=">u4").view(np.uint8).reshape(-1, 4)
        self._out.data[:, 12:] = (np.arange(160) % 100 + 60).astype(np.uint8)
        self._header = self._out.data[:, 2:8]
        self._sent_at = self._out.data[:, 12:20]
        self.arrivals: list[tuple[Array, Array]] = []
        self.delays: list[Array] = []
        self.received = 0
        self.keeps = False

    def send(self, tick: int, part: int) -> None:
        """One slice of the phones sends its packet of this tick."""
        first, last = self._count * part // SLICES, self._count * (part + 1) // SLICES
        patch = (tick & 0xFFFF).to_bytes(2, "big") + (tick * 160 & 0xFFFF_FFFF).to_bytes(4, "big")
        self._header[first:last] = np.frombuffer(patch, np.uint8)
        self._sent_at[first:last] = np.frombuffer(time.time_ns().to_bytes(8, "little"), np.uint8)
        while first < last:
            done = _libc.sendmmsg(self._fd, self._out.at(first), last - first, 0)
            first += max(done, 1)

    def receive(self) -> None:
        """Everything that has arrived; who sent it and when, once `keeps` is set."""
        while True:
            self._in.control_lengths[:] = CONTROL
            count = _libc.recvmmsg(self._fd, self._in.at(0), BATCH, MSG_DONTWAIT, None)
            if count <= 0:
                return
            self.received += count
            if self.keeps:
                ports = self._in.names[:count, 2:4].copy().view(">u2").ravel()
                stamps = self._in.control[:count, 16:32].copy().view(np.int64)
                arrived = stamps[:, 0] * 1_000_000_000 + stamps[:, 1]
                self.arrivals.append((ports, arrived))
                self.delays.append(arrived - self._in.data[:count, 12:20].copy().view("<i8").ravel())
            if count < BATCH:
                return


def spacing_ms(arrivals: list[tuple[Array, Array]]) -> dict[str, float]:
    """How far the time between two packets of one call is from 20 ms."""
    ports = np.concatenate([ports for ports, _ in arrivals])
    stamps = np.concatenate([stamps for _, stamps in arrivals])
    order = np.lexsort((stamps, ports))
    gaps = np.diff(stamps[order])[np.diff(ports[order].astype(np.int32)) == 0] / 1e6
    off = np.abs(gaps - 20.0)
    return {
        "p50": float(np.percentile(off, 50)),
        "p99": float(np.percentile(off, 99)),
        "max": float(off.max()),
        "gaps": len(gaps),
    }


def delay_ms(delays: list[Array]) -> dict[str, float | None]:
    """What lay between sending a packet and its coming back, where it came back with its own sound."""
    all_ms = np.concatenate(delays) / 1e6
    own = all_ms[(all_ms >= 0) & (all_ms < DELAY_MAX_MS)]
    if len(own) < len(all_ms) / 2:
        return {"delay_p50": None, "delay_p99": None}
    return {"delay_p50": float(np.percentile(own, 50)), "delay_p99": float(np.percentile(own, 99))}


def main() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    for option in (socket.SO_RCVBUF, SO_RCVBUFFORCE):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, 16 << 20)
        except OSError:
            continue
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    print(json.dumps({"port": sock.getsockname()[1]}), flush=True)
    task = json.loads(sys.stdin.readline())
    load = Load(sock, task["targets"])
    with contextlib.suppress(OSError):  # as the media workers: other work on the machine is no late packet
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    start = began = time.monotonic()
    warm, total = (round(task["warm_s"] * 50), round((task["warm_s"] + task["seconds"]) * 50))
    cpu = sent_late = 0.0
    for tick in range(total):
        if tick == warm:
            load.keeps, load.received, cpu = True, 0, time.process_time()
            began = time.monotonic()
            print(json.dumps({"warm": True}), flush=True)
        for part in range(SLICES):
            due = start + (tick + part / SLICES) * 0.02
            delay = due - time.monotonic()
            if delay > 0:
                time.sleep(delay)
            sent_late = max(sent_late, -delay) if tick >= warm else 0.0
            load.send(tick, part)
            load.receive()
    cpu = time.process_time() - cpu
    result = {
        "cpu_s": cpu,
        "seconds": time.monotonic() - began,
        "received": load.received,
        "latest_send_ms": sent_late * 1000,
        **spacing_ms(load.arrivals),
        **delay_ms(load.delays),
    }
    print(json.dumps(result), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
