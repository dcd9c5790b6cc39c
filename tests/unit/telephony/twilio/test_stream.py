"""A stream's sound on its way to the engine: whole packets, in order, never faster than they are spoken."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator

import pytest

from telephony.twilio import stream as streams
from telephony.twilio.frames import Start
from telephony.twilio.stream import MediaStream

pytestmark = pytest.mark.unit

START = Start("MZ1", "CA1", "AC1")


class Wire:
    """Keeps what is sent, and lets the test speak as the engine."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.at: list[float] = []
        self.say: Callable[[bytes], None] = _ignored

    def listen(self, on_rtp: Callable[[bytes], None], on_rtcp: Callable[[bytes], None]) -> None:
        self.say = on_rtp

    def rest(self) -> None:
        self.say = _ignored

    def send_rtp(self, packet: bytes) -> None:
        self.sent.append(packet)
        self.at.append(asyncio.get_running_loop().time())


class Socket:
    """Hands out texts, then says it is closed."""

    def __init__(self, *texts: str) -> None:
        self._texts: Iterator[str] = iter(texts)
        self.sent: list[str] = []
        self.more: asyncio.Event = asyncio.Event()

    async def receive(self) -> str | None:
        text = next(self._texts, None)
        if text is None:
            await self.more.wait()
        return text

    async def send(self, text: str) -> None:
        self.sent.append(text)


class Nobody:
    def __init__(self) -> None:
        self.keys = ""
        self.marks: list[str] = []

    def on_pressed(self, digit: str) -> None:
        self.keys += digit

    def on_marked(self, name: str) -> None:
        self.marks.append(name)


def _ignored(packet: bytes) -> None:
    """Nobody listens."""


def media(sound: bytes) -> str:
    return json.dumps({"event": "media", "media": {"payload": base64.b64encode(sound).decode()}})


async def test_frames_of_any_length_become_whole_packets_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BURST_MAX", 0)
    sound = bytes(range(250)) * 4
    socket, wire, nobody = Socket(media(sound[:7]), media(sound[7:500]), media(sound[500:])), Wire(), Nobody()
    socket.more.set()
    await MediaStream(START, socket, wire, nobody).run()  # type: ignore[arg-type]
    assert b"".join(packet[12:] for packet in wire.sent) == sound[:960]
    numbers = [int.from_bytes(packet[2:4], "big") for packet in wire.sent]
    times = [int.from_bytes(packet[4:8], "big") for packet in wire.sent]
    assert [(one - numbers[0]) & 0xFFFF for one in numbers] == [0, 1, 2, 3, 4, 5]
    assert [(one - times[0]) & 0xFFFFFFFF for one in times] == [0, 160, 320, 480, 640, 800]


async def test_a_burst_is_passed_on_in_time_and_not_at_once() -> None:
    socket, wire, nobody = Socket(media(b"\x01" * 160 * 5)), Wire(), Nobody()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(MediaStream(START, socket, wire, nobody).run(), name="stream")  # type: ignore[arg-type]
        while len(wire.at) < 5:
            await asyncio.sleep(0.005)
        socket.more.set()
    assert wire.at[-1] - wire.at[0] > 0.05, "five packets are a tenth of a second"


async def test_keys_marks_and_the_engines_sound_find_their_ways() -> None:
    key = json.dumps({"event": "dtmf", "dtmf": {"digit": "5"}})
    mark = json.dumps({"event": "mark", "mark": {"name": "play 1"}})
    socket, wire, nobody = Socket(key, "rubbish", mark), Wire(), Nobody()
    carried = MediaStream(START, socket, wire, nobody)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(carried.run(), name="stream")
        while not nobody.marks:
            await asyncio.sleep(0)
        wire.say(bytes(12) + b"\xfe" * 160)
        carried.clear()
        wire.say(bytes(12) + b"\xfd" * 160)
        carried.mark("play 2")
        while len(socket.sent) < 3:
            await asyncio.sleep(0)
        carried.close()
    assert (nobody.keys, nobody.marks, carried.malformed) == ("5", ["play 1"], 1)
    told = [json.loads(text) for text in socket.sent]
    assert [one["event"] for one in told] == ["clear", "media", "mark"], "what was cleared is not sent"
    assert base64.b64decode(told[1]["media"]["payload"]) == b"\xfd" * 160
