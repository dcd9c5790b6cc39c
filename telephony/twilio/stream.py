"""One Media Streams WebSocket, joined to the wire of a leg: sound both ways, keys, marks."""

import asyncio
import logging
import secrets
import struct
from collections import deque
from typing import Final, Protocol

from telephony.edge.wire import Wire
from telephony.media.dtmf import DIGITS, parse_event
from telephony.twilio.frames import (
    FrameUnreadable,
    Marked,
    Pressed,
    Sound,
    Start,
    Stop,
    clear_text,
    mark_text,
    media_text,
    read_frame,
)
from telephony.twilio.tones import tone

log = logging.getLogger(__name__)

PACKET: Final = 160  # mu-law bytes: 20 ms
PACKET_S: Final = 0.02
BURST_MAX: Final = 15  # packets: what waits longer than 300 ms is passed on at once
WAITING_MAX: Final = 250  # messages: five seconds; a socket that takes none for so long has lost its end
_HEADER: Final = struct.Struct("!BBHII")
VERSION: Final = 0x80
PCMU: Final = 0
EVENTS: Final = 101  # RFC 4733, between the engine and us


class Socket(Protocol):
    """What carries the texts."""

    async def receive(self) -> str | None:
        """None: it is closed."""
        ...

    async def send(self, text: str) -> None:
        """Raises OSError when it is closed."""
        ...


class Listener(Protocol):
    """The leg whose stream it is."""

    def on_pressed(self, digit: str) -> None: ...

    def on_marked(self, name: str) -> None: ...


class Stopped(Exception):
    """Twilio said the stream is over, or a newer one took its place."""


class MediaStream:
    """From its `start` until `run` returns. Sound goes on to the wire in packets, the wire's on to the socket."""

    def __init__(self, start: Start, socket: Socket, wire: Wire, listener: Listener) -> None:
        self.start = start
        self.malformed = 0
        self._socket = socket
        self._wire = wire
        self._listener = listener
        self._rest = b""
        self._packets: deque[bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._source = secrets.randbits(32)
        self._waiting: deque[str] = deque()
        self._something = asyncio.Event()
        self._pressed_frames = 0  # of the key that our side presses at present
        self._is_closing = False

    async def run(self) -> None:
        """Until either side ends it; the wire is nobody's then."""
        self._wire.listen(self._from_engine, _drop)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write(), name="twilio stream out")
                await self._read()
                raise Stopped
        except* (Stopped, OSError):
            pass
        finally:
            self._is_closing = True
            if self._timer is not None:
                self._timer.cancel()
            self._wire.rest()

    def close(self) -> None:
        """After what is waiting has been sent."""
        self._is_closing = True
        self._something.set()

    def mark(self, name: str) -> None:
        """`on_marked` follows when everything sent so far has been played."""
        self._put(mark_text(self.start.stream, name))

    def clear(self) -> None:
        """What was sent and not played is dropped, here and at Twilio."""
        mine = [text for text in self._waiting if not text.startswith('{"event":"media"')]
        self._waiting.clear()
        self._waiting.extend(mine)
        self._put(clear_text(self.start.stream))

    # --- in ---

    async def _read(self) -> None:
        while (text := await self._socket.receive()) is not None:
            try:
                frame = read_frame(text)
            except FrameUnreadable as exc:
                self.malformed += 1
                log.debug("media stream message not understood", extra={"error": str(exc)})
                continue
            match frame:
                case Sound():
                    self._say(frame.payload)
                case Pressed():
                    self._listener.on_pressed(frame.digit)
                case Marked():
                    self._listener.on_marked(frame.name)
                case Stop():
                    return

    def _say(self, payload: bytes) -> None:
        """In packets of 20 ms, whatever came."""
        sound = self._rest + payload
        whole = len(sound) - len(sound) % PACKET
        self._rest = sound[whole:]
        self._packets.extend(sound[start : start + PACKET] for start in range(0, whole, PACKET))
        self._pass_on()

    def _pass_on(self) -> None:
        """One every 20 ms: TCP delivers late ones in bursts, which no phone's buffer would take."""
        now = self._loop.time()
        while self._packets and (now >= self._due or len(self._packets) > BURST_MAX):
            self._due = max(self._due, now - PACKET_S) + PACKET_S
            header = _HEADER.pack(VERSION, PCMU, self._sequence, self._timestamp, self._source)
            self._wire.send_rtp(header + self._packets.popleft())
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._timestamp = (self._timestamp + PACKET) & 0xFFFFFFFF
        if self._packets and self._timer is None:
            self._timer = self._loop.call_at(self._due, self._on_due)

    def _on_due(self) -> None:
        self._timer = None
        self._pass_on()

    # --- out ---

    def _from_engine(self, packet: bytes) -> None:
        """Our engine's packets have neither extensions nor contributing sources."""
        kind, payload = packet[1] & 0x7F, packet[_HEADER.size :]
        if kind == PCMU and payload:
            self._pressed_frames = 0
            self._put(media_text(self.start.stream, payload))
        elif kind == EVENTS and (press := parse_event(payload)) is not None and not press.is_end:
            sound = tone(DIGITS[press.code], self._pressed_frames)
            self._pressed_frames += 1
            self._put(media_text(self.start.stream, sound))

    def _put(self, text: str) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
        self._waiting.append(text)
        self._something.set()

    async def _write(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                await self._socket.send(self._waiting.popleft())
            if self._is_closing:
                raise Stopped


def _drop(_: bytes) -> None:
    """RTCP of the engine: a stream has no way to carry it."""
