"""A whole Threadline server as a process of its own, started by the command an operator types."""

import asyncio
import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from tests.support.ports import LOOPBACK, free_port, free_range
from tests.support.program import PYTHON, Program

ROOT = Path(__file__).resolve().parents[2]
_PASSWORD = re.compile(r"admin password:\s*(\S+)")


class ServerFailed(AssertionError):
    """The server did not come up, or not in time; the message holds its last lines."""


@dataclass
class ThreadlineServer:
    """`async with ThreadlineServer(tmp_path / "data") as server:` is a server that answers `/api/health`.

    It runs as an operator's does: asyncio's debug mode, which takes twice the time, is for servers in the test's own process.
    It listens on free loopback ports and keeps them and its data over `restart`. Leaving drains and ends it.
    `command` is "serve" or "demo"; `options` are further words of the command line.
    """

    data_dir: Path
    command: str = "serve"
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    rtp_port_count: int = 400
    start_timeout_s: float = 180

    def __post_init__(self) -> None:
        self.http_port = free_port()
        self.sip_port = free_port()
        first = free_range(self.rtp_port_count)
        self.rtp_ports = (first, first + self.rtp_port_count - 1)
        self._program: Program | None = None
        self._admin_password: str | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.terminate()

    # --- where it is ----------------------------------------------------------------------------

    @property
    def http_url(self) -> str:
        return f"http://{LOOPBACK}:{self.http_port}"

    @property
    def sip_address(self) -> str:
        """HOST:PORT of registrar and calls."""
        return f"{LOOPBACK}:{self.sip_port}"

    @property
    def admin_password(self) -> str:
        """What the first start printed. Raises ServerFailed when it printed none."""
        if self._admin_password is None:
            for line in self.program.lines.all:
                if match := _PASSWORD.search(line):
                    self._admin_password = match[1]
        if self._admin_password is None:
            raise ServerFailed(f"no line `admin password: …`:\n{self.log()}")
        return self._admin_password

    @property
    def program(self) -> Program:
        assert self._program is not None, "the server is not started"
        return self._program

    def log(self, count: int = 80) -> str:
        """The last lines the server wrote."""
        return self.program.tail(count)

    # --- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Starts the process and waits until it is healthy. Raises ServerFailed."""
        self._program = Program(
            PYTHON, "-m", "threadline", self.command,
            "--data-dir", self.data_dir,
            "--http", f"{LOOPBACK}:{self.http_port}",
            "--sip", self.sip_address,
            "--rtp-ports", f"{self.rtp_ports[0]}-{self.rtp_ports[1]}",
            *self.options,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONASYNCIODEBUG": "", **self.environment},
            name="threadline",
        )  # fmt: skip
        await self._program.__aenter__()
        try:
            await self._healthy()
        except BaseException:
            await self._program.stop()
            raise
        if any(_PASSWORD.search(line) for line in self._program.lines.all):
            _ = self.admin_password

    async def _healthy(self) -> None:
        try:
            async with asyncio.timeout(self.start_timeout_s), aiohttp.ClientSession() as client:
                while not await self._answers(client):
                    if self.program.exit_code is not None:
                        raise ServerFailed(f"ended with {self.program.exit_code}:\n{self.log()}")
                    await asyncio.sleep(0.05)
        except TimeoutError as exc:
            raise ServerFailed(f"not healthy after {self.start_timeout_s} s:\n{self.log()}") from exc

    async def _answers(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(f"{self.http_url}/api/health") as reply:
                return reply.status == 200
        except aiohttp.ClientError:
            return False

    async def terminate(self, *, patience_s: float = 45) -> int:
        """SIGTERM: the server drains and ends; returns its exit code. No-op when it has ended already."""
        if self.program.exit_code is None:
            self.program.send(signal.SIGTERM)
            try:
                await self.program.ended(timeout_s=patience_s)
            except TimeoutError:
                await self.program.stop()
                raise
        await self.program.stop()
        return self.program.exit_code if self.program.exit_code is not None else -1

    async def kill9(self) -> None:
        """The process dies at once, as in a power cut."""
        self.program.send(signal.SIGKILL)
        await self.program.ended(timeout_s=10)
        await self.program.stop()

    async def restart(self) -> None:
        """Starts again on the same data and ports; a running process is terminated first."""
        if self.program.exit_code is None:
            await self.terminate()
        await self.start()

    # --- as an API client -------------------------------------------------------------------------

    async def token(self, name: str = "test", role: str = "admin") -> str:
        """A bearer token made by the command line on the same data directory."""
        command = ("-m", "threadline", "token", "create", name, "--role", role, "--data-dir", self.data_dir)
        async with Program(PYTHON, *command, cwd=ROOT, name="token create") as program:
            code = await program.ended(timeout_s=30)
            if code != 0 or not program.lines.all:
                raise ServerFailed(f"token create ended with {code}:\n{program.tail()}")
            return program.lines.all[-1].split()[-1]
