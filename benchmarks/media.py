"""What a call costs the media engine: `python -m benchmarks.media [--seconds 8] [--calls 50,100,200]`.

CPU time is the worker's own from /proc (nanoseconds, wall time and other processes don't enter it), packet
spacing is taken from the kernel's receive time stamps at the load generator. A bridged call has two legs; its
delay is that of a packet from one phone to the other. With `--kinds bridge,listen,conference` a third leg listens to
the bridge, or all three hear each other. THREADLINE_MEDIA_PURE=1 leaves out the compiled half.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telephony.media import messages as m
from telephony.media.client import MediaEngine

HOST = "127.0.0.1"
PORTS = (20000, 31999)
SIDES = {"ivr": "a", "bridge": "ab", "bridge+record": "ab", "listen": "abc", "conference": "abc"}


@dataclass(frozen=True, slots=True)
class Figures:
    """One row. `server_ms` and `load_ms` are CPU milliseconds per call-second."""

    kind: str
    calls: int
    server_ms: float
    load_ms: float
    rss_mb: float
    p50: float
    p99: float
    max: float
    packets: float
    delay_p50: float | None
    delay_p99: float | None

    def __str__(self) -> str:
        delay = "" if self.delay_p50 is None else f"{self.delay_p50:8.2f} {self.delay_p99:8.2f}"
        return (
            f"{self.kind:14} {self.calls:5} {self.server_ms:10.3f} {self.load_ms:9.3f} {self.rss_mb:8.1f} "
            f"{self.p50:8.3f} {self.p99:8.3f} {self.max:8.2f} {self.packets:9.1%} {delay}"
        )


TITLE = (
    f"{'':14} {'calls':>5} {'server ms':>10} {'load ms':>9} {'RSS MB':>8} "
    f"{'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'heard':>9} {'delay50':>8} {'delay99':>8}"
)


def cpu_s(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def rss_mb(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


@asynccontextmanager
async def load_generator() -> AsyncIterator[tuple[Process, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.media_load", stdin=PIPE, stdout=PIPE
    )
    try:
        yield process, json.loads(await _line(process))["port"]
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    finally:
        async with asyncio.timeout(10):
            await process.wait()


async def _line(process: Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


async def measure(kind: str, calls: int, seconds: float, folder: Path) -> Figures:
    """`calls` calls of one kind on a fresh engine."""
    prompt = folder / "prompt.ul"
    prompt.write_bytes(os.urandom(160 * 50 * 20))
    legs = [f"{n}-{side}" for n in range(calls) for side in SIDES[kind]]
    engine = MediaEngine(ports=PORTS, on_event=lambda _: None, on_lost=lambda legs: print("lost", len(legs)))
    async with engine, load_generator() as (load, port):
        targets = [await engine.open(leg, HOST) for leg in legs]
        for leg in legs:
            engine.send(m.Aim(leg, HOST, port, "pcmu", 0, 101, learn=False))
        for n in range(calls):
            for command in _set_up(kind, n, prompt, folder):
                engine.send(command)
        assert load.stdin is not None
        load.stdin.write(json.dumps({"targets": targets, "warm_s": 2, "seconds": seconds}).encode() + b"\n")
        await _line(load)
        pid = engine.pid
        assert pid is not None
        before = cpu_s(pid)
        result = json.loads(await _line(load))
        used = cpu_s(pid) - before
        took_s = result["seconds"]  # longer than asked for where the generator itself was held up
        per_call = 1000 / (calls * took_s)
        return Figures(
            kind=kind,
            calls=calls,
            server_ms=used * per_call,
            load_ms=result["cpu_s"] * per_call,
            rss_mb=rss_mb(pid),
            p50=result["p50"],
            p99=result["p99"],
            max=result["max"],
            packets=result["received"] / (len(legs) * 50 * took_s),
            delay_p50=None if kind == "conference" else result["delay_p50"],
            delay_p99=None if kind == "conference" else result["delay_p99"],
        )


def _set_up(kind: str, n: int, prompt: Path, folder: Path) -> Iterator[m.Command]:
    """What makes the call of that number one of this kind."""
    a, b, c = (f"{n}-{side}" for side in "abc")
    if kind == "ivr":
        yield m.Play(a, n, (str(prompt),), loop=True)
    elif kind == "conference":
        yield from (m.Hear(a, (b, c)), m.Hear(b, (a, c)), m.Hear(c, (a, b)))
    else:
        yield m.Bridge(a, b)
    if kind == "listen":
        yield m.Hear(c, (a, b))
    elif kind == "bridge+record":
        yield m.Record(a, f"r{n}", str(folder / f"{n}.wav"))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--calls", default="50,100,200")
    parser.add_argument("--kinds", default="ivr,bridge,bridge+record")
    options = parser.parse_args()
    print(
        "CPU milliseconds per call-second; deviation of packet spacing from 20 ms; the load generator's own CPU beside"
    )
    print(TITLE)
    for kind in options.kinds.split(","):
        for calls in options.calls.split(","):
            with tempfile.TemporaryDirectory() as folder:
                print(await measure(kind, int(calls), options.seconds, Path(folder)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
