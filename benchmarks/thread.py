"""One customer's thread on a filled database, through the whole server: the figures of `make bench-thread`.

    python -m benchmarks thread --contacts 1000000

The embedded PostgreSQL with its shipped settings in a folder that is removed afterwards, or kept in `--folder` for a
second run. Ten entries and two identities a contact. Every request is one after another, as one agent's.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from uuid import UUID

import aiohttp

from benchmarks.machine import machine
from benchmarks.tables import Cell, p50_p99_max, show
from benchmarks.thread_data import ENTRIES_PER_CONTACT, RARE_WORD, load, name_of, phone_of, vocabulary
from benchmarks.thread_peer import build_peer, peer_page
from omnichannel.search.words import folded
from omnichannel.threads import Threads
from tests.support.server import ThreadlineServer
from tests.support.touchpoint import SECRET, delivery, said
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.migrate import migrate
from threadline.db.pool import Pool, open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import ThreadId

BUSY: Final = 4.12  # contact = contacts × u^BUSY: those who write often are opened often
WATCHED: Final = 20
PEER_LOOKS: Final = 20
WAIT_S: Final = 30.0

Work = Callable[[], Awaitable[object]]


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks thread", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--contacts", type=int, default=20_000, help="1000000 is the full size: 7 GB, 10 minutes"
    )
    parser.add_argument(
        "--requests", type=int, default=1_000, help="of each kind; a fifth of it for searches"
    )
    parser.add_argument("--folder", type=Path, help="where the filled database is kept, and found again")
    return parser.parse_args(words)


async def main(words: list[str]) -> int:
    options = arguments(words)
    print(machine(), flush=True)
    async with AsyncExitStack() as stack:
        folder = options.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="threadline-bench-"))
        )
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        await filled(folder, options.contacts)
        server = await stack.enter_async_context(ThreadlineServer(folder, start_timeout_s=600))
        dsn = EmbeddedPostgres(folder).dsn_of_running()
        assert dsn is not None
        pool = await open_pool(dsn, max_size=2)
        stack.push_async_callback(pool.close)
        headers = {"Authorization": f"Bearer {await server.token('bench')}"}
        web = await stack.enter_async_context(aiohttp.ClientSession(server.http_url, headers=headers))
        await measure_all(pool, web, options)
    return 0


async def filled(folder: Path, contacts: int) -> None:
    """A database with so many contacts in `folder`, loaded unless it is there."""
    server = EmbeddedPostgres(folder, durable=False)
    dsn = await server.start()
    try:
        await migrate(dsn)
        pool = await open_pool(dsn, max_size=2)
        begin = time.perf_counter()
        if await pool.fetchval("select count(*) from contact") == 0:
            await load(pool, contacts)
        if await pool.fetchval("select to_regclass('inbox_message') is null"):
            await build_peer(pool)
        await pool.execute("checkpoint")
        await pool.close()
        print(f"loaded in {time.perf_counter() - begin:.0f} s", flush=True)
    finally:
        await server.stop()


async def measure_all(pool: Pool, web: aiohttp.ClientSession, options: argparse.Namespace) -> None:
    contacts = await pool.fetchval("select count(*) from contact where display_name is not null")
    size = await pool.fetchval("select pg_size_pretty(pg_database_size(current_database()))")
    largest = await pool.fetchval("select count(*) from interaction where thread_id = 1")
    names = [
        UUID(str(row[0]))
        for row in await pool.fetch("select public_id from thread where id <= $1 order by id", contacts)
    ]
    print(
        f"{contacts} contacts, {contacts * ENTRIES_PER_CONTACT} entries, largest thread {largest}, {size}",
        flush=True,
    )
    rows: list[list[Cell]] = []
    for name, work, count, goal in (
        *reading(pool, names, options.requests),
        *searching(web, options.requests // 5),
    ):
        took = await timed(work, count)
        rows.append([name, *took, goal])
        print(f"  {name}: {took[0]:.1f}", flush=True)
    rows.append(
        ["a message to the agent's socket", *await arriving(web, contacts, names, options.requests // 2), 100]
    )
    show("Milliseconds, one agent's requests one after another", ("", "p50", "p99", "max", "goal p99"), rows)
    await against_peer(pool, names, contacts)


def reading(pool: Pool, names: list[UUID], requests: int) -> list[tuple[str, Work, int, int]]:
    threads, chance = Threads(pool, SystemClock(), Bus()), random.Random(7)

    async def offer(thread: UUID) -> str:
        return json.dumps(await threads.pop(ThreadId(thread), {}), default=str)

    return [
        ("pop as JSON, any customer", lambda: offer(chance.choice(names)), requests, 20),
        (
            "pop as JSON, who writes often",
            lambda: offer(names[int(len(names) * chance.random() ** BUSY)]),
            requests,
            20,
        ),
        ("page of the largest thread", lambda: threads.timeline(ThreadId(names[0]), None, 50), requests, 20),
    ]


def searching(web: aiohttp.ClientSession, requests: int) -> list[tuple[str, Work, int, int]]:
    """As typed: without accents. No two searches of a kind are for the same."""
    words, chance = [folded(word) for word in vocabulary()], random.Random(11)

    async def find(text: str) -> object:
        async with web.get("/api/search", params={"q": text}) as reply:
            reply.raise_for_status()
            return await reply.json()

    def anyone() -> int:
        return chance.randrange(1, 10_000)

    kinds: dict[str, Callable[[], str]] = {
        "search: a rare word": lambda: folded(RARE_WORD),
        "search: one of the commonest words": lambda: words[chance.randrange(20)],
        "search: two words, one common": lambda: (
            f"{words[chance.randrange(5)]} {words[chance.randrange(200, 900)]}"
        ),
        "search: a whole name": lambda: folded(name_of(anyone())),
        "search: a surname half of all have": lambda: "nguyen",
        "search: the last six digits": lambda: phone_of(anyone())[-6:],
    }
    return [(kind, lambda text=text: find(text()), max(requests, 20), 200) for kind, text in kinds.items()]  # type: ignore[misc]


async def timed(work: Work, count: int) -> tuple[float, float, float]:
    """p50, p99 and the longest; the first twentieth warms up."""
    for _ in range(max(1, count // 20)):
        await work()
    took = []
    for _ in range(count):
        begin = time.perf_counter()
        await work()
        took.append((time.perf_counter() - begin) * 1000)
    return p50_p99_max(took)


async def arriving(
    web: aiohttp.ClientSession, contacts: int, names: list[UUID], count: int
) -> tuple[float, float, float]:
    """From a signed delivery at the door of a webhook to the entry on the page of an agent who has the thread open."""
    new = {
        "kind": "webhook",
        "address": "bench",
        "title": "Bench",
        "secrets": {"secret": SECRET},
        "config": {},
    }
    async with web.get("/api/endpoints") as reply:
        old = [
            one
            for one in (await reply.json())["endpoints"]
            if one["address"] == "bench" and one["kind"] == "webhook"
        ]
    if not old:
        async with web.post("/api/endpoints", json=new) as reply:
            reply.raise_for_status()
            old = [await reply.json()]
    async with web.put(f"/api/endpoints/{old[0]['id']}/state", json={"state": "on"}) as reply:
        reply.raise_for_status()
    run, took = random.Random().randrange(10**9), []
    who = [1, *(random.Random(5).randrange(2, contacts) for _ in range(WATCHED - 1))]
    async with web.ws_connect("/api/live") as page:
        for one in who:
            await page.send_json({"type": "watch", "thread": str(names[one - 1])})
        for n in range(count + WATCHED):
            text = f"bench {run} {n}"
            contact = who[n % WATCHED]
            customer = {"id": f"c{contact}", "phone": phone_of(contact), "is_verified": True}
            body, headers = delivery([{**said(n, f"{run}", text), "customer": customer}])
            begin = time.perf_counter()
            async with (
                asyncio.timeout(WAIT_S),
                web.post(f"/hooks/webhook/{old[0]['id']}", data=body, headers=headers) as reply,
            ):
                reply.raise_for_status()
                while text not in str(await page.receive_str()):
                    pass
            took.append((time.perf_counter() - begin) * 1000)
    return p50_p99_max(took[WATCHED:])  # the first of each customer attaches his identity


async def against_peer(pool: Pool, names: list[UUID], contacts: int) -> None:
    """The newest fifty of one customer: by thread, and over his conversations in every inbox."""
    threads = Threads(pool, SystemClock(), Bus())
    rows: list[list[Cell]] = []
    for contact in (1, 2, 10, 100, contacts // 2):
        thread = ThreadId(names[contact - 1])
        entries = await pool.fetchval("select count(*) from interaction where thread_id = $1", contact)
        ours = await timed(lambda thread=thread: threads.timeline(thread, None, 50), PEER_LOOKS)  # type: ignore[misc]
        theirs = await timed(lambda contact=contact: peer_page(pool, contact, 50), PEER_LOOKS)  # type: ignore[misc]
        rows.append([entries, ours[0], theirs[0], theirs[0] / ours[0]])
    show(
        "The newest 50 entries of a customer, p50 in milliseconds: a thread, and conversations by inbox joined and sorted",
        ("entries", "thread", "by inbox", "ratio"),
        rows,
    )
