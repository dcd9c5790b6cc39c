"""Random interleavings of everything that happens to a queue, on two servers, against the real store.

Small by default; THREADLINE_INTERLEAVINGS says how many operations (with `-o faulthandler_timeout=86400` for many),
THREADLINE_SEED which. `python -m tests.integration.omnichannel.routing.many_interleavings` is for a million.
"""

import os

import pytest

from omnichannel.people import People
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.chaos import Place, rage
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus

pytestmark = pytest.mark.integration

OPERATIONS = int(os.environ.get("THREADLINE_INTERLEAVINGS", "600"))
SEED = int(os.environ.get("THREADLINE_SEED", "7"))
HANGS_AFTER_S = 240.0 + OPERATIONS / 5


async def test_nothing_is_lost_doubled_or_starved_however_things_fall_together(
    pool: Pool, bus: Bus, clock: VirtualClock, people: People, threads: Threads
) -> None:
    count = await rage(Place(pool, bus, clock, people, threads), OPERATIONS, SEED)
    assert count["crashes"] > 0
    print(dict(count))  # noqa: T201
