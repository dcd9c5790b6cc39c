"""A bad line between a phone and the server: SIP goes through unharmed, audio loses, doubles and swaps packets.

The phone takes the line for its server (`address`), the server takes the line for the phone; the descriptions
that pass are rewritten so that audio and its reports come through here too. What was done to them is counted.
"""

import asyncio
import random
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self, cast

from tests.support.ports import LOOPBACK, free_range

Address = tuple[str, int]
_AUDIO: Final = re.compile(rb"(?m)^m=audio (\d+) ")
_LENGTH: Final = re.compile(rb"(?mi)^(Content-Length|l)[ \t]*:[ \t]*\d+")
_CALL_ID: Final = re.compile(rb"(?mi)^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)")
_OPTIONS: Final = re.compile(rb"(?mi)^CSeq[ \t]*:[ \t]*\d+[ \t]+OPTIONS")
_LATE_S: Final = 0.05  # what is held back goes on by itself when nothing follows it


@dataclass(frozen=True, slots=True)
class Chances:
    """How often a packet is lost, comes twice, or comes after the one behind it; the rest pass."""

    lost: float = 0.10
    doubled: float = 0.03
    swapped: float = 0.05


@dataclass(slots=True)
class Way:
    """One direction of one stream of audio, and what became of its packets."""

    chances: Chances
    dice: random.Random
    send: Callable[[bytes], None]
    lost: int = 0  # between the first and the last that passed: what a receiver can know of
    doubled: int = 0
    swapped: int = 0
    passed: int = 0
    _lost_since: int = 0
    _held: bytes | None = None
    _timer: asyncio.TimerHandle | None = None

    def carry(self, packet: bytes) -> None:
        fate, chances = self.dice.random(), self.chances
        if fate < chances.lost:
            self._lost_since += self.passed > 0
        elif fate < chances.lost + chances.swapped and self._held is None and self.passed:
            self._held = packet
            self._timer = asyncio.get_running_loop().call_later(_LATE_S, self._let_go)
        else:
            self._pass(packet)
            if fate > 1 - chances.doubled:
                self.doubled += 1
                self.send(packet)
            if self._held is not None:
                self.swapped += 1
                self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if self._timer is not None:
            self._timer.cancel()
        if held is not None:
            self._pass(held)

    def stop(self) -> None:
        """What is held back stays here."""
        if self._timer is not None:
            self._timer.cancel()

    def _pass(self, packet: bytes) -> None:
        self.lost += self._lost_since
        self._lost_since = 0
        self.passed += 1
        self.send(packet)


class _Socket(asyncio.DatagramProtocol):
    """A UDP socket that gives what it gets to a function."""

    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._take(data, (str(addr[0]), int(addr[1])))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def send(self, data: bytes, to: Address | None) -> None:
        if self.transport is not None and to is not None:
            self.transport.sendto(data, to)


@dataclass
class Stream:
    """The audio of one call: four sockets, each end sees an RTP and an RTCP port of ours.

    `up` leads to the server, `down` to the phone. `reports` are the whole RTCP packets that passed, by direction.
    """

    up: Way
    down: Way
    port: int  # even: towards the server; two further on: towards the phone
    phone: Address | None = None
    server: Address | None = None
    sockets: list[_Socket] = field(default_factory=list)
    reports: dict[str, list[bytes]] = field(default_factory=lambda: {"up": [], "down": []})

    async def open(self) -> None:
        takers = (self._from_server, self._report_down, self._from_phone, self._report_up)
        loop = asyncio.get_running_loop()
        for offset, take in enumerate(takers):
            made = _Socket(take)
            await loop.create_datagram_endpoint(lambda made=made: made, (LOOPBACK, self.port + offset))  # type: ignore[misc]
            self.sockets.append(made)

    def _from_server(self, data: bytes, source: Address) -> None:
        self.server = source
        self.down.carry(data)

    def _from_phone(self, data: bytes, source: Address) -> None:
        self.phone = source
        self.up.carry(data)

    def _report_down(self, data: bytes, source: Address) -> None:
        self.reports["down"].append(data)
        self.sockets[3].send(data, _next(self.phone))

    def _report_up(self, data: bytes, source: Address) -> None:
        self.reports["up"].append(data)
        self.sockets[1].send(data, _next(self.server))

    def to_phone(self, data: bytes) -> None:
        self.sockets[2].send(data, self.phone)

    def to_server(self, data: bytes) -> None:
        self.sockets[0].send(data, self.server)

    def close(self) -> None:
        self.up.stop()
        self.down.stop()
        for one in self.sockets:
            one.close()


def _next(address: Address | None) -> Address | None:
    return None if address is None else (address[0], address[1] + 1)


class LossyLine:
    """`async with LossyLine(server.port, seed) as line:` a phone whose registrar is `line.address` is behind it."""

    def __init__(self, server_port: int, seed: int, chances: Chances | None = None) -> None:
        self._server: Address = (LOOPBACK, server_port)
        self._phone: Address | None = None
        self._dice = random.Random(seed)
        self._chances = chances or Chances()
        self._near = _Socket(self._from_phone)
        self._far = _Socket(self._from_server)
        self._opening = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self.streams: dict[bytes, Stream] = {}
        self.port = 0

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def stream(self) -> Stream:
        """The audio of the latest call."""
        return next(reversed(self.streams.values()))

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self.port = free_range(2)
        await loop.create_datagram_endpoint(lambda: self._near, (LOOPBACK, self.port))
        await loop.create_datagram_endpoint(lambda: self._far, (LOOPBACK, self.port + 1))
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        try:
            await self._tasks.__aexit__(None, None, None)  # a message takes no time worth cancelling
        finally:
            for one in (self._near, self._far):
                one.close()
            for stream in self.streams.values():
                stream.close()
        await asyncio.sleep(0)

    # --- signalling ---------------------------------------------------------------------------------

    def _from_phone(self, data: bytes, source: Address) -> None:
        self._phone = source
        self._forward(data, "up", lambda changed: self._far.send(changed, self._server))

    def _from_server(self, data: bytes, source: Address) -> None:
        shown = b"%s:%d" % (LOOPBACK.encode(), self._server[1])
        lines = data.split(b"\r\n")
        for number, line in enumerate(lines):
            if line.lower().startswith(b"contact:"):
                lines[number] = line.replace(shown, self.address.encode())
        self._forward(b"\r\n".join(lines), "down", lambda changed: self._near.send(changed, self._phone))

    def _forward(self, data: bytes, way: str, send: Callable[[bytes], None]) -> None:
        """In order: a description waits until the sockets it is to name are there, and so does what follows it."""
        assert self._tasks is not None

        async def pass_on() -> None:
            async with self._opening:
                send(await self._with_our_ports(data, way))

        self._tasks.create_task(pass_on(), name="a message on the bad line")

    async def _with_our_ports(self, data: bytes, way: str) -> bytes:
        head, blank, body = data.partition(b"\r\n\r\n")
        found, call = _AUDIO.search(body), _CALL_ID.search(head)
        if (
            found is None or call is None or _OPTIONS.search(head)
        ):  # which phones answer with a description too
            return data
        stream = await self._stream_of(call[1])
        theirs = (LOOPBACK, int(found[1]))
        if way == "up":
            stream.phone, ours = theirs, stream.port
        else:
            stream.server, ours = theirs, stream.port + 2
        body = _AUDIO.sub(b"m=audio %d " % ours, body)
        return _LENGTH.sub(b"Content-Length: %d" % len(body), head) + blank + body

    async def _stream_of(self, call: bytes) -> Stream:
        if call not in self.streams:
            up, down = (
                Way(self._chances, random.Random(self._dice.random()), lambda data: None) for _ in "ud"
            )
            made = Stream(up, down, free_range(4))
            made.up.send, made.down.send = made.to_server, made.to_phone
            await made.open()
            self.streams[call] = made
        return self.streams[call]


def lost_as_reported(reports: list[bytes]) -> list[int]:
    """The cumulative losses that the sender and receiver reports among these RTCP packets tell, in order."""
    told: list[int] = []
    for data in reports:
        at = 0
        while at + 8 <= len(data):
            flags, kind, words = struct.unpack_from(">BBH", data, at)
            block = at + {200: 28, 201: 8}.get(kind, len(data))
            if flags & 0x1F and block + 24 <= len(data):
                told.append(struct.unpack_from(">I", data, block + 4)[0] & 0xFFFFFF)
            at += 4 * (words + 1)
    return told
