"""A room with a database: threads, people and the news they publish."""

import pytest

from omnichannel.people import CHEAP, People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, News
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def news(bus: Bus) -> News:
    return News(bus)


@pytest.fixture
def people(pool: Pool, clock: VirtualClock) -> People:
    return People(pool, clock, cost=CHEAP)


@pytest.fixture
def threads(pool: Pool, clock: VirtualClock, bus: Bus, news: News) -> Threads:
    return Threads(pool, clock, bus)


@pytest.fixture
def router(pool: Pool, clock: VirtualClock, bus: Bus, people: People, threads: Threads) -> Router:
    """A router whose rounds the test calls itself."""
    return Router(pool, clock, bus, people, threads)
