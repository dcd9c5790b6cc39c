"""How fast an agent's page gets its customer: the screen pop and a timeline page on a filled database.

    python -m benchmarks.pop --contacts 20000 --interactions 200000

Activity follows a power law, as customers do: the first contact has the longest thread. The database is the
embedded PostgreSQL with its shipped settings, in a folder that is removed afterwards, or `--database URL` (an
empty database). `--clients` agents ask at once. Prints milliseconds from the request to the Python value.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from uuid import UUID

from omnichannel.threads import Threads
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.migrate import migrate
from threadline.db.pool import Pool, open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import ThreadId

SKEW: Final = 6.0  # contact = contacts × u^SKEW: one in a thousand contacts has a third of everything
FILL: Final = (
    """
    insert into agent (id, login, role, display_name)
    select gen_random_uuid(), 'a' || n, 'agent', 'Agent ' || n from generate_series(1, 50) n
    """,
    """
    insert into contact (public_id, kind, display_name, created_at)
    select gen_random_uuid(), 1, 'Customer ' || n, now() from generate_series(1, $1::int) n
    """,
    """
    insert into contact_identity (contact_id, kind, value, trust, first_seen, last_seen)
    select c.id, k.kind, case k.kind when 'phone' then '+849' || lpad(c.id::text, 8, '0')
                                     else 'c' || c.id || '@example.com' end, 1, now(), now()
    from contact c, (values ('phone'), ('email')) as k(kind)
    """,
    "insert into thread (public_id, contact_id) select gen_random_uuid(), id from contact",
    """
    insert into work_item (thread_id, subject, opened_at, status)
    select id, 'Case of ' || id, now(), (id % 5)::smallint from thread
    """,
)
INTERACTIONS: Final = """
    insert into interaction (thread_id, kind, channel, direction, actor_kind, actor_id, occurred_at, status, preview)
    select 1 + floor($2::float8 * power(random(), $3::float8))::bigint,
           (array['message', 'email', 'note'])[1 + n % 3], (array['chat', 'email', 'internal'])[1 + n % 3],
           (array['in', 'out', 'none'])[1 + n % 3], (array['customer', 'agent', 'agent'])[1 + n % 3],
           case when n % 3 > 0 then people.ids[1 + n % 50] end,
           now() - ($1::int - n) * interval '3 seconds', 'received', 'Preview of message ' || n
    from generate_series(1, $1::int) n, (select array_agg(id) as ids from agent) people
"""
BODIES: Final = """
    insert into interaction_body (interaction_id, text)
    select id, repeat('A sentence of an ordinary length, as people write them. ', 1 + (id % 9)::int) from interaction
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pop", description=__doc__.partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--interactions", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=2_000, help="of each kind")
    parser.add_argument("--clients", type=int, default=1, help="agents asking at once")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database instead of an embedded one")
    return parser.parse_args()


async def fill(pool: Pool, contacts: int, interactions: int) -> None:
    """Contacts with two identities and a case each, and their skewed history."""
    for statement in FILL:
        await pool.execute(statement, *([contacts] if "$1" in statement else []), timeout=None)
    await pool.execute(INTERACTIONS, interactions, contacts, SKEW, timeout=None)
    await pool.execute(BODIES, timeout=None)
    await pool.execute("vacuum analyze", timeout=None)


async def measure(name: str, work: Callable[[], Awaitable[object]], requests: int, clients: int) -> None:
    """Prints the spread over `requests`, shared by `clients` tasks; the first twentieth warms up."""
    for _ in range(max(1, requests // 20)):
        await work()
    took: list[float] = []

    async def client() -> None:
        for _ in range(requests // clients):
            begin = time.perf_counter()
            await work()
            took.append((time.perf_counter() - begin) * 1000)

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(client(), name=f"client {number}")
    rate = len(took) / (time.perf_counter() - begin)
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{name:<34} p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms   max {max(took):6.2f} ms   {rate:6.0f}/s"
    )


async def run(options: argparse.Namespace, dsn: str) -> None:
    await migrate(dsn)
    pool = await open_pool(dsn, max_size=max(2, options.clients))
    try:
        begin = time.perf_counter()
        await fill(pool, options.contacts, options.interactions)
        print(f"loaded in {time.perf_counter() - begin:.1f} s")
        await measure_all(pool, options)
    finally:
        await pool.close()


async def measure_all(pool: Pool, options: argparse.Namespace) -> None:
    threads = Threads(pool, SystemClock(), Bus())
    rows = await pool.fetch("select public_id from thread order by id")
    known = [ThreadId(UUID(str(row["public_id"]))) for row in rows]
    longest = await pool.fetchval("select count(*) from interaction where thread_id = 1")
    spread = random.Random(7)
    print(f"{len(known)} contacts, {options.interactions} interactions, longest thread {longest}")

    async def pop_uniform() -> None:
        await threads.pop(spread.choice(known), {})

    async def pop_busy() -> None:
        await threads.pop(known[int(len(known) * spread.random() ** SKEW)], {})

    async def page(thread: ThreadId, before: str | None) -> str | None:
        found = await threads.timeline(thread, before, 50)
        cursor = found["next"]
        return cursor if isinstance(cursor, str) else None

    async def newest_page() -> None:
        await page(known[0], None)

    cursors: list[str | None] = [None]

    async def next_page() -> None:
        cursors[0] = await page(known[0], cursors[0])

    share = options.requests, options.clients
    await measure("pop, any customer", pop_uniform, *share)
    await measure("pop, customers who call often", pop_busy, *share)
    await measure("timeline, newest of the longest", newest_page, *share)
    await measure("timeline, walking back through it", next_page, options.requests, 1)


async def main() -> int:
    options = arguments()
    async with AsyncExitStack() as stack:
        if options.database:
            await run(options, options.database)
            return 0
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="threadline-bench-"))
        server = EmbeddedPostgres(Path(folder))
        stack.push_async_callback(server.stop)
        await run(options, await server.start())
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
