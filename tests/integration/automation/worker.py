"""Rules without the rest, in a process of its own that a test may kill: `DSN DATA_DIR`."""

import asyncio
import sys
from pathlib import Path

from omnichannel.cases.service import Cases
from threadline.automation import open_automation
from threadline.channels import open_correspondence
from threadline.config import Settings
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

KEY = SecretKey(bytes(range(32)))


async def work(dsn: str, data_dir: Path) -> None:
    pool, clock, bus = await open_pool(dsn, max_size=6), SystemClock(), Bus()
    settings = Settings(data_dir=data_dir)
    async with open_correspondence(settings, pool, clock, bus, KEY) as rooms:
        rooms.followers.append(Cases(pool, clock, bus))
        async with open_automation(settings, pool, clock, bus, KEY, rooms) as automation:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await automation.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
