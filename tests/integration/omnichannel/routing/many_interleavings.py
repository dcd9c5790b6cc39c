"""Very many random interleavings: `python -m tests.integration.omnichannel.routing.many_interleavings 1000000`.

Each process has a PostgreSQL of its own and begins anew, by other dice, after so many operations, so that what it found
is told as it goes.
"""

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

import uvloop

from omnichannel.people import CHEAP, People
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.chaos import Place, rage
from tests.integration.omnichannel.support import NOON
from tests.support.databases import fresh_database
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.migrate import migrate
from threadline.db.pool import open_pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus

AT_A_TIME: Final = 20_000
MEMORY: Final = "/dev/shm"


async def one(folder: Path, operations: int, seed: int) -> Counter[str]:
    server = EmbeddedPostgres(folder, durable=False)
    await migrate(await server.start())
    try:
        async with fresh_database(server) as dsn:
            pool = await open_pool(dsn, max_size=5)
            clock, bus = VirtualClock(NOON), Bus()
            place = Place(pool, bus, clock, People(pool, clock, cost=CHEAP), Threads(pool, clock, bus))
            try:
                return await rage(place, operations, seed)
            finally:
                await pool.close()
    finally:
        await server.stop()


def in_a_process(operations: int, seed: int) -> Counter[str]:
    logging.disable(logging.CRITICAL)  # crashes are meant here
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else None) as folder:
        return uvloop.run(one(Path(folder), operations, seed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", type=int)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, total = time.monotonic(), Counter[str]()
    parts = -(-options.operations // AT_A_TIME)
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        size = min(AT_A_TIME, options.operations)
        seeds = {
            pool.submit(in_a_process, size, seed): seed for seed in range(options.seed, options.seed + parts)
        }
        for part in as_completed(seeds):
            if (error := part.exception()) is not None:
                print(f"wrong by seed {seeds[part]}: {error!r}", flush=True)  # noqa: T201
                pool.shutdown(cancel_futures=True)
            total += part.result()
            seconds = time.monotonic() - began
            print(f"{total['operations'] / seconds:.0f} a second", dict(total), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
