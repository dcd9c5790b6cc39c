"""Calls at once through a whole server: what a second of one costs, by kind, until the server no longer keeps up.

SIP is spoken by `benchmarks.sip`, which also answers what the server passes on; all sound, of both ends, is one
process of `benchmarks.media_load`. A bridged call has two legs and counts once.
"""

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks.ivr import WARM_S, Spacing, said, tell
from benchmarks.media import load_generator
from benchmarks.peers import Peer
from benchmarks.processes import Usage, spent
from benchmarks.shop import customer
from benchmarks.sip import HOST, CallFailed, Leg, Phones, open_phones

PER_SECOND: Final = 60
LEAST_HEARD: Final = 0.98
MOST_P99_MS: Final = 20.0
DELAY_PACKETS: Final = 400
COME_AGAIN: Final = 503
TRIES: Final = (
    5  # of a call that the server has no time to set up: how many there can be at once is the question
)
AGAIN_AFTER_S: Final = 2.0
AT_REST: Final = 0.2  # of a core, by all parts together; an idle one takes a tenth
REST_WITHIN_S: Final = 60.0
_RTP: Final = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Row:
    """One step of one kind. `cpu_ms` per call-second by part; `failure`: why it is the last one."""

    kind: str
    calls: int
    cpu_ms: dict[str, float] | None = None
    mb_a_call: float | None = None
    spacing: Spacing | None = None
    failure: str = ""

    @property
    def total_ms(self) -> float | None:
        return None if self.cpu_ms is None else sum(self.cpu_ms.values())


class FarEnd:
    """Answers every call that the server passes on; `ports`: where the server takes their sound."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones
        self.ports: list[int] = []
        self.media_port = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            invite = await self._phones.invites.get()
            self.ports.append(invite.audio_port)
            self._phones.answer(invite, self.media_port)

    async def has(self, calls: int) -> None:
        """Waits until so many came. Raises CallFailed."""
        for _ in range(300):
            if len(self.ports) >= calls:
                return
            await asyncio.sleep(0.05)
        raise CallFailed(f"only {len(self.ports)} of {calls} calls were passed on")


@asynccontextmanager
async def far_end(port: int) -> AsyncIterator[FarEnd]:
    async with open_phones(port) as phones, asyncio.TaskGroup() as tasks:
        far = FarEnd(phones)
        running = tasks.create_task(far.run(), name="far end")
        try:
            yield far
        finally:
            running.cancel()


async def series(peer: Peer, kind: str, steps: list[int], seconds: float, far: FarEnd) -> list[Row]:
    """Step by step until one fails; that one is the last."""
    idle = peer.usage()
    rows: list[Row] = []
    for calls in steps:
        await _at_rest(peer)
        try:
            rows.append(await _measure(peer, kind, calls, seconds, far, idle))
        except* CallFailed as failed:
            rows.append(Row(kind, calls, failure=f"not set up: {failed.exceptions[0]}"))
        if rows[-1].failure:
            break
    return rows


async def _measure(peer: Peer, kind: str, calls: int, seconds: float, far: FarEnd, idle: Usage) -> Row:
    far.ports.clear()
    async with open_phones() as phones, load_generator() as (load, port):
        far.media_port = port
        legs: list[Leg] = []
        try:
            await _dial(phones, peer, kind, calls, port, legs)
            if kind != "ivr":
                await far.has(calls)
        except BaseException:
            load.kill()
            await _hang_up(phones, legs)
            raise
        await asyncio.sleep(1.0)  # what the set-up left to be done
        targets = [leg.port for leg in legs] + (far.ports if kind != "ivr" else [])
        await tell(load, targets, seconds)
        await said(load)
        before = peer.usage()
        result = await said(load)
        after = peer.usage()
        await _hang_up(phones, legs)
    used = spent(before, after)
    spacing = Spacing.read(result, calls, seconds, len(targets))
    grown_mb = sum(after.memory_mb.values()) - sum(idle.memory_mb.values())
    per_call = {part: used[part] * 1000 / (calls * seconds) for part in used}
    return Row(kind, calls, per_call, grown_mb / calls, spacing, _failure(spacing))


async def _at_rest(peer: Peer) -> None:
    """What the step before left to be done (recordings to be sealed and transcribed) is no cost of the next."""
    for _ in range(int(REST_WITHIN_S)):
        before = peer.usage()
        await asyncio.sleep(1.0)
        if sum(spent(before, peer.usage()).values()) < AT_REST:
            return


def _failure(spacing: Spacing) -> str:
    if spacing.heard < LEAST_HEARD:
        return f"only {spacing.heard:.0%} of the packets came"
    if spacing.p99 > MOST_P99_MS:
        return f"p99 of the spacing is a packet late ({spacing.p99:.0f} ms)"
    return ""


async def _dial(phones: Phones, peer: Peer, kind: str, calls: int, media_port: int, legs: list[Leg]) -> None:
    """Adds each that is answered to `legs`. Raises CallFailed in a group."""

    async def dial(n: int) -> None:
        for is_last in (*[False] * (TRIES - 1), True):
            try:
                legs.append(await phones.dial(peer.sip, peer.numbers[kind], customer(n), media_port))
                return
            except CallFailed as failed:
                if is_last or failed.status != COME_AGAIN:
                    raise
            await asyncio.sleep(AGAIN_AFTER_S)

    async with asyncio.TaskGroup() as tasks:
        for n in range(calls):
            tasks.create_task(dial(n), name=f"call {n}")
            await asyncio.sleep(1 / PER_SECOND)


async def _hang_up(phones: Phones, legs: list[Leg]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for leg in legs:
            tasks.create_task(phones.hang_up(leg), name=f"bye {leg.call_id}")
            await asyncio.sleep(0.5 / PER_SECOND)
    await asyncio.sleep(WARM_S)


async def bridge_delay_ms(peer: Peer, far: FarEnd) -> list[float]:
    """How long the server holds the packets of a bridged call: each is marked, sent every 20 ms, and timed."""
    far.ports.clear()
    async with open_phones() as phones:
        with _socket() as near, _socket() as end:
            far.media_port = end.getsockname()[1]
            leg = await phones.dial(peer.sip, peer.numbers["bridge"], customer(1), near.getsockname()[1])
            await far.has(1)
            await asyncio.sleep(1.0)
            delays = await asyncio.to_thread(_time_packets, near, end, leg.port, far.ports[0])
        await phones.hang_up(leg)
    return delays


def _time_packets(near: socket.socket, end: socket.socket, near_port: int, end_port: int) -> list[float]:
    sent: dict[bytes, float] = {}
    delays: list[float] = []
    start = time.monotonic()
    for n in range(DELAY_PACKETS):
        head = _RTP.pack(0x80, 0, n & 0xFFFF, n * 160, 7)
        mark = secrets.token_bytes(160)
        _until(start + n * 0.02, end, sent, delays)
        end.sendto(_RTP.pack(0x80, 0, n & 0xFFFF, n * 160, 8) + b"\xff" * 160, (HOST, end_port))
        sent[mark] = time.monotonic()
        near.sendto(head + mark, (HOST, near_port))
    _until(time.monotonic() + 0.2, end, sent, delays)
    return delays[50:]


def _until(at: float, end: socket.socket, sent: dict[bytes, float], delays: list[float]) -> None:
    """Takes what comes until then."""
    while (left := at - time.monotonic()) > 0:
        end.settimeout(left)
        try:
            packet = end.recv(2048)
        except TimeoutError:
            return
        begun = sent.pop(packet[12:], None)
        if begun is not None:
            delays.append((time.monotonic() - begun) * 1000)


def _socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HOST, 0))
    return sock
