"""Worker processes are killed at random under load: nothing lost, nothing twice, nothing out of order.

THREADLINE_STORM=10000 with pytest's `-o faulthandler_timeout=0` makes it as large as the release demands, with ten kills
instead of three; on a busy machine each of the two tests may then take longer than the five minutes pytest allows. Each
says at its end how fast it was: docs/benchmarks.md has the figures.
"""

import asyncio
import os
import random
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

import pytest

from omnichannel.channels.port import Endpoint
from tests.integration.channels.crowd import KINDS, Crowd
from tests.integration.channels.support import deliver, entries, take_all
from tests.support.touchpoint import Touchpoint, said
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import ThreadDelta
from threadline.kernel.ids import ThreadId

pytestmark = pytest.mark.integration

MESSAGES: Final = int(os.environ.get("THREADLINE_STORM", "1500"))
KILLS: Final = 10 if MESSAGES >= 10_000 else 3
RATE: Final = 200.0  # messages a second
SENDERS: Final = 40
AGENTS: Final = 8  # SENDERS / AGENTS customers each
CUSTOMERS: Final = 8  # on each channel
PROCESSES: Final = 2
PATIENCE_S: Final = 120.0 + MESSAGES / 20
HANGS_AFTER_S: Final = PATIENCE_S + 60.0
POLL_S: Final = 0.25

Report: TypeAlias = Callable[[str, int, float], None]


@dataclass
class Crew:
    """Worker processes; a killed one is replaced."""

    dsn: str
    folder: Path
    kills: int = 0
    members: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def hire(self) -> None:
        compiled = {"PYTHONPYCACHEPREFIX": str(self.folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.channel_worker", self.dsn, str(self.folder),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **compiled},
        )  # fmt: skip
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        self.members.append(process)

    async def kill_one(self, chance: random.Random) -> None:
        victim = self.members.pop(chance.randrange(len(self.members)))
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        self.kills += 1

    async def dismiss(self) -> None:
        for member in self.members:
            member.send_signal(signal.SIGKILL)
            await member.wait()


@asynccontextmanager
async def crew_at_work(dsn: str, folder: Path, is_over: Callable[[], float]) -> AsyncIterator[Crew]:
    """PROCESSES workers, KILLS of them killed at random moments spread over the work; `is_over` is its share done."""
    crew, chance = Crew(dsn, folder), random.Random(7)
    moments = sorted(chance.uniform(0.05, 0.9) for _ in range(KILLS))

    async def strike() -> None:
        for moment in moments:
            while is_over() < moment:
                await asyncio.sleep(0.05)
            await crew.kill_one(chance)
            await crew.hire()

    try:
        for _ in range(PROCESSES):
            await crew.hire()
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(strike(), name="strike")
            yield crew
    finally:
        await crew.dismiss()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Says on the terminal what came of it: (what, how many messages, in how many seconds)."""
    terminal = request.config.pluginmanager.getplugin("terminalreporter")

    def say(what: str, messages: int, seconds: float) -> None:
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        terminal.write_line(
            f"\n{what}: {messages} in {seconds:.1f} s, {messages / seconds:.0f}/s, {KILLS} kills, load average {load}"
        )

    return say


async def test_every_message_of_every_channel_is_stored_once_and_in_order_while_workers_are_killed(
    rooms: Correspondence, pool: Pool, dsn: str, tmp_path: Path, report: Report
) -> None:
    crowd = Crowd(rooms, CUSTOMERS)
    await crowd.arrive()
    sent: dict[str, list[str]] = defaultdict(list)
    count = 0
    clock = asyncio.get_running_loop().time

    async def deliver_all(first: int, began: float) -> None:
        """One provider's deliveries, each after the one before; providers do not wait for one another."""
        nonlocal count
        for number in range(first, MESSAGES, len(KINDS)):
            await asyncio.sleep(max(0.0, began + number / RATE - clock()))
            endpoint, deliveries, who, words = crowd.says(number)
            sent[who].append(words)
            await rooms.inbox(endpoint, deliveries)
            if number % 50 == 0:
                await rooms.inbox(endpoint, deliveries)  # providers repeat themselves
            count += 1

    async with crew_at_work(dsn, tmp_path, lambda: count / MESSAGES) as crew:
        began = clock()
        async with asyncio.TaskGroup() as providers:
            for first, kind in enumerate(KINDS):
                providers.create_task(deliver_all(first, began), name=f"provider-{kind}")
        delivered = clock() - began
        while await pool.fetchval("select exists (select from inbound_event where processed_at is null)"):
            await asyncio.sleep(POLL_S)
        report(f"inbound, delivered in {delivered:.1f} s", MESSAGES, clock() - began)
    assert crew.kills == KILLS
    got: dict[str, list[str]] = defaultdict(list)
    for entry in await entries(pool):
        got[entry["text"].partition(" ")[0]].append(entry["text"].strip())
    assert got == sent
    assert await pool.fetchval("select count(*) from contact") == CUSTOMERS * len(KINDS)
    assert await rooms.inbox.depth() == (0, 0)


async def test_every_message_reaches_an_unkind_provider_once_and_in_order_while_workers_are_killed(
    rooms: Correspondence, shop: Endpoint, pool: Pool, dsn: str, tmp_path: Path, told: list[ThreadDelta],
    touchpoint: Touchpoint, report: Report,
) -> None:  # fmt: skip
    touchpoint.unkindness = {"429": 0.01, "500": 0.01, "taken_500": 0.01, "silent": 0.002}
    await deliver(rooms, shop, [said(0, f"c{number}") for number in range(SENDERS)])
    await take_all(rooms)
    ways = {delta.entry["text"]: await _way(rooms, delta.thread) for delta in told}
    threads = {delta.entry["text"]: delta.thread for delta in told}
    sent: dict[str, list[str]] = defaultdict(list)
    amount = MESSAGES // 3 if MESSAGES < 10_000 else MESSAGES
    clock = asyncio.get_running_loop().time

    async def answer_all(first: int) -> None:
        """One agent's answers; nobody else answers his customers."""
        for number in range(first, amount, AGENTS):
            who = f"c{number % SENDERS}"
            thread, (identity, endpoint) = threads[f"{who} 0"], ways[f"{who} 0"]
            text = f"{who} answer {number}"
            sent[who].append(text)
            await rooms.outbound.send(thread=thread, identity=identity, endpoint=endpoint, text=text)

    def share() -> float:
        return sum(map(len, touchpoint.taken.values())) / amount

    async with crew_at_work(dsn, tmp_path, share) as crew:
        began = clock()
        async with asyncio.TaskGroup() as agents:
            for first in range(AGENTS):
                agents.create_task(answer_all(first), name=f"agent-{first}")
        queued = clock() - began
        while await pool.fetchval("select exists (select from outbox where state = 'queued')"):
            await asyncio.sleep(POLL_S)
        report(f"outbound, queued in {queued:.1f} s", amount, clock() - began)
    assert crew.kills == KILLS
    assert touchpoint.taken == sent
    assert touchpoint.forged == 0
    outcomes = await pool.fetch(
        "select status, count(*) from interaction where direction = 'out' group by status"
    )
    assert {row["status"]: row["count"] for row in outcomes} == {"sent": amount}


async def _way(rooms: Correspondence, thread: ThreadId) -> tuple[int, UUID]:
    [way] = await rooms.outbound.reach(thread)
    return int(str(way["identity"])), UUID(str(way["endpoint"]))
