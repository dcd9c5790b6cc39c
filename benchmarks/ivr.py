"""Calls in a menu through the whole server: what a second of one costs, and how evenly its packets go out.

SIP is spoken by `benchmarks.sip`; all sound, both ways, is one process of `benchmarks.media_load`, which sends
what phones send and stamps arrivals with the kernel's clock.
"""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.media import load_generator
from benchmarks.processes import spent
from benchmarks.shop import MENU, Shop, customer
from benchmarks.sip import Leg, Phones, open_phones

PER_SECOND: Final = 50
WARM_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Spacing:
    """Milliseconds off the 20 between two packets of a call; `heard`: the share of the packets due that came."""

    p50: float
    p99: float
    max: float
    heard: float
    load_ms: float

    @classmethod
    def read(cls, result: dict[str, float], calls: int, seconds: float, legs: int | None = None) -> "Spacing":
        """`legs`: whose packets were counted, where a call has more than one."""
        return cls(
            result["p50"], result["p99"], result["max"], result["received"] / ((legs or calls) * 50 * seconds),
            result["cpu_s"] * 1000 / (calls * seconds),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds per call-second and megabytes, by part of the server."""

    calls: int
    cpu_ms: dict[str, float]
    memory_mb: dict[str, float]
    spacing: Spacing


async def measure(shop: Shop, calls: int, seconds: float) -> Cost:
    """`calls` customers listen to the menu, and send silence of their own, for so long."""
    async with open_phones() as phones, load_generator() as (load, port):
        legs = await dial_many(phones, shop, calls, port)
        await tell(load, [leg.port for leg in legs], seconds)
        await said(load)
        before = shop.processes.usage()
        result = await said(load)
        after = shop.processes.usage()
        await hang_up_all(phones, legs)
    used = spent(before, after)
    return Cost(
        calls, {part: used[part] * 1000 / (calls * seconds) for part in used}, after.memory_mb,
        Spacing.read(result, calls, seconds),
    )  # fmt: skip


@asynccontextmanager
async def listening(shop: Shop, phones: Phones, calls: int) -> AsyncIterator[None]:
    """So many customers are in the menu meanwhile, their sound included."""
    if not calls:
        yield
        return
    async with load_generator() as (load, port):
        legs = await dial_many(phones, shop, calls, port)
        await tell(load, [leg.port for leg in legs], 3600.0)
        await said(load)
        try:
            yield
        finally:
            load.kill()
            await hang_up_all(phones, legs)


async def dial_many(phones: Phones, shop: Shop, calls: int, media_port: int) -> list[Leg]:
    """Each from another customer, PER_SECOND of them a second. Raises CallFailed."""
    async with asyncio.TaskGroup() as tasks:
        dialling = []
        for n in range(calls):
            work = phones.dial(shop.sip, MENU, customer(n), media_port)
            dialling.append(tasks.create_task(work, name=f"call {n}"))
            await asyncio.sleep(1 / PER_SECOND)
    return [task.result() for task in dialling]


async def hang_up_all(phones: Phones, legs: list[Leg]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for leg in legs:
            tasks.create_task(phones.hang_up(leg), name=f"bye {leg.call_id}")
            await asyncio.sleep(0.5 / PER_SECOND)


async def tell(load: Process, targets: list[int], seconds: float) -> None:
    assert load.stdin is not None
    load.stdin.write(json.dumps({"targets": targets, "warm_s": WARM_S, "seconds": seconds}).encode() + b"\n")
    await load.stdin.drain()


async def said(load: Process) -> Any:
    """The load generator's next line."""
    assert load.stdout is not None
    return json.loads(await load.stdout.readline())
