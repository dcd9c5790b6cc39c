"""A virus scanner, if there is one: clamd's socket, or a command that gets the file on its standard input."""

import asyncio
import logging
import shlex
import struct
from typing import Final, Protocol

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 60.0
CHUNK: Final = 64 * 1024


class ScanFailed(Exception):
    """The scanner gave no verdict."""


class Scanner(Protocol):
    """Says whether content is harmful."""

    async def __call__(self, data: bytes) -> bool:
        """True: infected. Raises ScanFailed."""
        ...


class Clamd:
    """clamd's INSTREAM over a Unix socket (clamd(8)); its `StreamMaxLength` must allow our largest file."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def __call__(self, data: bytes) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._ask(data)
        except (OSError, TimeoutError) as exc:
            raise ScanFailed from exc
        if answer.endswith(b"FOUND"):
            return True
        if answer.endswith(b"OK"):
            return False
        raise ScanFailed

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._path)
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(data), CHUNK):
                chunk = data[at : at + CHUNK]
                writer.write(struct.pack(">I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0\n ")
        finally:
            writer.close()


class Command:
    """Exit code 0: clean, 1: infected (as clamdscan); anything else is no verdict."""

    def __init__(self, line: str) -> None:
        self._words = shlex.split(line)

    async def __call__(self, data: bytes) -> bool:
        process = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                process = await asyncio.create_subprocess_exec(
                    *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )  # fmt: skip
                await process.communicate(data)
        except (OSError, TimeoutError) as exc:
            raise ScanFailed from exc
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode not in (0, 1):
            raise ScanFailed
        return process.returncode == 1


def scanner_of(text: str | None) -> Scanner | None:
    """`clamd:/run/clamav/clamd.ctl`, or a command line; None without."""
    if not text:
        return None
    kind, _, path = text.partition(":")
    return Clamd(path) if kind == "clamd" else Command(text)
