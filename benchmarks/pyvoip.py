"""The same playback served by pyVoIP, a SIP client library: it registers with us and answers our calls.

It runs in a process of its own (`benchmarks.pyvoip_phone`) and is measured as the server is: CPU from /proc,
packets by the kernel's time stamps.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.ivr import Spacing, said, tell
from benchmarks.media import load_generator
from benchmarks.processes import cpu_s, rss_mb
from benchmarks.shop import write_speech
from benchmarks.sip import HOST, CallFailed, Leg, Phones, open_phones
from tests.support.ports import free_port, free_range

USER: Final = "pyvoip"
PER_SECOND: Final = 20
START_S: Final = 20.0
LEAST_HEARD: Final = 0.95
MOST_P99_MS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One step. `failure`: why it is the last one, None while it goes well."""

    calls: int
    cpu_ms: float | None = None
    memory_mb: float | None = None
    spacing: Spacing | None = None
    failure: str | None = None


async def climb(folder: Path, steps: list[int], seconds: float) -> list[Peer]:
    """Step by step, each with a fresh process, until it fails; the failure is the last of the list."""
    speech = folder / "pyvoip.wav"
    write_speech(speech, bits=8)
    found: list[Peer] = []
    for calls in steps:
        found.append(await measure(speech, calls, seconds))
        if found[-1].failure:
            break
    return found


async def measure(speech: Path, calls: int, seconds: float) -> Peer:
    async with (
        open_phones() as phones,
        _phone(speech, phones.port, calls) as process,
        load_generator() as (
            load,
            port,
        ),
    ):
        async with asyncio.timeout(START_S):
            address = await phones.registered
            await said(process)
        dialled = await _dial(phones, address, calls, port)
        legs = [leg for leg in dialled if leg is not None]
        if len(legs) < calls:
            load.kill()
            return Peer(calls, failure=f"{calls - len(legs)} calls were not answered")
        await tell(load, [leg.port for leg in legs], seconds)
        await said(load)
        before = cpu_s(process.pid)
        result = await said(load)
        used_ms = (cpu_s(process.pid) - before) * 1000 / (calls * seconds)
        memory_mb = rss_mb(process.pid)
        spacing = Spacing.read(result, calls, seconds)
    return Peer(calls, used_ms, memory_mb, spacing, _failure(spacing))


def _failure(spacing: Spacing) -> str | None:
    if spacing.heard < LEAST_HEARD:
        return f"only {spacing.heard:.0%} of the packets came"
    if spacing.p99 > MOST_P99_MS:
        return f"p99 of the spacing is a packet late ({spacing.p99:.0f} ms)"
    return None


async def _dial(phones: Phones, address: tuple[str, int], calls: int, media_port: int) -> list[Leg | None]:
    """None for a call that failed. pyVoIP answers a second after it is called."""

    async def one(n: int) -> Leg | None:
        try:
            return await phones.dial(address, USER, f"caller{n}", media_port)
        except CallFailed:
            return None

    async with asyncio.TaskGroup() as tasks:
        dialling = []
        for n in range(calls):
            dialling.append(tasks.create_task(one(n), name=f"call {n}"))
            await asyncio.sleep(1 / PER_SECOND)
    return [task.result() for task in dialling]


@asynccontextmanager
async def _phone(speech: Path, registrar: int, calls: int) -> AsyncIterator[Process]:
    first = free_range(2 * calls + 20)
    task = {
        "host": HOST, "registrar": registrar, "port": free_port(), "user": USER, "speech": str(speech),
        "rtp": [first, first + 2 * calls + 18],
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.pyvoip_phone", json.dumps(task), stdout=PIPE, stderr=asyncio.subprocess.DEVNULL
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
