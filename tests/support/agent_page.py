"""An agent's page in Chromium that is also his telephone: what he hears is recorded; and a way to cut his live socket."""

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from playwright.async_api import Page
from scipy.io import wavfile
from scipy.signal import resample_poly

from tests.support.audio import RATE, Found, Sound, find, silence, spoken
from tests.support.ports import LOOPBACK

BROWSER_RATE = 48_000
# Chromium cleans up speech; a test's clip is to arrive as it is. Every connection's sound is kept, from its beginning to its end.
_EARS = """
(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = () =>
    open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  window.heard = [];
  const Plain = RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", (event) => {
        const context = (this.ear = new AudioContext({ sampleRate: 48000 }));
        const tape = context.createScriptProcessor(4096, 1, 1);
        tape.onaudioprocess = (frame) => {
          const said = frame.inputBuffer.getChannelData(0);
          window.heard.push(Int16Array.from(said, (one) => Math.max(-1, Math.min(1, one)) * 32767));
        };
        context.createMediaStreamSource(new MediaStream([event.track])).connect(tape);
        tape.connect(context.destination);
      });
    }
    close() {
      super.close();
      void this.ear?.close();
    }
  };
})();
"""
_TONE = """
(() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const voice = new OscillatorNode(context, { frequency: HERTZ });
    const said = new MediaStreamAudioDestinationNode(context);
    voice.connect(new GainNode(context, { gain: 0.08 })).connect(said);
    voice.start();
    return said.stream;
  };
})();
"""
_TAKE = """(from) => {
  const parts = window.heard.slice(from);
  const bytes = new Uint8Array(parts.length * 8192);
  parts.forEach((part, at) => bytes.set(new Uint8Array(part.buffer), at * 8192));
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}"""


def microphone(path: Path, clip: Sound, *, hertz: int | None = None, times: int = 60) -> Path:
    """What the agent says, `spoken` for long, as Chromium wants it."""
    words = np.concatenate([silence(1.0), spoken(clip, hertz, times=times)])
    loud = resample_poly(words, BROWSER_RATE, RATE)
    wavfile.write(path, BROWSER_RATE, np.round(np.clip(loud, -1, 1) * 32767).astype(np.int16))
    return path


class LiveProxy:
    """Stands between pages and server; its live sockets can be lost, while everything else goes on."""

    def __init__(self, port: int) -> None:
        """`port` is the server's."""
        self._behind = port
        self._is_cut = False
        self._live: set[asyncio.StreamWriter] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    def cut(self) -> None:
        """Live sockets are gone without a word, and new ones are refused, until `mend`."""
        self._is_cut = True
        for writer in self._live:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            self._live.discard(writer)
            self._open.discard(writer)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n")
        is_live = head.startswith(b"GET /api/live")
        if is_live and self._is_cut:
            return
        if is_live:
            self._live.add(writer)
        there, back = await asyncio.open_connection(LOOPBACK, self._behind)
        back.write(head)
        async with asyncio.TaskGroup() as tasks:
            ways = [tasks.create_task(_copy(reader, back)), tasks.create_task(_copy(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        back.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        return


@dataclass
class AgentPage:
    """`prepare` before the page is loaded. Who has a `tone` speaks it, in hertz, whatever Chromium's microphone says."""

    page: Page
    tone: int | None = None

    async def prepare(self) -> None:
        await self.page.add_init_script(_EARS)
        if self.tone is not None:
            await self.page.add_init_script(_TONE.replace("HERTZ", str(self.tone)))

    async def sign_in(self, url: str, login: str, password: str) -> None:
        await self.page.goto(url)
        await self.page.get_by_label("Login").fill(login)
        await self.page.get_by_label("Password").fill(password)
        await self.page.keyboard.press("Enter")
        await self.page.get_by_text("Connected", exact=True).wait_for()

    async def heard(self, since: int = 0) -> Sound:
        """Everything the agent heard since the page was loaded, or since `moment`."""
        taken = await self.page.evaluate(_TAKE, since)
        raw = np.frombuffer(base64.b64decode(taken), "<i2") / 32768
        return (
            np.asarray(resample_poly(raw, RATE, BROWSER_RATE), dtype=np.float64) if len(raw) else silence(0)
        )

    async def moment(self) -> int:
        """Now, for `heard`."""
        return int(await self.page.evaluate("() => window.heard.length"))

    async def hears(self, clip: Sound, *, score: float = 0.6) -> Found:
        """Waits until the clip is in it; the test's own limit ends the waiting."""
        while (found := find(clip, await self.heard())).score < score:
            await self.page.wait_for_timeout(300)
        return found
