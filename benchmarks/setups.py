"""Calls a second: answered and hung up by `benchmarks.calls_load`, ever faster until something is said twice."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.machine import Cores
from benchmarks.processes import Usage, cpu_s, rss_mb, spent
from benchmarks.shop import CUSTOMERS, Shop, customer
from benchmarks.sip import HOST

HOLD_S: Final = 0.1
LINE_LIMIT: Final = 1 << 26
SETTLE_S: Final = 90.0
MEDIA_PORT: Final = 9  # where phones of these calls take their sound: nowhere


@dataclass(frozen=True, slots=True)
class Rung:
    """One rate. CPU milliseconds a call by part, and of the load; set-up from INVITE to 200 in milliseconds."""

    rate: int
    calls: int
    failed: int
    repeated: int
    cpu_ms: dict[str, float]
    load_ms: float
    p50: float
    p99: float
    why: str = ""

    @property
    def is_clean(self) -> bool:
        return not (self.failed or self.repeated)

    @property
    def total_ms(self) -> float:
        return sum(self.cpu_ms.values())


class Load:
    """The generator's process. `port` is where calls that are passed on are answered."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self.port = port

    async def run(self, server: tuple[str, int], number: str, rate: float, calls: int) -> Any:
        """What became of the calls."""
        task = {
            "server": server, "number": number, "rate": rate, "calls": calls, "hold_s": HOLD_S,
            "callers": [customer(n) for n in range(CUSTOMERS)], "media_port": MEDIA_PORT,
        }  # fmt: skip
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        return json.loads(await _line(self._process))


@asynccontextmanager
async def load(cores: Cores) -> AsyncIterator[Load]:
    with cores.of_load():
        process = await _start("benchmarks.calls_load")
    try:
        yield Load(process, json.loads(await _line(process))["port"])
    finally:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Alone:
    """The SIP stack without the rest of a server (`benchmarks.answerer`)."""

    pid: int
    sip: tuple[str, int]

    def usage(self) -> Usage:
        return Usage({"sip": cpu_s(self.pid)}, {"sip": rss_mb(self.pid)})


@asynccontextmanager
async def answerer(cores: Cores, far: int | None = None) -> AsyncIterator[Alone]:
    """One that answers by itself, or rings `far` first."""
    task = {"port": 0, "far": None if far is None else [HOST, far]}
    with cores.of_server():
        process = await _start("benchmarks.answerer", json.dumps(task))
    try:
        yield Alone(process.pid, (HOST, json.loads(await _line(process))["port"]))
    finally:
        process.kill()
        await process.wait()


async def climb(
    load: Load, server: tuple[str, int], number: str, usage: Callable[[], Usage], rates: Sequence[int],
    seconds: float, shop: Shop | None = None,
) -> list[Rung]:  # fmt: skip
    """Rung by rung until one is not clean, which is the last. Of a `shop` its calls' stories are waited for."""
    rungs: list[Rung] = []
    for rate in rates:
        rungs.append(await measure(load, server, number, usage, rate, round(rate * seconds), shop))
        if not rungs[-1].is_clean:
            break
    return rungs


async def measure(
    load: Load, server: tuple[str, int], number: str, usage: Callable[[], Usage], rate: int, calls: int,
    shop: Shop | None = None,
) -> Rung:  # fmt: skip
    before = usage()
    result = await load.run(server, number, rate, calls)
    if shop is not None:
        await settled(shop)
    used = spent(before, usage())
    times = result["setup_ms"] or [0.0]
    statuses: dict[str, int] = result["statuses"]
    return Rung(
        rate, calls, result["failed"], result["repeated"], {part: one * 1000 / calls for part, one in used.items()},
        result["cpu_s"] * 1000 / calls, times[len(times) // 2], times[len(times) * 99 // 100],
        max(statuses, key=lambda one: statuses[one]) if statuses else "",
    )  # fmt: skip


async def settled(shop: Shop) -> None:
    """Every call's story is in the database, or could not be in time."""
    async with asyncio.timeout(SETTLE_S):
        while await shop.calls_open():  # noqa: ASYNC110  # another process's doing: nothing of ours to wait on
            await asyncio.sleep(0.05)


async def _start(module: str, *words: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, stdin=PIPE, stdout=PIPE, limit=LINE_LIMIT
    )


async def _line(process: Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()
