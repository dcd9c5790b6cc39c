"""A server's imports without the rest, in a process of its own that a test may kill: `DSN`."""

import asyncio
import sys

from omnichannel.audit.service import Audit
from omnichannel.contacts.importing.service import ContactImports
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock


async def work(dsn: str) -> None:
    pool, clock = await open_pool(dsn, max_size=2), SystemClock()
    await ContactImports(pool, clock, Audit(pool, clock)).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
