"""`python -m benchmarks soak --calls 100000`: short calls for long, and whether memory stays where it is.

What each part has allocated is looked at every few seconds: anonymous pages, in which a leak would be, and beside
them the shared pages, which are PostgreSQL's buffers and end where those do. After the first part of the calls
(tables of bounded size fill up: messages kept for tracing, transactions of the last 32 s) a line is laid through what
was seen; its slope is what a leak would be.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.machine import Cores, machine
from benchmarks.processes import PARTS
from benchmarks.setups import load, settled
from benchmarks.shop import MENU, Shop, open_shop
from benchmarks.tables import Cell, show

EVERY_S: Final = 10.0
WARM: Final = 0.4  # of all calls
SHOWN: Final = (*PARTS[:3], "shared")


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=150, help="calls a second")
    return parser.parse_args(words)


async def main(words: list[str]) -> int:
    options = arguments(words)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="threadline-soak-") as name:
        async with open_shop(Path(name)) as shop, load(Cores(apart=False)) as calls:
            seen: list[list[float]] = []
            began = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(_watch(shop, seen, began), name="memory")
                result = await calls.run(shop.sip, MENU, options.rate, options.calls)
                await settled(shop)
                watching.cancel()
            took_s = time.monotonic() - began
            rows = int(await shop.pool.fetchval("select count(*) from call where closed_at is not null"))
    print(
        f"{options.calls} calls in {took_s:.0f} s: {result['answered']} answered, {result['failed']} failed "
        f"{result['statuses'] or ''}, {result['repeated']} messages said twice; {rows} closed in the database",
        flush=True,
    )
    show(
        "Allocated memory in MB; shared: PostgreSQL's buffers, as far as they were touched",
        ("seconds", *SHOWN),
        _few(seen),
    )
    show(
        f"Slope after the first {WARM:.0%}: kilobytes a thousand calls",
        SHOWN,
        [slopes(seen, options.calls / took_s)],
    )
    return 0


async def _watch(shop: Shop, seen: list[list[float]], began: float) -> None:
    """[seconds, MB of each part], appended for ever."""
    while True:
        memory = await asyncio.to_thread(shop.processes.own_mb)
        seen.append([time.monotonic() - began, *(memory[part] for part in SHOWN)])
        await asyncio.sleep(EVERY_S)


def slopes(seen: list[list[float]], per_second: float) -> list[Cell]:
    """Kilobytes a thousand calls of each part, by least squares over what was seen once warm."""
    rows = np.array(seen)
    rows = rows[rows[:, 0] >= WARM * rows[-1, 0]]
    if len(rows) < 3:
        return [None] * len(SHOWN)
    return [
        float(np.polyfit(rows[:, 0] * per_second / 1000, rows[:, 1 + n] * 1024, 1)[0])
        for n in range(len(SHOWN))
    ]


def _few(seen: list[list[float]], count: int = 12) -> list[list[Cell]]:
    return [[round(row[0]), *row[1:]] for row in seen[:: max(1, len(seen) // count)]]
