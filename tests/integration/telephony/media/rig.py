"""An engine whose ticks the test makes, and phones on real UDP sockets; loopback delivers at once, nothing waits."""

import socket
from typing import Literal, TypeVar

from telephony.media import messages as m
from telephony.media import rtp
from telephony.media.dtmf import EVENT
from telephony.media.engine import Engine
from telephony.media.g711 import FRAME
from telephony.media.native.lanes import NativeLanes
from telephony.media.pacer import TICK_S
from telephony.media.ports import PortPool

HOST = "127.0.0.1"
DTMF = 101
E = TypeVar("E", bound=m.Event)


class Phone:
    """A peer: numbers its packets, keeps what it hears."""

    def __init__(self, ssrc: int = 0x1234, *, payload_type: int = rtp.PCMU, seq: int = 65530) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((HOST, 0))
        self.sock.setblocking(False)
        self.port: int = self.sock.getsockname()[1]
        self.target = (HOST, 0)
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.seq = seq
        self.timestamp = 0xFFFF_FF00

    def say(self, payload: bytes, *, payload_type: int | None = None) -> None:
        chosen = self.payload_type if payload_type is None else payload_type
        self.send(rtp.build(chosen, self.seq, self.timestamp, self.ssrc, payload))
        self.timestamp += len(payload)

    def send(self, packet: bytes) -> None:
        self.sock.sendto(packet, self.target)
        self.seq += 1

    def key(self, code: int, duration: int, *, is_end: bool = False, timestamp: int | None = None) -> None:
        at = self.timestamp if timestamp is None else timestamp
        self.send(rtp.build(DTMF, self.seq, at, self.ssrc, EVENT.pack(code, 0x80 * is_end | 10, duration)))

    def heard(self) -> list[rtp.Packet]:
        packets: list[rtp.Packet] = []
        while True:
            try:
                data = self.sock.recv(2048)
            except BlockingIOError:
                return packets
            packets.append(self.parse(data))

    def parse(self, data: bytes) -> rtp.Packet:
        packet = rtp.parse(data, len(data))
        assert packet is not None
        return packet

    def close(self) -> None:
        self.sock.close()


class Rig:
    """The engine under test. `events` is what it told so far."""

    def __init__(self, native: NativeLanes | None = None) -> None:
        self.events: list[m.Event] = []
        self.now = 1000.0
        self.engine = Engine(
            PortPool(20000, 29999),
            self.events.append,
            wall=lambda: 1_700_000_000.0,
            now=self.now,
            native=native,
        )
        self._phones: list[Phone] = []

    def do(self, *commands: m.Command) -> None:
        for command in commands:
            self.engine.handle(command, self.now)

    def phone(self, **how: int) -> Phone:
        phone = Phone(**how)
        self.adopt(phone)
        return phone

    def adopt(self, phone: Phone) -> None:
        """Close this one too in the end."""
        self._phones.append(phone)

    def call(
        self,
        leg: str,
        *,
        codec: Literal["pcmu", "pcma", "g722"] = "pcmu",
        learn: bool = True,
        dtmf: int | None = DTMF,
        receive: bool = True,
    ) -> Phone:
        """A leg in a call with a phone, its source locked, nothing left unheard."""
        payload_type = {"pcmu": rtp.PCMU, "pcma": rtp.PCMA, "g722": rtp.G722}[codec]
        phone = self.phone(ssrc=0x1000 + len(self._phones), payload_type=payload_type)
        self.do(m.Open(leg, HOST))
        phone.target = (HOST, self.last(m.Opened).port)
        self.do(m.Aim(leg, HOST, phone.port, codec, payload_type, dtmf, learn=learn, receive=receive))
        for _ in range(4):
            phone.say({"pcmu": b"\xff", "pcma": b"\xd5", "g722": b"\xfa"}[codec] * FRAME)
        self.tick()
        phone.heard()
        return phone

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.now += TICK_S
            self.engine.tick(self.now)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def digits(self, leg: str) -> str:
        return "".join(event.digit for event in self.all(m.Digit) if event.leg == leg)

    def stats(self, leg: str) -> dict[str, int | float | str | None]:
        self.do(m.Close(leg))
        return self.last(m.Closed).stats

    def close(self) -> None:
        self.engine.close()
        for phone in self._phones:
            phone.close()
