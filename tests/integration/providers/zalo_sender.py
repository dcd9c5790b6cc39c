"""A process of its own that sends by a Zalo endpoint: `python -m … DSN ENDPOINT COUNT`, once a line comes in."""

import asyncio
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from omnichannel.channels.port import Known
from tests.contract.channels.case import NOON, outgoing
from tests.integration.providers.support import KEY
from threadline.channels import open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool, open_pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus

if __name__ == "__main__":

    async def main(dsn: str, endpoint: UUID, count: int) -> None:
        pool = await open_pool(dsn)
        try:
            with tempfile.TemporaryDirectory() as folder:
                await send(pool, Path(folder), endpoint, count)
        finally:
            await pool.close()

    async def send(pool: Pool, folder: Path, endpoint: UUID, count: int) -> None:
        settings, clock = Settings(data_dir=folder), VirtualClock(NOON)
        async with open_correspondence(settings, pool, clock, Bus(), KEY) as rooms:
            ours = await rooms.endpoints.by_hook(endpoint)
            print("ready", flush=True)  # noqa: T201
            await asyncio.to_thread(sys.stdin.readline)
            zalo, customer = rooms.registry.channel("zalo"), Known("zalo_uid", "42", ours.address)
            sends = (zalo.send(ours, outgoing(customer, f"{n}")) for n in range(count))
            await asyncio.gather(*sends)

    asyncio.run(main(sys.argv[1], UUID(sys.argv[2]), int(sys.argv[3])))
