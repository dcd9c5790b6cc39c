"""Debian's linphonec, a phone without sound card or screen, told what to do on its standard input."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from tests.support.audio import Sound, read_mono
from tests.support.ports import free_range
from tests.support.program import Program

_SETTINGS: Final = """\
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
default_proxy=0
verify_server_certs=0
verify_server_cn=0
[rtp]
audio_rtp_port={rtp}
[misc]
store_friends=0
[proxy_0]
reg_proxy=<sip:{registrar};transport={transport}>
reg_identity=sip:{user}@{host}
reg_expires=120
reg_sendregister=1
[auth_info_0]
username={user}
passwd={password}
realm={realm}
"""


class Linphone:
    """One phone, from `async with` on; it records all it hears of its only call."""

    def __init__(
        self, folder: Path, user: str, password: str, registrar: str, transport: Literal["udp", "tcp"] = "tcp"
    ) -> None:
        self._folder = folder / f"linphone-{user}"
        self._registrar = registrar
        (self._folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self._pipe = self._folder / "commands"
        os.mkfifo(self._pipe)
        settings = self._folder / "linphonerc"
        settings.write_text(
            _SETTINGS.format(
                user=user, password=password, registrar=registrar, transport=transport, realm="threadline",
                host=registrar.partition(":")[0], rtp=free_range(2),
            )
        )  # fmt: skip
        self._commands = -1
        self._program = Program(
            "sh", "-c", f"exec stdbuf -oL linphonec -c {settings} <{self._pipe}",
            env={**os.environ, "HOME": str(self._folder)}, name="linphonec",
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        self._commands = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        await self._program.__aenter__()
        self.say("soundcard use files")
        self.say(f"record {self._folder / 'heard.wav'}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._program.__aexit__(kind, error, trace)
        os.close(self._commands)

    def say(self, command: str) -> None:
        """A line for linphonec: `call`, `terminate`, a key."""
        os.write(self._commands, f"{command}\n".encode())

    async def dial(self, number: str, *, timeout_s: float = 20) -> None:
        """Returns when the call is up."""
        self.say(f"call sip:{number}@{self._registrar}")
        await self.prints("connected", timeout_s=timeout_s)

    async def closed(self, *, timeout_s: float = 20) -> None:
        await self.prints("ended", timeout_s=timeout_s)

    async def prints(self, text: str, *, timeout_s: float = 20) -> None:
        """Waits for a line with this text, past or to come."""
        await self.works_until(lambda: any(text in line for line in self._program.lines.all), timeout_s, text)

    async def works_until(self, fact: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Without a terminal linphonec does something once for every line it is given: it is given empty ones."""
        try:
            async with asyncio.timeout(timeout_s):
                while not fact():
                    self.say("")
                    await asyncio.sleep(0.05)
        except TimeoutError as exc:
            raise TimeoutError(f"linphonec: no {what} in\n{self.log}") from exc

    @property
    def log(self) -> str:
        return "\n".join(line for line in self._program.lines.all if line.strip() != "linphonec>")

    @property
    def heard_s(self) -> float:
        """How long it has recorded, roughly: its file is 16-bit sound at 8 kHz."""
        file = self._folder / "heard.wav"
        return file.stat().st_size / 16_000 if file.exists() else 0.0

    def heard(self) -> Sound:
        """All it heard; the file is a whole one only after the phone's end."""
        return read_mono(self._folder / "heard.wav")
