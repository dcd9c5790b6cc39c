"""The compiled half against the pure engine: the same packets in, the same out, whatever they are."""

import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony.media import messages as m
from telephony.media import rtp
from telephony.media.dtmf import EVENT
from telephony.media.g711 import FRAME
from telephony.media.native import build, lanes
from tests.integration.telephony.media.rig import DTMF, HOST, Phone, Rig

pytestmark = pytest.mark.integration

TICKS = 400


def noise(chance: random.Random, _: Phone) -> list[bytes]:
    return [chance.randbytes(chance.choice((0, 1, 11, 12, 13, 171, 172, 173, 1500, 2048, 3000)))]


def plain(chance: random.Random, phone: Phone) -> list[bytes]:
    packet = rtp.build(0, phone.seq, phone.timestamp, phone.ssrc, chance.randbytes(FRAME))
    phone.seq, phone.timestamp = phone.seq + 1, phone.timestamp + FRAME
    return [packet]


def lost(chance: random.Random, phone: Phone) -> list[bytes]:
    plain(chance, phone)
    return []


def twice(chance: random.Random, phone: Phone) -> list[bytes]:
    return plain(chance, phone) * 2


def swapped(chance: random.Random, phone: Phone) -> list[bytes]:
    return [*plain(chance, phone), *plain(chance, phone)][::-1]


def a_law(chance: random.Random, phone: Phone) -> list[bytes]:
    return [packet[:1] + b"\x08" + packet[2:] for packet in plain(chance, phone)]


def marked(chance: random.Random, phone: Phone) -> list[bytes]:
    return [packet[:1] + b"\x80" + packet[2:] for packet in plain(chance, phone)]


def short(chance: random.Random, phone: Phone) -> list[bytes]:
    return [packet[: chance.randrange(13, 172)] for packet in plain(chance, phone)]


def flipped(chance: random.Random, phone: Phone) -> list[bytes]:
    packet = bytearray(plain(chance, phone)[0])
    packet[chance.randrange(12)] ^= 1 << chance.randrange(8)
    return [bytes(packet)]


def jumped(chance: random.Random, phone: Phone) -> list[bytes]:
    phone.seq += chance.choice((40, 60, 200, 5000, 40000))
    phone.timestamp += chance.choice((0, 8000, 9000, 1 << 31))
    return plain(chance, phone)


def renewed(chance: random.Random, phone: Phone) -> list[bytes]:
    phone.ssrc = chance.getrandbits(32)
    return plain(chance, phone)


def key(chance: random.Random, phone: Phone) -> list[bytes]:
    at, seq = phone.timestamp, phone.seq
    phone.seq += 3
    phone.timestamp += 3 * FRAME
    return [
        rtp.build(DTMF, seq + n, at, phone.ssrc, EVENT.pack(5, 0x80 * (n == 2), (n + 1) * FRAME))
        for n in range(3)
    ]


RARE: list[Callable[[random.Random, Phone], list[bytes]]] = [
    noise, lost, twice, swapped, a_law, marked, short, flipped, jumped, renewed, key,
]  # fmt: skip
COMMANDS = ("hold", "back", "unbridge", "bridge", "digits", "record", "stop", "play", "none")


class Twin:
    """One of two engines that are told the same."""

    def __init__(self, rig: Rig, prompt: Path, tape: Path) -> None:
        self.rig = rig
        self.prompt, self.tape = str(prompt), tape
        self.phones = {"a": rig.call("a"), "b": rig.call("b", codec="pcma")}
        self.tapes = 0
        rig.do(m.Bridge("a", "b"))
        self.heard: dict[str, list[rtp.Packet]] = {"a": [], "b": []}
        self.last = self.phones["a"]

    def command(self, word: str) -> None:
        aim = m.Aim("a", HOST, self.phones["a"].port, "pcmu", 0, DTMF, receive=word != "hold")
        if word in ("hold", "back"):
            self.rig.do(aim)
        elif word == "bridge":
            self.rig.do(m.Bridge("a", "b"))
        elif word == "unbridge":
            self.rig.do(m.Unbridge("a", "b"))
        elif word == "digits":
            self.rig.do(m.SendDigits("b", "42"))
        elif word == "play":
            self.rig.do(m.Play("a", 1, (self.prompt,) * 2))
        elif word == "record":
            self.tapes += 1
            self.rig.do(m.Record("a", f"r{self.tapes}", f"{self.tape}{self.tapes}.wav"))
        elif word == "stop":
            self.rig.do(m.StopRecording("a", f"r{self.tapes}"))

    def send(self, leg: str, packets: list[bytes]) -> None:
        for packet in packets:
            self.phones[leg].sock.sendto(packet, self.phones[leg].target)

    def tick(self, in_between: bool) -> None:
        if in_between:
            self.rig.engine.relay(self.rig.now + 0.003)
        self.rig.tick()
        for leg, phone in self.phones.items():
            self.heard[leg].extend(phone.heard())

    def told(self) -> dict[str, list[tuple[int, int, bool, int, bytes]]]:
        """What the phones heard, with numbers and timestamps counted from each one's first."""
        return {
            leg: [
                (
                    (packet.seq - packets[0].seq) & 0xFFFF,
                    (packet.timestamp - packets[0].timestamp) & 0xFFFF_FFFF,
                    packet.marker,
                    packet.payload_type,
                    packet.payload,
                )
                for packet in packets
            ]
            for leg, packets in self.heard.items()
        }


@pytest.fixture
def twins(compiled: Path, tmp_path: Path) -> Iterator[list[Twin]]:
    (tmp_path / "p.ul").write_bytes(bytes(range(256)) * 20)
    rigs = [Rig(), Rig(lanes.NativeLanes(compiled))]
    yield [Twin(rig, tmp_path / "p.ul", tmp_path / f"{number}-") for number, rig in enumerate(rigs)]
    for rig in rigs:
        rig.close()


@pytest.mark.parametrize("seed", range(6))
def test_both_engines_make_the_same_of_the_same_packets(twins: list[Twin], seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    senders = {leg: Phone(ssrc=twins[0].phones[leg].ssrc, seq=65534) for leg in ("a", "b")}
    for sender in senders.values():
        sender.timestamp = (0xFFFF_FF00 + 4 * FRAME) & 0xFFFF_FFFF
    for _ in range(TICKS):
        word = chance.choice(COMMANDS) if chance.random() < 0.05 else "none"
        in_between = chance.random() < 0.5
        packets = {
            leg: (chance.choice(RARE) if chance.random() < 0.15 else plain)(chance, sender)
            for leg, sender in senders.items()
        }
        for twin in twins:
            twin.command(word)
            for leg in senders:
                twin.send(leg, packets[leg])
            twin.tick(in_between)
    for sender in senders.values():
        sender.close()
    first, second = (twin.told() for twin in twins)
    assert first == second
    assert len(first["b"]) > TICKS // 2
    for twin in twins:
        twin.rig.do(m.Report("a"), m.Report("b"))
    unlike = {"locked_to", "strangers"}
    reports = [
        [
            {name: value for name, value in told.stats.items() if name not in unlike}
            for told in twin.rig.all(m.Reported)
        ]
        for twin in twins
    ]
    assert reports[0] == reports[1]
    kinds = (m.Digit, m.PlayDone, m.RecordingClosed, m.AudioHealth)
    events = [[event for event in twin.rig.events if isinstance(event, kinds)] for twin in twins]
    assert events[0] == events[1]
    for tape in tmp_path.glob("0-*.wav"):
        assert tape.read_bytes() == tape.with_name("1" + tape.name[1:]).read_bytes()


def test_without_a_library_or_with_one_of_another_make_the_engine_is_pure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lanes, "library", lambda: tmp_path / "none.so")
    with caplog.at_level(logging.INFO):
        assert lanes.load() is None
    assert caplog.messages == ["media engine runs in plain Python"]


def test_a_library_made_for_other_structures_is_refused(
    compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "sizeof", lambda _: 1)
    with pytest.raises(lanes.NativeUnfit):
        lanes.NativeLanes(compiled)


def test_without_a_compiler_nothing_is_built_and_that_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert build.build(tmp_path) is None
    monkeypatch.setenv("CC", "false")
    assert build.build(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
