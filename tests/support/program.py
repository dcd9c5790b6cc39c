"""A child process of a test: its output as lines, its end as a value."""

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.eventlog import EventLog

PYTHON = sys.executable


class Program:
    """`async with Program("sipp", ...) as sipp:` runs it; leaving ends it by its own pid, politely first.

    Standard output and standard error are read together, a line at a time, and kept.
    """

    def __init__(
        self,
        *command: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        self._command: Sequence[str] = [str(word) for word in command]
        self._cwd = cwd
        self._env = env
        self.name = name or Path(self._command[0]).name
        self.lines: EventLog[str] = EventLog(self.name)
        self._transport: asyncio.SubprocessTransport | None = None
        self._exit: asyncio.Future[int] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._exit = loop.create_future()
        self._transport, _ = await loop.subprocess_exec(
            lambda: _Output(self._exited, self.lines),
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._cwd,
            env=self._env,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        return self._running().get_pid()

    def _running(self) -> asyncio.SubprocessTransport:
        assert self._transport is not None, f"{self.name} was not started"
        return self._transport

    def _exited(self) -> None:
        code = self._running().get_returncode()
        self.lines.close(f"ended with code {code}")
        if self._exit is not None and not self._exit.done():
            self._exit.set_result(code if code is not None else -1)

    @property
    def exit_code(self) -> int | None:
        return self._running().get_returncode()

    async def line(self, containing: str, *, timeout_s: float = 10) -> str:
        """The first line, past or future, that contains the text."""
        return await self.lines.find(
            lambda text: containing in text, timeout_s=timeout_s, what=f"line with {containing!r}"
        )

    async def ended(self, *, timeout_s: float) -> int:
        """The exit code. Raises TimeoutError with the last lines when it goes on running."""
        assert self._exit is not None
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(self._exit)
        except TimeoutError as exc:
            raise TimeoutError(f"{self.name} still runs after {timeout_s} s:\n{self.tail()}") from exc

    def send(self, number: signal.Signals) -> None:
        """Signals the process if it still runs."""
        if self.exit_code is None:
            self._running().send_signal(number)

    async def stop(self, *, patience_s: float = 5) -> None:
        """Asks it to end, then makes it; returns when it is gone and its output is read."""
        if self._transport is None:
            return
        if self.exit_code is None:
            self.send(signal.SIGTERM)
            try:
                await self.ended(timeout_s=patience_s)
            except TimeoutError:
                self.send(signal.SIGKILL)
                await self.ended(timeout_s=patience_s)
        self._transport.close()

    def tail(self, count: int = 30) -> str:
        """The last lines, for a failure's message."""
        return "\n".join(self.lines.all[-count:])


class _Output(asyncio.SubprocessProtocol):
    """Cuts what the child writes into lines."""

    def __init__(self, exited: Callable[[], None], lines: EventLog[str]) -> None:
        self._exited = exited
        self._lines = lines
        self._rest = b""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._lines.add(line.decode("utf-8", "replace").rstrip("\r"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._lines.add(self._rest.decode("utf-8", "replace"))
        self._exited()
