"""The agents' end of benchmarks.sockets: many live sockets in one process, cheap enough not to be what is measured.

    python -m benchmarks.sockets_load HOST PORT      (started by benchmarks.sockets)

Frames are counted by their headers and the moment each message was due is found in its bytes; only every SAMPLED-th
agent's are read as JSON, and those must be his own thread's, each number once and in order. How late a timer of this
process is, and what CPU it takes, say whether it kept up.
"""

import asyncio
import base64
import json
import os
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Final, cast

from benchmarks.processes import cpu_s
from threadline.loop import calm_collector, loop_factory

SAMPLED: Final = 20
DUE: Final = re.compile(rb'"due":([0-9.]+),')
TEXT: Final = 0x81
PING: Final = 0x89
PONG: Final = b"\x8a\x80\0\0\0\0"
TICK_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Agent:
    token: str
    thread: str


@dataclass
class Heard:
    """What all sockets of this process heard. Times in milliseconds."""

    late: list[float] = field(default_factory=list)
    frames: int = 0
    read: int = 0
    faults: list[str] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    spent_s: float = 0.0


class Page(asyncio.Protocol):
    """One agent's socket: asks for his thread, then takes what comes."""

    def __init__(self, agent: Agent, host: str, heard: Heard, is_sampled: bool) -> None:
        self.agent, self.host, self.heard, self.is_sampled = agent, host, heard, is_sampled
        self.is_open = asyncio.Event()
        self._rest = b""
        self._seen: int | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /api/live?arrays=true HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {self.agent.token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        chunk = self._rest + data
        if not self.is_open.is_set():
            head, found, chunk = chunk.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            self._begin(head)
        end = self._take(chunk)
        self._rest = chunk[end:]
        self.heard.late += [(now - float(due)) * 1000 for due in DUE.findall(chunk, 0, end)]

    def _begin(self, head: bytes) -> None:
        assert head.startswith(b"HTTP/1.1 101"), head
        assert self._transport is not None
        watch = json.dumps({"type": "watch", "thread": self.agent.thread}).encode()
        self._transport.write(b"\x81%c\0\0\0\0%b" % (0x80 | len(watch), watch))
        self.is_open.set()

    def _take(self, chunk: bytes) -> int:
        """Goes through the whole frames of the chunk. Returns where the last one ends (RFC 6455, section 5.2)."""
        at = 0
        while len(chunk) - at >= 2:
            kind, size, begin = chunk[at], chunk[at + 1], at + 2
            if size > 125:
                wide = 2 if size == 126 else 8
                size, begin = int.from_bytes(chunk[begin : begin + wide]), begin + wide
            if len(chunk) < begin + size:
                break
            at = begin + size
            if kind == TEXT:
                self.heard.frames += 1
                if self.is_sampled:
                    self._read(chunk[begin:at])
            elif kind == PING and self._transport:
                self._transport.write(PONG)
        return at

    def _read(self, text: bytes) -> None:
        for one in json.loads(text):
            self.heard.read += 1
            if one["type"] == "hello":
                self._seen = one["seq"]
                continue
            assert self._seen is not None
            self._seen += 1
            if (one["seq"], one["data"]["thread"]) != (self._seen, self.agent.thread):
                self.heard.faults.append(f"{one['seq']} instead of {self._seen}, of {one['data']['thread']}")


async def listen(host: str, port: int) -> None:
    """Opens a socket for each agent of the first line of standard input, says so, listens until the second line."""
    agents = [Agent(**one) for one in json.loads(sys.stdin.readline())]
    heard, loop = Heard(), asyncio.get_running_loop()
    for number, agent in enumerate(agents):
        opened = partial(Page, agent, f"{host}:{port}", heard, number % SAMPLED == 0)
        _, page = await loop.create_connection(opened, host, port)
        await page.is_open.wait()
    print("open", flush=True)
    calm_collector()
    before_s = cpu_s(os.getpid())
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch_clock(heard.lag), name="clock")
        await asyncio.to_thread(sys.stdin.readline)
        watching.cancel()
    heard.spent_s = cpu_s(os.getpid()) - before_s
    print(json.dumps(asdict(heard)), flush=True)


async def _watch_clock(lag: list[float]) -> None:
    """How much later than asked a timer comes, milliseconds."""
    while True:
        due = time.monotonic() + TICK_S
        await asyncio.sleep(TICK_S)
        lag.append((time.monotonic() - due) * 1000)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(listen(sys.argv[1], int(sys.argv[2])))
