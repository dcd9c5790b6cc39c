"""Ring all and progressive: several phones for one call, here three at once; the first to answer has it."""

import pytest

from omnichannel.routing.presence import Cause
from tests.integration.omnichannel.routing.support import Floor
from threadline.kernel.events import AgentState, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration


async def three(floor: Floor, strategy: str) -> list[AgentId]:
    await floor.router.define_queue(
        "support", "Support", need={"support": 1}, strategy=strategy, ring_at_most=3
    )
    return [await floor.hire(login, support=3) for login in ("an", "binh", "chi")]


async def states(floor: Floor, agents: list[AgentId]) -> list[str]:
    return [await floor.state(agent) for agent in agents]


async def test_all_phones_ring_and_who_answers_first_has_the_call(floor: Floor) -> None:
    agents = await three(floor, "ring_all")
    call, _ = await floor.join()
    await floor.router.tick()
    offers = {offer.agent: offer for offer in floor.news.of(OfferMade)}
    assert set(offers) == set(agents)
    assert {offer.call for offer in offers.values()} == {call}
    quick, *others = agents[::-1]
    assert await floor.router.answered(offers[quick].reservation)
    assert await states(floor, [quick, *others]) == ["talking", "ready", "ready"]
    closed = {one.agent: one.reason for one in floor.news.of(OfferClosed)}
    assert closed == {quick: "answered", **dict.fromkeys(others, "taken")}
    assert not await floor.router.answered(offers[others[0]].reservation)
    await floor.router.missed(offers[others[1]].reservation, "missed")
    assert await floor.state(others[1]) == "ready", "nobody missed what another one took"


async def test_the_call_waits_again_only_when_the_last_phone_has_stopped_ringing(floor: Floor) -> None:
    agents = await three(floor, "ring_all")
    call, _ = await floor.join()
    await floor.router.tick()
    first, second, third = floor.news.of(OfferMade)
    await floor.router.missed(first.reservation, "missed")
    await floor.router.missed(second.reservation, "declined")
    assert await floor.pool.fetchval("select state from waiting where call_id = $1", call) == "offered"
    floor.clock.advance(26)
    await floor.router.tick()
    assert await floor.pool.fetchval("select state from waiting where call_id = $1", call) == "waiting"
    assert await states(floor, agents) == ["missed"] * 3
    assert not await floor.router.answered(third.reservation)


async def test_a_customer_who_hangs_up_stops_every_phone(floor: Floor) -> None:
    agents = await three(floor, "ring_all")
    call, _ = await floor.join()
    await floor.router.tick()
    await floor.router.leave(call, "customer_hung_up")
    assert await states(floor, agents) == ["ready"] * 3
    assert [one.reason for one in floor.news.of(OfferClosed)] == ["caller_left"] * 3


async def test_after_each_miss_one_phone_more_rings(floor: Floor) -> None:
    agents = await three(floor, "progressive")
    await floor.join()
    await floor.router.tick()
    (alone,) = floor.news.of(OfferMade)
    await floor.router.missed(alone.reservation, "missed")
    await floor.router.tick()
    assert {one.agent for one in floor.news.of(OfferMade)[1:]} == set(agents) - {alone.agent}


async def test_an_admins_word_counts_for_the_next_call_and_no_more_phones_ring_than_it_says(
    floor: Floor,
) -> None:
    await three(floor, "longest_idle")
    await floor.hire("dung", support=3)
    call, _ = await floor.join()
    await floor.router.tick()
    await floor.router.leave(call, "customer_hung_up")
    assert len(floor.news.of(OfferMade)) == 1
    await floor.sets(strategy="ring_all", ring_at_most=2)
    await floor.join()
    await floor.router.tick()
    assert len(floor.news.of(OfferMade)) == 1 + 2


async def test_an_agent_who_is_sent_away_stops_ringing_alone(floor: Floor) -> None:
    an, *others = await three(floor, "ring_all")
    call, _ = await floor.join()
    await floor.router.tick()
    async with floor.router.change() as change:
        offer = await change.store.open_of_agent(an)
        assert offer is not None
        await change.lock([offer.call], [an])
        await change.withdraw(offer, "forced")
        await change.move(an, Cause.SET_AWAY)
    assert await states(floor, others) == [AgentState.OFFERED.value] * 2
    assert await floor.pool.fetchval("select state from waiting where call_id = $1", call) == "offered"
