"""`make bench-calls`: what calls cost and how many there can be, beside pyVoIP and, where one runs, Asterisk.

    python -m benchmarks.calls [--only spacing,delay,setups,pyvoip] [--max 400] [--seconds 6]
    ASTERISK=127.0.0.1:5070,100,101,102 python -m benchmarks.calls

The extensions of Asterisk play a file, Dial() and Dial() with MixMonitor; what it dials has to be 127.0.0.1:5099.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from benchmarks import pyvoip
from benchmarks.machine import Cores, machine
from benchmarks.peers import FAR, KINDS, Ours, Peer, asterisk
from benchmarks.processes import PARTS
from benchmarks.setups import Rung, answerer, climb, load
from benchmarks.shop import BRIDGE, MENU, Shop, open_shop
from benchmarks.spacing import FarEnd, Row, bridge_delay_ms, far_end, series
from benchmarks.tables import Cell, p50_p99_max, show
from tests.support.ports import free_port

TOPICS: Final = ("spacing", "delay", "setups", "pyvoip")
STEPS: Final = {"ivr": (100, 200, 400, 800, 1600), "bridge": (100, 200, 400, 800, 900, 1600)}
RECORDED_STEPS: Final = (100, 200, 400, 700, 800, 1600)
ALONE_RATES: Final = (250, 500, 1000, 1500, 2000)
THROUGH_RATES: Final = (100, 250, 500, 750)
SERVER_RATES: Final = (50, 100, 200, 300, 400, 500, 700)
SERVER_THROUGH_RATES: Final = (25, 50, 100, 150, 200)
Titles = Sequence[str]
SPACING_TITLES: Final = (
    "", "calls", "by", "control", "media", "postgres", "jobs", "sum", "ratio", "load", "MB a call", "p50", "p99", "max",
    "heard", "its end",
)  # fmt: skip
SETUP_TITLES: Final = (
    "", "calls/s", "calls", "failed", "said twice", "control", "media", "postgres", "sum", "load", "p50 ms",
    "p99 ms", "",
)  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calls", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--only", default=",".join(TOPICS), help=f"some of {', '.join(TOPICS)}")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--max", type=int, default=RECORDED_STEPS[-1], help="calls at once, and a second")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--together", action="store_true", help="load and server share all cores")
    return parser.parse_args()


async def main() -> int:
    options = arguments()
    topics = set(options.only.split(","))
    cores = Cores(apart=not options.together)
    print(machine(), flush=True)
    print("load on one core, server on one other" if cores.are_apart else "load and server share all cores")
    with tempfile.TemporaryDirectory(prefix="threadline-bench-") as name:
        bench = Bench(Path(name), cores, options)
        if "setups" in topics:
            await bench.stack_alone()
        if {"spacing", "delay", "setups"} & topics:
            await bench.whole_server(topics)
        if "pyvoip" in topics:
            await bench.pyvoip()
    return 0


class Bench:
    """One run; `ours` holds playback's cost by calls, for the ratios."""

    def __init__(self, folder: Path, cores: Cores, options: argparse.Namespace) -> None:
        self._folder = folder
        self._cores = cores
        self._most: int = options.max
        self._seconds: float = options.seconds
        self._kinds = [kind for kind in KINDS if kind in options.kinds.split(",")]
        self._ours: dict[tuple[str, int], float] = {}

    def _steps(self, steps: Sequence[int]) -> list[int]:
        return [step for step in steps if step <= self._most] or [self._most]

    # --- the SIP stack without the rest ---

    async def stack_alone(self) -> None:
        async with load(self._cores) as calls:
            async with answerer(self._cores) as alone:
                rungs = await climb(
                    calls, alone.sip, MENU, alone.usage, self._steps(ALONE_RATES), self._seconds
                )
            async with answerer(self._cores, far=calls.port) as alone:
                through = await climb(
                    calls, alone.sip, MENU, alone.usage, self._steps(THROUGH_RATES), self._seconds
                )
        show(
            "1. The SIP stack alone, answered and hung up calls a second: CPU milliseconds a call",
            SETUP_TITLES,
            [*(_rung("one leg", one) for one in rungs), *(_rung("B2BUA, two legs", one) for one in through)],
        )
        _say_highest("answered", rungs)
        _say_highest("through the B2BUA", through)

    # --- the whole server, and Asterisk ---

    async def whole_server(self, topics: set[str]) -> None:
        if "setups" in topics:
            await self._setups()
        if not {"spacing", "delay"} & topics:
            return
        port = free_port()
        async with AsyncExitStack() as stack:
            shop = await stack.enter_async_context(self._shop("calls", port))
            far = await stack.enter_async_context(far_end(port))
            if "spacing" in topics:
                await self._spacing(Ours(shop), far)
            if "delay" in topics:
                await _delay(Ours(shop), far)
        peer = asterisk()
        if peer is None:
            print(
                "\nAsterisk: none named (ASTERISK=HOST:PORT,PLAYBACK,DIAL,DIAL_WITH_MIXMONITOR)", flush=True
            )
            return
        async with far_end(FAR) as far:
            await self._spacing(peer, far)
            await _delay(peer, far)

    async def _setups(self) -> None:
        async with load(self._cores) as calls, self._shop("setups", calls.port) as shop:
            usage = shop.processes.usage
            await climb(calls, shop.sip, MENU, usage, [50], self._seconds, shop)  # plans and caches
            await shop.pool.execute("analyze")
            rungs = await climb(calls, shop.sip, MENU, usage, self._steps(SERVER_RATES), self._seconds, shop)
            through = await climb(
                calls, shop.sip, BRIDGE, usage, self._steps(SERVER_THROUGH_RATES), self._seconds, shop
            )
        show(
            "2. The whole server, flow, media and durable ledger included: CPU milliseconds a call",
            SETUP_TITLES,
            [
                *(_rung("menu, one leg", one) for one in rungs),
                *(_rung("passed on, two legs", one) for one in through),
            ],
        )
        _say_highest("answered", rungs)
        _say_highest("passed on", through)

    async def _spacing(self, peer: Peer, far: FarEnd) -> None:
        rows: list[Row] = []
        for kind in self._kinds:
            rows += await series(peer, kind, self._steps(STEPS.get(kind, RECORDED_STEPS)), self._seconds, far)
        if isinstance(peer, Ours):
            self._ours |= {(one.kind, one.calls): one.total_ms for one in rows if one.total_ms is not None}
        show(
            f"3. Calls at once, {peer.name}: CPU milliseconds per call-second, packets off their 20 ms in ms",
            SPACING_TITLES,
            [self._row(peer, one) for one in rows],
        )

    def _row(self, peer: Peer, one: Row) -> list[Cell]:
        cpu, space, mine = one.cpu_ms or {}, one.spacing, self._ours.get((one.kind, one.calls))
        is_ours = isinstance(peer, Ours)
        return [
            one.kind, one.calls, peer.name, *(cpu.get(part) for part in PARTS), one.total_ms,
            one.total_ms / mine if one.total_ms and mine and not is_ours else None,
            space.load_ms if space else None, one.mb_a_call,
            *((f"{space.p50:.3f}", f"{space.p99:.3f}", space.max, f"{space.heard:.1%}") if space else (None,) * 4),
            one.failure,
        ]  # fmt: skip

    def _shop(self, name: str, far: int) -> "_PinnedShop":
        return _PinnedShop(self._folder / name, self._cores, far)

    # --- pyVoIP ---

    async def pyvoip(self) -> None:
        rows: list[list[Cell]] = []
        for one in await pyvoip.climb(self._folder, [25, 50, *self._steps((100, 200))], self._seconds):
            mine, space = self._ours.get(("ivr", one.calls)), one.spacing
            rows.append(
                [
                    one.calls, one.cpu_ms, mine, one.cpu_ms / mine if one.cpu_ms and mine else None, one.memory_mb,
                    *((space.p50, space.p99, space.max, f"{space.heard:.1%}") if space else (None,) * 4),
                    one.failure or "",
                ]
            )  # fmt: skip
        show(
            "5. Playback by pyVoIP 1.6.8 (it answers a second late and bridges nothing): CPU ms per call-second, MB, ms",
            ("calls", "pyVoIP", "ours", "ratio", "memory", "p50", "p99", "max", "heard", "its end"),
            rows,
        )


class _PinnedShop:
    """A shop whose processes all live on the server's core, one media process among them."""

    def __init__(self, folder: Path, cores: Cores, far: int) -> None:
        folder.mkdir(parents=True)
        options = ("--media-workers", "1") if cores.are_apart else ()
        self._cores = cores
        self._shop = open_shop(folder, far=far, options=options)

    async def __aenter__(self) -> Shop:
        with self._cores.of_server():
            return await self._shop.__aenter__()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._shop.__aexit__(*exc_info)  # type: ignore[arg-type]  # as Python passes them


async def _delay(peer: Peer, far: FarEnd) -> None:
    delays = await bridge_delay_ms(peer, far)
    show(
        f"4. What a bridge adds, {peer.name}: milliseconds from a packet in to the same sound out",
        ("packets", "p50", "p99", "max"),
        [[len(delays), *p50_p99_max(delays)]] if len(delays) > 1 else [[len(delays), None, None, None]],
    )


def _rung(what: str, one: Rung) -> list[Cell]:
    cpu = one.cpu_ms
    return [
        what, one.rate, one.calls, one.failed, one.repeated, cpu.get("control", cpu.get("sip")), cpu.get("media"),
        cpu.get("postgres"), one.total_ms, one.load_ms, one.p50, one.p99, one.why,
    ]  # fmt: skip


def _say_highest(what: str, rungs: Sequence[Rung]) -> None:
    clean = [one for one in rungs if one.is_clean]
    if clean:
        print(f"  {what}, without a failure or a word said twice: {clean[-1].rate}/s", flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
