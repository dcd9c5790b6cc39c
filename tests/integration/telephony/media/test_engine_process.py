"""The real worker process, its supervisor, and its death."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import soundfile

from telephony.errors import EngineLost, NoPorts
from telephony.media import messages as m
from telephony.media import wav
from telephony.media.client import MediaEngine
from telephony.media.g711 import FRAME, ULAW_SILENCE
from telephony.media.rtp import Packet
from tests.integration.telephony.media.rig import DTMF, HOST, Phone

pytestmark = pytest.mark.integration

PATIENCE_S = 10.0


class Desk:
    """Keeps what the engine tells."""

    def __init__(self, workers: int) -> None:
        self.events: list[m.Event] = []
        self.lost: list[frozenset[str]] = []
        self._changed = asyncio.Event()
        self.engine = MediaEngine(
            ports=(20000, 29999), on_event=self._on_event, on_lost=self._on_lost, workers=workers
        )

    def _on_event(self, event: m.Event) -> None:
        self.events.append(event)
        self._changed.set()

    def _on_lost(self, legs: frozenset[str]) -> None:
        self.lost.append(legs)
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def call(self, leg: str, phone: Phone, near: str | None = None) -> None:
        phone.target = (HOST, await self.engine.open(leg, HOST, near))
        self.engine.send(m.Aim(leg, HOST, phone.port, "pcmu", 0, DTMF))


@asynccontextmanager
async def desk(workers: int = 1) -> AsyncIterator[Desk]:
    one = Desk(workers)
    async with one.engine:
        yield one


async def hears(phone: Phone, count: int) -> list[Packet]:
    """The next `count` packets."""
    packets: list[Packet] = []
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_S):
        while len(packets) < count:
            data = await loop.sock_recv(phone.sock, 2048)
            phone_packet = phone.parse(data)
            packets.append(phone_packet)
    return packets


async def test_a_prompt_is_served_by_the_process(tmp_path: Path) -> None:
    audio = [bytes([n + 1]) * FRAME for n in range(30)]
    (tmp_path / "hello.ul").write_bytes(b"".join(audio))
    phone = Phone()
    async with desk() as one:
        await one.call("a", phone)
        one.engine.send(m.Play("a", 1, (str(tmp_path / "hello.ul"),)))
        await one.until(lambda: m.PlayDone("a", 1, "finished") in one.events)
        packets = await hears(phone, 31)
        one.engine.send(m.Close("a"))
        await one.until(lambda: isinstance(one.events[-1], m.Closed))
    payloads = [packet.payload for packet in packets if packet.payload != ULAW_SILENCE]
    assert payloads == audio[: len(payloads)]
    phone.close()


async def test_two_phones_hear_each_other_through_the_process() -> None:
    a, b = Phone(ssrc=1), Phone(ssrc=2)
    async with desk() as one:
        await one.call("a", a)
        await one.call("b", b)
        one.engine.send(m.Bridge("a", "b"))
        heard_a: set[bytes] = set()
        heard_b: set[bytes] = set()
        async with asyncio.timeout(PATIENCE_S):
            while b"\x0b" * FRAME not in heard_a or b"\x0a" * FRAME not in heard_b:
                a.say(b"\x0a" * FRAME)
                b.say(b"\x0b" * FRAME)
                heard_a.update(packet.payload for packet in await hears(a, 1))
                heard_b.update(packet.payload for packet in await hears(b, 1))
    a.close()
    b.close()


async def test_a_killed_engine_is_replaced_its_legs_told_and_its_recording_readable(tmp_path: Path) -> None:
    phone = Phone()
    path = tmp_path / "r.wav"
    async with desk() as one:
        await one.call("a", phone)
        one.engine.send(m.Record("a", "r", str(path)))
        said = 0
        async with asyncio.timeout(PATIENCE_S):
            while not path.exists() or path.stat().st_size < 3 * 8000:
                phone.say(b"\x0a" * FRAME)
                said += 1
                await hears(phone, 1)
        first = one.engine.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await one.until(lambda: bool(one.lost))
        assert one.lost == [frozenset({"a"})]
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await one.call("b", phone)
                    break
                except EngineLost:
                    await asyncio.sleep(0.05)
        assert one.engine.pid != first
        await hears(phone, 3)
    written = path.stat().st_size - wav.HEADER_SIZE
    with path.open("r+b") as file:
        for offset, value in wav.sizes(written):
            file.seek(offset)
            file.write(value)
    samples, _ = soundfile.read(path)
    assert len(samples) == written // 2
    assert said * FRAME - len(samples) <= 4000 + 3 * FRAME
    assert samples[-1, 0] != 0
    phone.close()


async def test_closing_the_engine_finishes_its_recordings(tmp_path: Path) -> None:
    phone = Phone()
    async with desk() as one:
        await one.call("a", phone)
        one.engine.send(m.Record("a", "r", str(tmp_path / "r.wav")))
        await hears(phone, 10)
        pid = one.engine.pid
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()
    assert soundfile.info(tmp_path / "r.wav").frames >= 8 * FRAME
    phone.close()


async def test_no_ports_left_is_an_error_of_its_own() -> None:
    async with MediaEngine(ports=(20001, 20002), on_event=lambda _: None, on_lost=lambda _: None) as engine:
        with pytest.raises(NoPorts):
            await engine.open("a", HOST)


async def test_digits_reach_the_loop_once() -> None:
    phone = Phone()
    async with desk() as one:
        await one.call("a", phone)
        for _ in range(3):
            phone.key(5, 800, is_end=True)
        await one.until(lambda: m.Digit("a", "5") in one.events)
        phone.timestamp += 4000
        phone.key(6, 800, is_end=True)
        await one.until(lambda: m.Digit("a", "6") in one.events)
        assert [event for event in one.events if isinstance(event, m.Digit)] == [
            m.Digit("a", "5"),
            m.Digit("a", "6"),
        ]
    phone.close()


HOLDER = """
import asyncio, sys
from telephony.media.client import MediaEngine
async def main():
    async with MediaEngine(ports=(20000, 29999), on_event=print, on_lost=print) as engine:
        print(engine.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_the_worker_ends_when_the_control_process_is_killed() -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    worker = int(await holder.stdout.readline())
    holder.kill()
    await holder.wait()
    async with asyncio.timeout(PATIENCE_S):
        await holder.stdout.read()
        while _runs(worker):
            await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
