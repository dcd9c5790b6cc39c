"""`python -m benchmarks`: the figures of the README in one run, on this machine. docs/benchmarks.md explains them.

`python -m benchmarks soak` makes many short calls and looks at memory; `thread` looks at one customer among many.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks import ivr, offers, pyvoip, rate, siege, soak, thread
from benchmarks.machine import machine
from benchmarks.processes import PARTS
from benchmarks.shop import Shop, open_shop
from benchmarks.tables import Cell, p50_p99_max, show

TOPICS: Final = ("ivr", "rate", "offers", "pyvoip")
FLOOR: Final = (50, 30.0)  # calls a second, seconds: what must hold whatever else does


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(TOPICS), help=f"some of {', '.join(TOPICS)}")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--calls", default="50,100,200", help="at once, for ivr")
    parser.add_argument("--rates", default="25,50,100,200,300,400,500", help="calls a second, for rate")
    parser.add_argument("--offers", type=int, default=100)
    parser.add_argument("--pyvoip-calls", default="10,25,50,100,150,200", help="at once, until it fails")
    return parser.parse_args()


async def main() -> int:
    options = arguments()
    topics = options.only.split(",")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="threadline-bench-") as name:
        folder = Path(name)
        ours: dict[int, float] = {}
        if {"ivr", "rate", "offers"} & set(topics):
            async with open_shop(folder) as shop:
                if "ivr" in topics:
                    ours = await ivr_calls(shop, _numbers(options.calls), options.seconds)
                if "rate" in topics:
                    await call_rates(shop, folder, _numbers(options.rates), options.seconds)
                if "offers" in topics:
                    await offers_to_pops(shop, options.offers)
        if "pyvoip" in topics:
            await the_same_by_pyvoip(folder, _numbers(options.pyvoip_calls), options.seconds, ours)
    return 0


async def ivr_calls(shop: Shop, steps: list[int], seconds: float) -> dict[int, float]:
    """CPU milliseconds per call-second in all, by the number of calls."""
    costs = [await ivr.measure(shop, calls, seconds) for calls in steps]
    show(
        f"1. Calls in the menu, sound both ways, {seconds:.0f} s each: CPU milliseconds per call-second",
        ("calls", *PARTS, "sum", "load generator"),
        [
            (one.calls, *(one.cpu_ms[part] for part in PARTS), sum(one.cpu_ms.values()), one.spacing.load_ms)
            for one in costs
        ],
    )
    show(
        "   Memory in MB (resident; PostgreSQL's proportional), packets off their 20 ms in ms, packets heard",
        ("calls", *PARTS[:3], "p50", "p99", "max", "heard"),
        [
            (
                one.calls, *(one.memory_mb[part] for part in PARTS[:3]), f"{one.spacing.p50:.3f}",
                f"{one.spacing.p99:.3f}", one.spacing.max, f"{one.spacing.heard:.1%}",
            )
            for one in costs
        ],
    )  # fmt: skip
    print(f"  media processes: {shop.processes.count('media')}", flush=True)
    return {one.calls: sum(one.cpu_ms.values()) for one in costs}


async def call_rates(shop: Shop, folder: Path, rates: list[int], seconds: float) -> None:
    if shutil.which("sipp") is None:
        print("\n2. Calls per second: left out, SIPp is not installed (apt-get install sip-tester)")
        return
    floor = await rate.measure(shop, folder, *FLOOR, builtin=True)
    rungs = await rate.climb(shop, folder, rates=rates, seconds=seconds)
    headings = (
        "calls/s", "calls", "failed", "sent again", "answer ms", *PARTS, "sum", "SIPp", "cores", "behind s", "",
    )  # fmt: skip
    show(
        f"2. Answered calls per second from SIPp, CPU milliseconds per call; first its own `uac` for {FLOOR[1]:.0f} s",
        headings,
        [_rung(one) for one in (floor, *rungs)],
    )  # fmt: skip
    clean = [one.per_second for one in rungs if one.outcome.is_clean]
    print(f"  highest rate without a failure or a retransmission: {max(clean, default=0)}/s", flush=True)


def _rung(one: rate.Rung) -> list[Cell]:
    total = sum(one.cpu_ms.values())
    return [
        one.per_second, one.outcome.calls, one.outcome.failed, one.outcome.retransmissions, one.setup_ms,
        *(one.cpu_ms[part] for part in PARTS), total, one.load_ms, total * one.per_second / 1000, one.behind_s,
        one.failure,
    ]  # fmt: skip


async def offers_to_pops(shop: Shop, count: int) -> None:
    rows: list[list[Cell]] = []
    for beside in (0, 100):
        found = await offers.measure(shop, count, beside=beside)
        for what, values in (
            ("queue entered to pop on the page", found.from_queue),
            ("reservation committed to pop on the page", found.from_commit),
            ("pop on the page to INVITE at the phone", found.page_before_phone),
            ("agent says ready to INVITE at the phone", found.from_ready),
        ):
            rows.append([what, beside, *p50_p99_max(values)])
    show(
        f"3. From offer to pop, {count} offers one after the other, milliseconds; the offer message has "
        f"{found.pop_bytes / 1000:.0f} kB",
        ("", "other calls", "p50", "p99", "max"),
        rows,
    )


async def the_same_by_pyvoip(folder: Path, steps: list[int], seconds: float, ours: dict[int, float]) -> None:
    rows: list[list[Cell]] = []
    for one in await pyvoip.climb(folder, steps, seconds):
        mine, space = ours.get(one.calls), one.spacing
        rows.append(
            [
                one.calls, one.cpu_ms, mine, one.cpu_ms / mine if one.cpu_ms and mine else None, one.memory_mb,
                *((space.p50, space.p99, space.max, f"{space.heard:.1%}") if space else (None,) * 4),
                one.failure or "",
            ]
        )  # fmt: skip
    show(
        "4. The same playback by pyVoIP 1.6.8: CPU milliseconds per call-second, MB, packets off their 20 ms in ms",
        ("calls", "pyVoIP", "ours", "ratio", "memory", "p50", "p99", "max", "heard", "its end"),
        rows,
    )


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    if sys.argv[1:2] == ["soak"]:
        sys.exit(asyncio.run(soak.main(sys.argv[2:])))
    if sys.argv[1:2] == ["siege"]:
        sys.exit(asyncio.run(siege.main(sys.argv[2:])))
    if sys.argv[1:2] == ["thread"]:
        sys.exit(asyncio.run(thread.main(sys.argv[2:])))
    sys.exit(asyncio.run(main()))
