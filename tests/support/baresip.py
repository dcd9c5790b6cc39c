"""A real SIP phone under a test's fingers: Debian's baresip, headless, over its control socket.

The control protocol is JSON in netstrings over TCP (baresip's ctrl_tcp module). The phone speaks a WAV
file and records what it hears and says with its sndfile module.
"""

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np

from tests.support.audio import Found, Sound, find, find_tone, read_mono, silence, write_wav
from tests.support.eventlog import EventLog
from tests.support.ports import LOOPBACK, free_port, free_range
from tests.support.program import Program

Event = Mapping[str, Any]  # {"type": "CALL_ESTABLISHED", "param": ..., "peeruri": ..., "id": ...}

MODULES: Final = Path("/usr/lib/baresip/modules")
# baresip hangs up when its audio file ends, so every file is followed by this much silence.
PADDING_S: Final = 300.0

_CONFIG = """\
poll_method epoll
sip_listen {host}:{sip}
call_max_calls 4
call_local_timeout 120
audio_path {home}
audio_source aufile,{say}
audio_player aubridge,sink
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_ports {rtp}-{rtp_last}
rtcp_mux no
jitter_buffer_type fixed
jitter_buffer_delay 2-6
rtp_stats yes
net_interface {host}
module_path {modules}
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {recorded}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app debug_cmd.so
module ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the phone is. `registrar` is HOST:PORT, or None for a phone that is called directly.

    Over TLS it trusts `authority` and no other; `srtp` is baresip's word for it: srtp, srtp-mand.
    `proxy` is HOST:PORT that everything goes through.
    """

    user: str
    password: str = ""
    registrar: str | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    codecs: str = "pcmu,pcma"
    expires_s: int = 60
    srtp: Literal["srtp", "srtp-mand"] | None = None
    authority: Path | None = None
    proxy: str | None = None

    def line(self, *, auto_answer: bool) -> str:
        mode = "auto" if auto_answer else "manual"
        return (
            f"<sip:{self.user}@{self.registrar or LOOPBACK};transport={self.transport}>"
            f";auth_user={self.user};auth_pass={self.password};regint={self.expires_s if self.registrar else 0}"
            f";audio_codecs={self.codecs};answermode={mode};ptime=20"
            + (f";mediaenc={self.srtp}" if self.srtp else "")
            + (f';outbound="sip:{self.proxy};transport={self.transport}"\n' if self.proxy else "\n")
        )

    def modules(self) -> str:
        """What its configuration needs besides."""
        srtp = "module srtp.so\n" if self.srtp else ""
        return srtp + (f"sip_cafile {self.authority}\n" if self.authority else "")


class Baresip:
    """One phone, registered or not, from `async with` on until its end; files lie in `folder`.

    `says` is spoken from the moment a call is up, after `lead_s` of silence; `speak` changes it in a call.
    """

    def __init__(
        self,
        folder: Path,
        account: Account,
        *,
        says: Sound | None = None,
        lead_s: float = 0.5,
        auto_answer: bool = True,
    ) -> None:
        self.account = account
        self._folder = folder / f"baresip-{account.user}"
        self._says = says if says is not None else silence(0.1)
        self._lead_s = lead_s
        self._auto_answer = auto_answer
        self._numbers = itertools.count(1)
        self._control: _Control | None = None
        self._program: Program | None = None
        self._stack = AsyncExitStack()
        self._short = self._folder
        self.sip_port = 0
        self.events: EventLog[Event] = EventLog(f"phone {account.user}")

    # --- life ---------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        while self._folder.exists():  # a phone of that name was here before
            self._folder = self._folder.with_name(f"{self._folder.name}-again")
        (self._folder / "recorded").mkdir(parents=True)
        # baresip cuts paths off at 127 characters, so it gets a short name for the folder.
        short = Path(tempfile.mkdtemp(prefix="phone-"))
        (short / "it").symlink_to(self._folder)
        self._short = short / "it"
        (self._folder / "accounts").write_text(self.account.line(auto_answer=self._auto_answer))
        (self._folder / "contacts").write_text("")
        say = write_wav(self._folder / "say.wav", self._says, lead_s=self._lead_s, tail_s=PADDING_S)
        control, rtp = free_port(), free_range(20)
        self.sip_port = free_port()
        (self._folder / "config").write_text(
            _CONFIG.format(
                host=LOOPBACK, sip=self.sip_port, home=self._short, say=self._short / say.name, rtp=rtp, rtp_last=rtp + 19,
                modules=MODULES, recorded=self._short / "recorded", control=control,
            )
            + self.account.modules()
        )  # fmt: skip
        async with AsyncExitStack() as stack:
            stack.callback(shutil.rmtree, short, ignore_errors=True)
            name = f"baresip {self.account.user}"
            self._program = await stack.enter_async_context(
                Program("baresip", "-f", self._folder, "-v", name=name)
            )
            await self._program.line("baresip is ready")
            loop = asyncio.get_running_loop()
            transport, self._control = await loop.create_connection(
                lambda: _Control(self.events), LOOPBACK, control
            )
            stack.callback(transport.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def uri(self) -> str:
        """Where the phone can be called directly, without a registrar."""
        return f"sip:{self.account.user}@{LOOPBACK}:{self.sip_port}"

    @property
    def log(self) -> str:
        assert self._program is not None
        return self._program.tail(60)

    async def command(self, name: str, parameters: str = "") -> str:
        """Runs a baresip command and returns what it printed. Raises RuntimeError when it failed."""
        assert self._control is not None, "the phone is not started"
        token = str(next(self._numbers))
        reply = await self._control.ask({"command": name, "params": parameters, "token": token}, token)
        if not reply.get("ok"):
            raise RuntimeError(f"{self.account.user}: {name} {parameters}: {reply.get('data')}")
        return str(reply.get("data", ""))

    async def event(self, kind: str, *, timeout_s: float = 10) -> Event:
        """The next event of this type that was not waited for before."""
        return await self.events.take(lambda one: one["type"] == kind, timeout_s=timeout_s, what=kind)

    async def registered(self, *, timeout_s: float = 10) -> None:
        """Waits for the registrar's 200. The event may come before we listen, hence the question first."""
        async with asyncio.timeout(timeout_s):
            while "OK" not in (answer := await self.command("reginfo")):
                failed = [one for one in self.events.all if one["type"] == "REGISTER_FAIL"]
                if failed:
                    raise RuntimeError(
                        f"{self.account.user} can't register: {failed[-1].get('param')} {answer}"
                    )
                await asyncio.sleep(0.05)

    # --- calls ----------------------------------------------------------------------------------

    async def dial(self, target: str) -> None:
        """Calls a SIP URI, or a number at the registrar. Returns at once: await `established`."""
        if not target.startswith("sip:"):
            assert self.account.registrar, "a number needs a registrar"
            secret = ";transport=tls" if self.account.transport == "tls" else ""
            target = f"sip:{target}@{self.account.registrar}{secret}"
        await self.command("dial", target)

    async def incoming(self, *, timeout_s: float = 10) -> Event:
        """The phone rings; `peeruri` says who calls."""
        return await self.event("CALL_INCOMING", timeout_s=timeout_s)

    async def answer(self) -> None:
        await self.command("accept")

    async def established(self, *, timeout_s: float = 10) -> Event:
        return await self.event("CALL_ESTABLISHED", timeout_s=timeout_s)

    async def closed(self, *, timeout_s: float = 10) -> str:
        """Waits for the end of the call and says why it ended."""
        return str((await self.event("CALL_CLOSED", timeout_s=timeout_s)).get("param", ""))

    async def hang_up(self) -> None:
        """Ends or refuses the current call."""
        await self.command("hangup")

    async def hold(self) -> None:
        await self.command("hold")

    async def resume(self) -> None:
        await self.command("resume")

    async def press(self, digits: str) -> None:
        """Keys, one after the other, as RFC 4733 events; each is held about a quarter of a second."""
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.25)
            await self.command("sndcode", "\x04")
            await asyncio.sleep(0.1)

    async def speak(self, sound: Sound, *, lead_s: float = 0.1) -> None:
        """Says something else from now on, in the running call."""
        path = self._folder / f"say-{next(self._numbers)}.wav"
        write_wav(path, sound, lead_s=lead_s, tail_s=PADDING_S)
        await self.command("ausrc", f"aufile,{self._short / path.name}")

    async def digit(self, *, timeout_s: float = 10) -> str:
        """The next key the other side pressed."""
        return str((await self.event("CALL_DTMF_START", timeout_s=timeout_s))["param"])

    # --- what was recorded ----------------------------------------------------------------------

    def heard(self) -> Sound:
        """Everything the phone received, in order; complete once the call is closed."""
        return self._recorded("dec")

    async def hears(self, clip: Sound, *, score: float = 0.6, timeout_s: float = 15) -> Found:
        """Waits until the clip is on the recording of the running call, and says where.

        Raises TimeoutError with the best likeness so far.
        """
        found = Found(0.0, 0.0)
        try:
            async with asyncio.timeout(timeout_s):
                while (found := await asyncio.to_thread(lambda: find(clip, self.heard()))).score < score:
                    await asyncio.sleep(0.2)
        except TimeoutError as exc:
            raise TimeoutError(f"{self.account.user} did not hear the clip: at best {found}") from exc
        return found

    async def hears_tone(self, hertz: float, *, score: float = 0.8, timeout_s: float = 15) -> Found:
        """The same for a tone; `score` is its share of the energy of 100 ms."""
        found = Found(0.0, 0.0)
        try:
            async with asyncio.timeout(timeout_s):
                while (found := find_tone(hertz, self.heard())).score < score:
                    await asyncio.sleep(0.2)
        except TimeoutError as exc:
            raise TimeoutError(f"{self.account.user} did not hear {hertz} Hz: at best {found}") from exc
        return found

    def said(self) -> Sound:
        return self._recorded("enc")

    def _recorded(self, side: str) -> Sound:
        paths = sorted((self._folder / "recorded").glob(f"dump-*-{side}.wav"))
        return np.concatenate([silence(0), *(read_mono(path) for path in paths)])


class _Control(asyncio.Protocol):
    """Netstrings of JSON: answers go to who asked, events to the log."""

    def __init__(self, events: EventLog[Event]) -> None:
        self._events = events
        self._asked: dict[str, asyncio.Future[Event]] = {}
        self._transport: asyncio.WriteTransport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (colon := self._rest.find(b":")) > 0:
            size = int(self._rest[:colon])
            if len(self._rest) < colon + size + 2:
                return
            message = json.loads(self._rest[colon + 1 : colon + 1 + size])
            self._rest = self._rest[colon + size + 2 :]
            if message.get("event"):
                self._events.add(message)
            elif (asked := self._asked.pop(message.get("token", ""), None)) and not asked.done():
                asked.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self._events.close("the phone is gone")
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(ConnectionError("the phone is gone"))

    async def ask(self, message: Event, token: str) -> Event:
        assert self._transport is not None
        reply: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._asked[token] = reply
        body = json.dumps(message).encode()
        self._transport.write(b"%d:%s," % (len(body), body))
        async with asyncio.timeout(5):
            return await reply
