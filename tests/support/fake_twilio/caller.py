"""One call at Twilio: interprets our TwiML verb by verb, speaks Media Streams, tells status callbacks."""

import asyncio
import base64
import json
import time
import xml.etree.ElementTree as ElementTree
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import aiohttp

from tests.support.fake_twilio.messages import ACCOUNT, signature

if TYPE_CHECKING:
    from tests.support.fake_twilio.calls import CallState, FakeTwilioCalls

FRAME: Final = 160
FRAME_S: Final = 0.02
SILENCE: Final = b"\xff" * FRAME
REDIRECTS_MAX: Final = 10


class Ended(Exception):
    """The call is over, and the rest of its document is not read."""


class Tape:
    """A recording of her call: what she says left, what she is sent right; silence while it is paused."""

    def __init__(self) -> None:
        self.left, self.right = bytearray(), bytearray()
        self.is_paused = False

    def take(self, said: bytes, sent: bytes) -> None:
        quiet = b"\xff" * len(sent)
        self.left += quiet if self.is_paused else said
        self.right += quiet if self.is_paused else sent


class FakeCaller:
    """Somebody on the phone. `heard` is all she heard (mu-law), `marks` and `cleared` what the stream was told."""

    def __init__(self, twilio: "FakeTwilioCalls", state: "CallState", more: Mapping[str, str]) -> None:
        self.state = state
        self.heard = bytearray()
        self.documents: list[str] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.verbs: list[str] = []
        self.played: list[str] = []  # what Play and Say of a document were told
        self.pressed = ""  # keys that were pressed for her
        self.tapes: dict[str, Tape] = {}  # by Twilio's names of the recordings
        self.streams = 0
        self.cleared = 0
        self.frame_bytes = FRAME
        self.is_over = asyncio.Event()
        self.connected = asyncio.Event()
        self._twilio = twilio
        self._more = dict(more)
        self._told: list[dict[str, str]] = []  # by status callbacks
        self._to_say: deque[bytes] = deque()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: deque[bytes | str] = deque()  # sound to be played, and names of marks between it
        self._task: asyncio.Task[None] | None = None
        self._redirected: asyncio.Future[str] | None = None
        self._cut = False

    # --- what she does ---

    async def dial(self) -> None:
        """Rings; returns when Twilio has our first document."""
        self._begin()
        self.state.status = "ringing"
        status, document = await self.fetch(self._twilio.voice_url)
        if status != 200:
            await self._over("failed")
            return
        self._task = asyncio.get_running_loop().create_task(self._follow(document, self._twilio.voice_url))

    async def is_called(self, end: str) -> None:
        """Twilio rings her because we asked it to."""
        self._begin()
        for status in ("initiated", "ringing"):
            await self._tell(status)
        if end == "rings":
            return
        if end != "answer":
            await self._over(end)
            return
        await self._tell("in-progress")
        asked = self.state.asked
        if "AsyncAmdStatusCallback" in asked:
            await self.fetch(asked["AsyncAmdStatusCallback"], AnsweredBy=self._twilio.answered_by)
        document = asked.get("Twiml") or (await self.fetch(asked["Url"]))[1]
        self._task = asyncio.get_running_loop().create_task(self._follow(document, asked.get("Url", "")))

    def press(self, digits: str) -> None:
        for digit in digits:
            self._keys.put_nowait(digit)

    def speak(self, mulaw: bytes) -> None:
        """Says this, after what she is saying already."""
        self._to_say.extend(
            mulaw[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(mulaw), FRAME)
        )

    def hush(self) -> None:
        """Says no more of it."""
        self._to_say.clear()

    def says(self) -> bytes:
        """The next frame of it."""
        return self._to_say.popleft() if self._to_say else SILENCE

    def hears(self, frame: bytes, said: bytes = SILENCE) -> None:
        """What she is sent, while she says that."""
        self.heard += frame
        for tape in self.tapes.values():
            tape.take(said.ljust(len(frame), b"\xff"), frame)

    async def hang_up(self) -> None:
        if not self.is_over.is_set():
            await self._end("completed")

    async def ended_by_api(self) -> None:
        await self.hang_up()

    async def vanish(self) -> None:
        """The test is over."""
        await self._stop()

    async def cut(self) -> None:
        """The stream's socket breaks; the call goes on."""
        self._cut = True
        if self._socket is not None and self._socket._response.connection is not None:
            transport = self._socket._response.connection.transport
            if transport is not None:
                transport.abort()

    def redirect(self, document: str) -> None:
        """By REST, at once."""
        if self._redirected is not None and not self._redirected.done():
            self._redirected.set_result(document)

    # --- documents ---

    async def fetch(self, url: str, **more: str) -> tuple[int, str]:
        """Asks one of our doors as Twilio does."""
        form = self.form(**more)
        self.requests.append((url, form))
        status, body = await self._twilio.post(url, form)
        self.documents.append(body)
        return status, body

    def form(self, **more: str) -> dict[str, str]:
        state = self.state
        return {
            "CallSid": state.sid, "AccountSid": ACCOUNT, "From": state.shown, "To": state.to, "Called": state.to,
            "Caller": state.shown, "CallStatus": state.status, "ApiVersion": "2010-04-01", "Direction": state.direction,
            "FromCountry": "VN", **self._more, **more,
        }  # fmt: skip

    async def _follow(self, document: str, base: str) -> None:
        try:
            for _ in range(10_000):
                reading = asyncio.get_running_loop().create_task(self._interpret(document))
                self._redirected = asyncio.get_running_loop().create_future()
                try:
                    either: set[asyncio.Future[Any]] = {reading, self._redirected}
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not reading.done():
                        reading.cancel()
                        await asyncio.gather(reading, return_exceptions=True)
                if self._redirected.done() and not self._redirected.cancelled():
                    document = self._redirected.result()
                    self.documents.append(document)
                    continue
                target = reading.result()
                if target is None:
                    break
                url = urljoin(base, target[0])
                status, document = await self.fetch(url, **target[1])
                base = url
                if status != 200:
                    break
            await self._end("completed", is_inside=True)
        except Ended:
            return

    async def _interpret(self, document: str) -> tuple[str, dict[str, str]] | None:
        """Where to go next and with what, or None at the end of the document."""
        for verb in ElementTree.fromstring(document):  # our own
            self.verbs.append(verb.tag)
            if verb.tag == "Reject":
                await self._over("busy" if verb.get("reason") == "busy" else "no-answer")
                raise Ended
            self.state.status = "in-progress"
            self.connected.set()
            target = await self._do(verb)
            if target is not None:
                return target
        return None

    async def _do(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]] | None:
        match verb.tag:
            case "Hangup":
                await self._end("completed", is_inside=True)
            case "Redirect":
                return (verb.text or "", {})
            case "Pause":
                await asyncio.sleep(float(verb.get("length", "1")))
            case "Connect":
                await self._stream(verb[0])
            case "Play":
                await self._play(verb)
            case "Gather":
                return await self._gather(verb)
            case "Record":
                return await self._record(verb)
            case "Dial":
                return await self._dial(verb)
            case _:
                raise AssertionError(f"this fake knows no {verb.tag}")
        return None

    # --- step by step ---

    async def _play(self, verb: ElementTree.Element) -> None:
        if "digits" in verb.attrib:
            self.pressed += verb.attrib["digits"]
            return
        self.played.append(verb.text or "")
        async with self._twilio.client.get(verb.text or "") as answer:
            assert answer.status == 200, f"{verb.text} is {answer.status}"
            assert answer.content_type == "audio/ulaw"
            sound = await answer.read()
        times = int(verb.get("loop", "1")) or 10_000
        for _ in range(times):
            await self._hear(sound)

    async def _hear(self, sound: bytes) -> None:
        """In real time, a tenth of a second at once."""
        for at in range(0, len(sound), FRAME * 5):
            await asyncio.sleep(FRAME_S * 5)
            self.hears(sound[at : at + FRAME * 5])

    async def _gather(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]] | None:
        wanted, end_key = int(verb.get("numDigits", "100")), verb.get("finishOnKey", "#")
        playing = asyncio.get_running_loop().create_task(self._play_all(verb))
        digits, finished = "", ""
        try:
            first = asyncio.get_running_loop().create_task(self._keys.get())
            await asyncio.wait({playing, first}, return_when=asyncio.FIRST_COMPLETED)
            limit_s = float(verb.get("timeout", "5"))
            while len(digits) < wanted:
                key = await asyncio.wait_for(first if not digits else self._keys.get(), limit_s)
                if key == end_key:
                    finished = key
                    break
                digits += key
                playing.cancel()
        except TimeoutError:
            pass
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            if not first.done():
                first.cancel()
        if digits or finished or verb.get("actionOnEmptyResult") == "true":
            more = {"Digits": digits, **({"FinishedOnKey": finished} if finished else {})}
            return verb.attrib["action"], more
        return None

    async def _play_all(self, verb: ElementTree.Element) -> None:
        for one in verb:
            await self._play(one)

    async def _record(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]]:
        """Until silence, the end key or the longest; the file is there a moment later."""
        sid, taken, quiet, digits = self._twilio.sid("RE"), bytearray(), 0, ""
        longest = int(verb.get("maxLength", "3600")) * 50
        for _ in range(longest):
            await asyncio.sleep(FRAME_S)
            frame = self.says()
            taken += frame
            quiet = quiet + 1 if frame == SILENCE else 0
            if not self._keys.empty() and (digits := self._keys.get_nowait()):
                break
            if quiet > int(verb.get("timeout", "5")) * 50:
                break
        self._twilio.keep_recording(sid, bytes(taken))
        more = {"RecordingSid": sid, "RecordingUrl": f"{self._twilio.base_url}/{sid}", "Digits": digits}
        return verb.attrib["action"], {**more, "RecordingDuration": str(len(taken) // 8000)}

    async def _dial(self, verb: ElementTree.Element) -> tuple[str, dict[str, str]]:
        (noun,) = verb
        if noun.tag == "Conference":
            await self._twilio.conference(noun.text or "").attend(self, noun.attrib)
            return verb.attrib["action"], {"DialCallStatus": "answered"}
        assert noun.tag == "Sip", "this fake dials SIP and conferences only"
        status = await self._twilio.dial_sip(noun.text or "", self)
        return verb.attrib["action"], {"DialCallStatus": status}

    # --- the stream ---

    async def _stream(self, noun: ElementTree.Element) -> None:
        url = noun.attrib["url"]
        assert "?" not in url, "Twilio allows no query in a stream's address"
        parameters = {one.attrib["name"]: one.attrib["value"] for one in noun}
        headers = {"X-Twilio-Signature": signature(url, {}, self._twilio.token)}
        try:
            socket = await self._twilio.client.ws_connect(url, headers=headers, autoclose=True)
        except aiohttp.ClientError:
            return  # Twilio goes on with the next verb
        self._socket, self._cut = socket, False
        self.streams += 1
        stream = self._twilio.sid("MZ")
        await socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await socket.send_json(
            {
                "event": "start", "sequenceNumber": "1", "streamSid": stream,
                "start": {
                    "streamSid": stream, "accountSid": ACCOUNT, "callSid": self.state.sid, "tracks": ["inbound"],
                    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                    "customParameters": parameters,
                },
            }
        )  # fmt: skip
        pacing = asyncio.get_running_loop().create_task(self._pace(socket, stream))
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        finally:
            pacing.cancel()
            await asyncio.gather(pacing, return_exceptions=True)
            await socket.close()
            self._socket = None
            self._waiting.clear()

    def _take(self, told: dict[str, Any]) -> None:
        match told["event"]:
            case "media":
                self._waiting.append(base64.b64decode(told["media"]["payload"]))
            case "mark":
                self._waiting.append(told["mark"]["name"])
            case "clear":
                self.cleared += 1
                marks = [one for one in self._waiting if isinstance(one, str)]
                self._waiting = deque(marks)
            case other:
                raise AssertionError(f"Twilio knows no {other}")

    async def _pace(self, socket: aiohttp.ClientWebSocketResponse, stream: str) -> None:
        """Every 20 ms: a frame of hers to us, a frame of ours to her ear."""
        begun, number, sequence, gathered = time.monotonic(), 0, 2, b""
        try:
            while True:
                number += 1
                await asyncio.sleep(max(0.0, begun + number * FRAME_S - time.monotonic()))
                gathered += self.says()
                while len(gathered) >= self.frame_bytes:
                    frame, gathered = gathered[: self.frame_bytes], gathered[self.frame_bytes :]
                    payload = base64.b64encode(frame).decode()
                    media = {
                        "track": "inbound", "chunk": str(number), "timestamp": str(number * 20), "payload": payload
                    }  # fmt: skip
                    await self._send(socket, stream, sequence, "media", media)
                    sequence += 1
                for name in self._listen():
                    await self._send(socket, stream, sequence, "mark", {"name": name})
                    sequence += 1
                while not self._keys.empty():
                    key = {"track": "inbound_track", "digit": self._keys.get_nowait()}
                    await self._send(socket, stream, sequence, "dtmf", key)
                    sequence += 1
        except (ConnectionError, aiohttp.ClientError):
            return

    def _listen(self) -> list[str]:
        """Plays one frame of what waits; the marks that are reached."""
        reached: list[str] = []
        left = FRAME
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, str):
                reached.append(first)
                self._waiting.popleft()
                continue
            if left == 0:
                break
            self.heard += first[:left]
            if len(first) > left:
                self._waiting[0] = first[left:]
                left = 0
            else:
                left -= len(first)
                self._waiting.popleft()
        if left:
            self.heard += b"\xff" * left
        return reached

    async def _send(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        stream: str,
        sequence: int,
        event: str,
        what: dict[str, Any],
    ) -> None:
        await socket.send_json(
            {"event": event, "sequenceNumber": str(sequence), "streamSid": stream, event: what}
        )

    # --- the end ---

    def _begin(self) -> None:
        self._redirected = asyncio.get_running_loop().create_future()

    async def _end(self, status: str, *, is_inside: bool = False) -> None:
        """Hung up, by whomever."""
        if self.is_over.is_set():
            raise Ended
        self.state.status = status
        socket = self._socket
        if socket is not None and not socket.closed:
            stop = {"accountSid": ACCOUNT, "callSid": self.state.sid}
            with suppress(ConnectionError, aiohttp.ClientError):
                await socket.send_json(
                    {"event": "stop", "sequenceNumber": "999999", "streamSid": "", "stop": stop}
                )
        if not is_inside:
            await self._stop()
        await self._over(status)
        if is_inside:
            raise Ended

    def end_tape(self, sid: str) -> None:
        """The recording is there to be fetched."""
        tape = self.tapes.pop(sid)
        self._twilio.keep_recording(sid, bytes(tape.left), bytes(tape.right))

    async def _stop(self) -> None:
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _over(self, status: str) -> None:
        self.state.status = status
        self.is_over.set()
        for sid in list(self.tapes):
            self.end_tape(sid)
        await self._tell(status)

    async def _tell(self, status: str) -> None:
        self.state.status = status
        if not self.state.callback:
            return
        more = {"SequenceNumber": str(len(self._told))}
        if status == "completed":
            more["CallDuration"] = "7"
        self._told.append(self.form(**more))
        again = list(reversed(self._told)) if self._twilio.is_doubling else []
        for form in (self._told[-1], *again):
            with suppress(aiohttp.ClientError):
                await self._twilio.post(self.state.callback, form)
