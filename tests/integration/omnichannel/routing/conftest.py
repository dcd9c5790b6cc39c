"""A floor with a support queue."""

import pytest

from omnichannel.people import People
from omnichannel.routing.service import Router
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import News
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock


@pytest.fixture
async def floor(pool: Pool, clock: VirtualClock, people: People, router: Router, news: News) -> Floor:
    await router.define_queue("support", "Support", need={"support": 1})
    return Floor(pool, clock, people, router, news)
