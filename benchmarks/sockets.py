"""Agents' live sockets: from an event to the socket of the page that shows its thread, and what an agent costs.

    python -m benchmarks.sockets --agents 200 --rate 50

A whole server in this process publishes `rate` messages a second into the thread each agent has open, evenly spread;
the agents are sockets in a process of their own (benchmarks.sockets_load), on another core where there is one. Time
counts from the moment an event was due, so a server that falls behind shows it.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from benchmarks.machine import Cores, machine
from benchmarks.processes import cpu_s, rss_mb
from benchmarks.sockets_load import Agent, Heard
from benchmarks.tables import p50_p99_max, show
from tests.support.house import settings_for
from threadline.compose import Server, running
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.pool import open_pool
from threadline.kernel.events import Json, ThreadDelta
from threadline.kernel.ids import AgentId, ThreadId
from threadline.loop import calm_collector, loop_factory

TEXT: Final = "Dạ, nồi cơm của chị đã được đổi nắp mới và sẽ giao trong sáng mai. " * 4
STEP_S: Final = 0.005
SETTLE_S: Final = 2.0
HIRE: Final = """
    insert into agent (id, login, role, display_name)
    select id, 'agent' || n, 'agent', 'Agent ' || n from unnest($1::uuid[]) with ordinality as one(id, n)
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What is published: events a second for each agent, and for how long."""

    rate: int
    seconds: float


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sockets", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--rate", type=int, default=50, help="events a second for each agent")
    parser.add_argument("--seconds", type=float, default=20)
    return parser.parse_args()


@asynccontextmanager
async def house(count: int) -> AsyncIterator[tuple[Server, list[Agent]]]:
    """A whole server with so many agents, each with a thread of his own."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="threadline-sockets-")))
        with contextlib.redirect_stdout(
            io.StringIO()
        ):  # the administrator's password is nobody's business here
            server = await stack.enter_async_context(running(settings_for(folder / "data", None)))
        dsn = EmbeddedPostgres(folder / "data").dsn_of_running()
        assert dsn is not None
        pool = await open_pool(dsn, max_size=1)
        stack.push_async_callback(pool.close)
        ids = [AgentId(uuid4()) for _ in range(count)]
        await pool.execute(HIRE, ids)
        tokens = [await server.people.create_token("bench", "agent", one) for one in ids]
        yield server, [Agent(token, str(uuid4())) for token in tokens]


async def publish(server: Server, agents: Sequence[Agent], load: Load) -> float:
    """Events evenly spread over the agents and the time. Returns the seconds it took."""
    threads = [ThreadId(UUID(agent.thread)) for agent in agents]
    begin, sent, all_of_them = time.monotonic(), 0, int(load.rate * load.seconds * len(agents))
    apart_s = 1 / (load.rate * len(agents))
    while sent < all_of_them:
        due = int((time.monotonic() - begin) / apart_s)
        for n in range(sent, min(due, all_of_them)):
            thread = threads[n % len(threads)]
            server.bus.publish(ThreadDelta(thread, _entry(n, thread, begin + n * apart_s)))
        sent = max(sent, min(due, all_of_them))
        await asyncio.sleep(STEP_S)
    return time.monotonic() - begin


def _entry(number: int, thread: ThreadId, due: float) -> Json:
    """A chat message as the thread's page gets it, with the moment it was due."""
    return {
        "due": due, "id": str(number), "thread": str(thread), "kind": "message", "channel": "chat", "direction": "in",
        "actor": {"kind": "customer", "id": None, "name": "Nguyễn Thị Lan"}, "at": "2026-11-23T03:00:00+00:00",
        "preview": TEXT[:140], "text": TEXT, "subject": None, "status": "received", "call": None, "endpoint": "Web chat",
        "html": False, "delivery": None, "reply_to": None, "attachments": [], "meta": {},
    }  # fmt: skip


async def measure(count: int, load: Load) -> None:
    cores, me = Cores(apart=True), os.getpid()
    async with house(count) as (server, agents):
        with cores.of_load():
            clients = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.sockets_load", "127.0.0.1", str(server.http_port),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 28,
            )  # fmt: skip
        assert clients.stdin is not None
        assert clients.stdout is not None
        calm_collector()
        empty_mb = rss_mb(me)
        clients.stdin.write(json.dumps([asdict(one) for one in agents]).encode() + b"\n")
        await clients.stdout.readline()
        await asyncio.sleep(SETTLE_S)
        open_mb, before_s = rss_mb(me), cpu_s(me)
        with cores.of_server():
            took_s = await publish(server, agents, load)
        spent_s, full_mb = cpu_s(me) - before_s, rss_mb(me)
        await asyncio.sleep(SETTLE_S)
        clients.stdin.write(b"\n")
        heard = Heard(**json.loads(await clients.stdout.readline()))
        await clients.wait()
    asked = int(load.rate * load.seconds * count)
    show(
        f"{count} agents' sockets, {load.rate} events a second each: from the event to the socket, milliseconds",
        ("events", "arrived", "per second", "p50", "p99", "max", "a frame", "server CPU s/s", "us/event",
         "MB/agent open", "MB/agent full"),
        [[asked, len(heard.late), asked / took_s, *p50_p99_max(heard.late), len(heard.late) / heard.frames,
          spent_s / took_s, spent_s / asked * 1e6, (open_mb - empty_mb) / count, (full_mb - empty_mb) / count]],
    )  # fmt: skip
    show(
        "the agents' process: did it keep up?",
        ("CPU s/s", "timer late p50", "p99", "max", "read whole", "not as due"),
        [[heard.spent_s / took_s, *p50_p99_max(heard.lag), heard.read, len(heard.faults)]],
    )


def main() -> None:
    options = arguments()
    print(machine())
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(measure(options.agents, Load(options.rate, options.seconds)))


if __name__ == "__main__":
    main()
