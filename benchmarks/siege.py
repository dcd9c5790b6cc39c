"""`python -m benchmarks siege`: calls with sound while strangers flood, scan and spray; the same calls in peace beside.

The attackers (tests.support.siege) are processes of their own on this machine: what they cost is not the
server's, but it is missing on its cores.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import ivr
from benchmarks.machine import machine
from benchmarks.media import load_generator
from benchmarks.processes import PARTS, spent
from benchmarks.shop import RTP_PORTS, Shop, open_shop
from benchmarks.sip import open_phones
from benchmarks.tables import Cell, show

ROOT: Final = Path(__file__).parents[1]
FLOODERS: Final = ",".join(f"127.0.0.{number}" for number in range(10, 18))
SCANNERS: Final = "127.0.0.2,127.0.0.3"
SPRAYER: Final = "127.0.0.40"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of the calls: how many of them are still up, and what they and the server went through."""

    up: int
    spacing: ivr.Spacing
    cpu_s: dict[str, float]
    memory_mb: dict[str, float]
    attacks: dict[str, Any]


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks siege", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--flood", type=int, default=5000, help="INVITEs a second from strangers")
    return parser.parse_args(words)


async def main(words: list[str]) -> int:
    options = arguments(words)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="threadline-siege-") as name:
        async with open_shop(Path(name)) as shop:
            peace = await listen(shop, options.calls, options.seconds, None)
            siege = await listen(shop, options.calls, options.seconds, options.flood)
    rows = [_row("in peace", options.calls, peace), _row("besieged", options.calls, siege)]
    show(
        f"{options.calls} calls in the menu for {options.seconds:.0f} s; packets off their 20 ms in ms; memory in MB",
        ("", "calls", "still up", "p50", "p99", "max", "heard", *(f"{part} MB" for part in PARTS[:2])),
        rows,
    )
    show(
        "Cores used by the server",
        ("", *PARTS),
        [
            (name, *(one.cpu_s[part] / options.seconds for part in PARTS))
            for name, one in (("in peace", peace), ("besieged", siege))
        ],
    )
    for kind, report in siege.attacks.items():
        print(
            f"  {kind}: {report['sent']} sent in {report['seconds']} s, answers {report['answers']}",
            flush=True,
        )
    return 0 if siege.up == options.calls else 1


def _row(name: str, calls: int, one: Seen) -> list[Cell]:
    space = one.spacing
    return [
        name, calls, one.up, f"{space.p50:.3f}", f"{space.p99:.3f}", space.max, f"{space.heard:.1%}",
        *(one.memory_mb[part] for part in PARTS[:2]),
    ]  # fmt: skip


async def listen(shop: Shop, calls: int, seconds: float, flood: int | None) -> Seen:
    """`calls` customers hear the menu for so long; with `flood`, under attack from the first moment counted."""
    async with open_phones() as phones, load_generator() as (load, port):
        legs = await ivr.dial_many(phones, shop, calls, port)
        await ivr.tell(load, [leg.port for leg in legs], seconds)
        await ivr.said(load)
        before = shop.processes.usage()
        began = time.monotonic()
        async with attackers(shop, flood, seconds) as reports:
            result = await ivr.said(load)
            after, took_s = shop.processes.usage(), time.monotonic() - began
        up = await shop.calls_open()
        await ivr.hang_up_all(phones, legs)
    used = spent(before, after)
    return Seen(
        up, ivr.Spacing.read(result, calls, seconds), {part: used[part] * seconds / took_s for part in used},
        after.memory_mb, reports,
    )  # fmt: skip


@asynccontextmanager
async def attackers(shop: Shop, flood: int | None, seconds: float) -> AsyncIterator[dict[str, Any]]:
    """All at once; what each of them sent and heard is in the dictionary afterwards."""
    reports: dict[str, Any] = {}
    async with asyncio.TaskGroup() as tasks:
        if flood is not None:
            ports = f"{RTP_PORTS[0]}-{RTP_PORTS[1]}"
            rounds = max(1, round(seconds))  # each a packet to every port there is
            wanted = {
                "flood": (
                    "--from",
                    FLOODERS,
                    "--count",
                    str(round(flood * seconds)),
                    "--per-second",
                    str(flood),
                ),
                "scan": ("--from", SCANNERS, "--count", str(round(seconds * 10))),
                "spray": ("--from", SPRAYER, "--count", str(rounds), "--ports", ports),
            }
            for kind, words in wanted.items():
                tasks.create_task(_attack(shop, kind, words, reports), name=kind)
        yield reports


async def _attack(shop: Shop, kind: str, words: tuple[str, ...], reports: dict[str, Any]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.siege", kind, "--target", shop.server.sip_address, *words,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    reports[kind] = (
        json.loads(told) if process.returncode == 0 else {"sent": 0, "seconds": 0, "answers": "none"}
    )
