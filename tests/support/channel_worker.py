"""A server's channels without the rest, in a process of its own that a test may kill: `DSN DATA_DIR`."""

import asyncio
import sys
from pathlib import Path

from omnichannel.channels.chat.channel import ChatChannel
from omnichannel.channels.chat.lobby import Lobby
from omnichannel.outbound.sender import Sending
from threadline.channels import open_correspondence
from threadline.config import Settings
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

KEY = SecretKey(bytes(range(32)))
IMPATIENT = Sending(at_once=32, timeout_s=2.0, lease_s=3.0)
"""What a dead process held is soon somebody else's."""


async def work(dsn: str, data_dir: Path) -> None:
    pool = await open_pool(dsn, max_size=8)
    settings = Settings(data_dir=data_dir)
    async with open_correspondence(
        settings, pool, SystemClock(), Bus(), KEY, sending=IMPATIENT, more=(lambda _: [ChatChannel(Lobby())],)
    ) as rooms:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await rooms.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
