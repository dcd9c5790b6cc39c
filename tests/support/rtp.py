"""RTP of our own making for tests: packets, key presses in all their variants, a peer on a real socket.

Written against RFC 3550 and RFC 4733 without any code of the product, so that both can't be wrong alike.
"""

import asyncio
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np

from tests.support.audio import Sound, alaw_decode, mulaw_decode, mulaw_encode, silence
from tests.support.eventlog import EventLog
from tests.support.ports import LOOPBACK

KEYS: Final = "0123456789*#ABCD"
FRAME: Final = 160  # samples of 20 ms
PCMU, PCMA, EVENT = 0, 8, 101
Address = tuple[str, int]
Ending = Literal["three_ends", "missing_end"]


@dataclass(frozen=True, slots=True)
class Packet:
    """The parts of an RTP packet that tests look at."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes

    @classmethod
    def parse(cls, raw: bytes) -> "Packet":
        """Raises ValueError for what is no RTP version 2 packet."""
        if len(raw) < 12 or raw[0] >> 6 != 2:
            raise ValueError("no RTP version 2")
        flags, kind, sequence, timestamp, ssrc = struct.unpack_from(">BBHII", raw)
        start = 12 + 4 * (flags & 0x0F)
        return cls(kind & 0x7F, bool(kind & 0x80), sequence, timestamp, ssrc, raw[start:])

    def __bytes__(self) -> bytes:
        kind = self.payload_type | (0x80 if self.marker else 0)
        return struct.pack(">BBHII", 0x80, kind, self.sequence, self.timestamp, self.ssrc) + self.payload


@dataclass(frozen=True, slots=True)
class Timed:
    """A packet and when it leaves, in seconds from the start of the sending."""

    at_s: float
    packet: Packet


@dataclass(frozen=True, slots=True)
class Press:
    """One key: how long it is held and how its event ends on the wire (RFC 4733 section 2.5.1.4)."""

    key: str
    hold_ms: int = 100
    ending: Ending = "three_ends"


def speech(sound: Sound, *, ssrc: int = 0x5EED, sequence: int = 100, timestamp: int = 8000) -> list[Timed]:
    """A sound as mu-law packets of 20 ms."""
    whole = np.concatenate([sound, silence((-len(sound) % FRAME) / 8000)])
    body = mulaw_encode(whole)
    return [
        Timed(
            n * 0.02,
            Packet(
                PCMU, n == 0, (sequence + n) & 0xFFFF, timestamp + n * FRAME, ssrc, body[n * FRAME :][:FRAME]
            ),
        )
        for n in range(len(body) // FRAME)
    ]


def typing(
    presses: Sequence[Press],
    *,
    lead_s: float = 0.5,
    gap_s: float = 0.3,
    ssrc: int = 0x5EED,
    event: int = EVENT,
) -> list[Timed]:
    """Silence with key presses in it: the events stand in for the audio while a key is held."""
    made = speech(silence(lead_s), ssrc=ssrc)
    for press in presses:
        last = made[-1]
        made.extend(_event_packets(press, last, event))
        last, held = made[-1], max(1, press.hold_ms // 20)
        timestamp = made[-1].packet.timestamp + held * FRAME
        made.extend(
            Timed(last.at_s + 0.02 + each.at_s, each.packet)
            for each in speech(
                silence(gap_s), ssrc=ssrc, sequence=last.packet.sequence + 1, timestamp=timestamp
            )
        )
    return made


def _event_packets(press: Press, before: Timed, event: int) -> Iterator[Timed]:
    """One event: same timestamp throughout, growing duration, marker on the first packet."""
    timestamp = before.packet.timestamp + FRAME
    steps = max(1, press.hold_ms // 20)
    ends = 3 if press.ending == "three_ends" else 0
    for n in range(steps + ends):
        at_s = before.at_s + 0.02 * (min(n, steps - 1) + 1) + 0.001 * max(0, n - steps + 1)
        duration = min(n + 1, steps) * FRAME
        body = struct.pack(">BBH", KEYS.index(press.key), 10 | (0x80 if n >= steps else 0), duration)
        number = before.packet.sequence + 1 + n & 0xFFFF
        yield Timed(at_s, Packet(event, n == 0, number, timestamp, before.packet.ssrc, body))


def digits_in(packets: Iterable[Packet], *, event: int = EVENT) -> str:
    """The keys a correct receiver reads: one for each event, that is for each SSRC and timestamp."""
    seen: dict[tuple[int, int], str] = {}
    for packet in packets:
        if packet.payload_type == event and len(packet.payload) >= 4:
            seen.setdefault((packet.ssrc, packet.timestamp), KEYS[packet.payload[0]])
    return "".join(seen.values())


def sound_of(packets: Iterable[Packet]) -> Sound:
    """The audio laid out by RTP timestamp; what was lost or replaced by events is silence."""
    audio = [packet for packet in packets if packet.payload_type in (PCMU, PCMA)]
    if not audio:
        return silence(0)
    first = audio[0].timestamp
    places = [(packet.timestamp - first & 0xFFFFFFFF, packet) for packet in audio]
    heard = np.zeros(max(at + len(packet.payload) for at, packet in places if at < 1 << 24))
    for at, packet in places:
        if at < 1 << 24:
            decode = mulaw_decode if packet.payload_type == PCMU else alaw_decode
            heard[at : at + len(packet.payload)] = decode(packet.payload)
    return heard


def write_pcap(path: Path, packets: Sequence[Timed]) -> Path:
    """A capture that SIPp's play_pcap_audio plays: Ethernet, IPv4, UDP, one RTP packet each."""
    records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for timed in packets:
        rtp = bytes(timed.packet)
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
        address = bytes((127, 0, 0, 1))
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + address * 2 + udp
        frame = bytes(12) + b"\x08\x00" + ip
        micros = round((1 + timed.at_s) * 1_000_000)
        records.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)))
        records.append(frame)
    path.write_bytes(b"".join(records))
    return path


@dataclass
class RtpPeer:
    """A UDP socket that keeps every RTP packet it gets and can send some: `async with RtpPeer() as peer`."""

    host: str = LOOPBACK
    packets: EventLog[Packet] = field(default_factory=lambda: EventLog("rtp"))
    source: Address | None = None  # where the last packet came from: symmetric RTP answers there
    arrivals: list[float] = field(default_factory=list)  # monotonic seconds
    _transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self), local_addr=(self.host, 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()
        self.packets.close("the socket is closed")
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def send(self, packets: Sequence[Timed], to: Address | None = None) -> None:
        """Sends each packet at its time; to where packets come from when no address is given."""
        assert self._transport is not None
        to = to or self.source
        assert to is not None, "nobody sent anything yet, so there is nowhere to answer"
        loop = asyncio.get_running_loop()
        start = loop.time()
        for timed in packets:
            await asyncio.sleep(max(0.0, start + timed.at_s - loop.time()))
            self._transport.sendto(bytes(timed.packet), to)

    def digits(self) -> str:
        return digits_in(self.packets.all)

    def heard(self) -> Sound:
        return sound_of(self.packets.all)

    async def hears_digits(self, digits: str, *, timeout_s: float = 10) -> None:
        """Waits until these keys and no others have arrived, the last one with its end."""

        def complete(packet: Packet) -> bool:
            is_end = (
                packet.payload_type == EVENT and len(packet.payload) > 1 and bool(packet.payload[1] & 0x80)
            )
            return is_end and self.digits() == digits

        await self.packets.find(complete, timeout_s=timeout_s, what=f"keys {digits!r}")

    def received(self, raw: bytes, source: Address) -> None:
        try:
            packet = Packet.parse(raw)
        except ValueError:
            return
        self.source = source
        self.arrivals.append(asyncio.get_running_loop().time())
        self.packets.add(packet)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, peer: RtpPeer) -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._peer.received(data, (str(addr[0]), int(addr[1])))
