"""Ring all and progressive: several phones for one call, the first to answer has it."""

import pytest

from omnichannel.people import People
from omnichannel.routing.presence import Cause
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import News
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration


@pytest.fixture
async def hall(
    pool: Pool, clock: VirtualClock, bus: Bus, people: People, threads: Threads, news: News
) -> Floor:
    """Whoever carries its calls can ring three phones for one."""
    return Floor(pool, clock, people, Router(pool, clock, bus, people, threads, ring_at_most=3), news)


async def three(hall: Floor, strategy: str) -> list[AgentId]:
    await hall.router.define_queue("support", "Support", need={"support": 1}, strategy=strategy)
    return [await hall.hire(login, support=3) for login in ("an", "binh", "chi")]


async def states(hall: Floor, agents: list[AgentId]) -> list[str]:
    return [await hall.state(agent) for agent in agents]


async def test_all_phones_ring_and_who_answers_first_has_the_call(hall: Floor) -> None:
    agents = await three(hall, "ring_all")
    call, _ = await hall.join()
    await hall.router.tick()
    offers = {offer.agent: offer for offer in hall.news.of(OfferMade)}
    assert set(offers) == set(agents)
    assert {offer.call for offer in offers.values()} == {call}
    quick, *others = agents[::-1]
    assert await hall.router.answered(offers[quick].reservation)
    assert await states(hall, [quick, *others]) == ["talking", "ready", "ready"]
    closed = {one.agent: one.reason for one in hall.news.of(OfferClosed)}
    assert closed == {quick: "answered", **dict.fromkeys(others, "taken")}
    assert not await hall.router.answered(offers[others[0]].reservation)
    await hall.router.missed(offers[others[1]].reservation, "missed")
    assert await hall.state(others[1]) == "ready", "nobody missed what another one took"


async def test_the_call_waits_again_only_when_the_last_phone_has_stopped_ringing(hall: Floor) -> None:
    agents = await three(hall, "ring_all")
    call, _ = await hall.join()
    await hall.router.tick()
    first, second, third = hall.news.of(OfferMade)
    await hall.router.missed(first.reservation, "missed")
    await hall.router.missed(second.reservation, "declined")
    assert await hall.pool.fetchval("select state from waiting where call_id = $1", call) == "offered"
    hall.clock.advance(26)
    await hall.router.tick()
    assert await hall.pool.fetchval("select state from waiting where call_id = $1", call) == "waiting"
    assert await states(hall, agents) == ["missed"] * 3
    assert not await hall.router.answered(third.reservation)


async def test_a_customer_who_hangs_up_stops_every_phone(hall: Floor) -> None:
    agents = await three(hall, "ring_all")
    call, _ = await hall.join()
    await hall.router.tick()
    await hall.router.leave(call, "customer_hung_up")
    assert await states(hall, agents) == ["ready"] * 3
    assert [one.reason for one in hall.news.of(OfferClosed)] == ["caller_left"] * 3


async def test_after_each_miss_one_phone_more_rings(hall: Floor) -> None:
    agents = await three(hall, "progressive")
    await hall.join()
    await hall.router.tick()
    (alone,) = hall.news.of(OfferMade)
    await hall.router.missed(alone.reservation, "missed")
    await hall.router.tick()
    assert {one.agent for one in hall.news.of(OfferMade)[1:]} == set(agents) - {alone.agent}


async def test_no_more_phones_ring_for_one_call_than_may(hall: Floor) -> None:
    await three(hall, "ring_all")
    await hall.hire("dung", support=3)
    await hall.join()
    await hall.router.tick()
    assert len(hall.news.of(OfferMade)) == 3


async def test_an_agent_who_is_sent_away_stops_ringing_alone(hall: Floor) -> None:
    an, *others = await three(hall, "ring_all")
    call, _ = await hall.join()
    await hall.router.tick()
    async with hall.router.change() as change:
        offer = await change.store.open_of_agent(an)
        assert offer is not None
        await change.lock([offer.call], [an])
        await change.withdraw(offer, "forced")
        await change.move(an, Cause.SET_AWAY)
    assert await states(hall, others) == [AgentState.OFFERED.value] * 2
    assert await hall.pool.fetchval("select state from waiting where call_id = $1", call) == "offered"
