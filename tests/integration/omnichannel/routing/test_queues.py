"""Hours, caps, overflow, redials and honest waits on a real database; time moves when the test says so."""

import pytest

from omnichannel.errors import NoSuchQueue, QueueUnreadable
from tests.integration.omnichannel.routing.support import Floor, somebody
from tests.integration.omnichannel.support import NOON, new_call
from threadline.kernel.events import AgentState, OfferMade
from threadline.kernel.queueing import Place

pytestmark = pytest.mark.integration


async def test_a_queue_out_of_its_hours_takes_nobody(floor: Floor) -> None:
    """Noon in UTC is seven in the evening in Vietnam."""
    await floor.hire("an", support=3)
    await floor.pool.execute(
        """insert into calendar values ('shop', 'Asia/Ho_Chi_Minh', '{"sun": [["08:00", "18:00"]]}')"""
    )
    await floor.router.define_queue("support", "Support", need={"support": 1}, calendar="shop")
    assert (await floor.join())[1] == "closed"
    assert (await floor.router.queue_facts("support"))["is_open"] is False
    floor.clock.advance(-3 * 3600)
    assert (await floor.join())[1] == Place(1)
    assert (await floor.router.queue_facts("support"))["is_open"] is True
    await floor.pool.execute(
        """update calendar set holidays = '[{"date": "2026-11-22", "name": "A feast"}]'"""
    )
    assert (await floor.join())[1] == "closed"


async def test_a_full_queue_overflows_to_one_with_room(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    await floor.hire("binh", sales=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1}, max_waiting=1)
    await floor.router.define_queue(
        "support", "Support", need={"support": 1}, max_waiting=1, overflow_queue="sales"
    )
    assert (await floor.join())[1] == Place(1)
    call, place = await floor.join()
    assert place == Place(1)
    assert await floor.pool.fetchval("select queue from waiting where call_id = $1", call) == "sales"
    assert (await floor.join())[1] == "full"
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    call, _ = await floor.join(
        need=[{"need": {"support": 2, "vi": 3}, "for_s": 20}, {"need": {"vi": 1}, "for_s": None}]
    )
    assert await floor.pool.fetchval("select state from waiting where call_id = $1", call) is None
    await floor.hire("chi", sales=1, vi=1, state=AgentState.AWAY)
    call, _ = await floor.join(
        need=[{"need": {"support": 2, "vi": 3}, "for_s": 20}, {"need": {"vi": 1}, "for_s": None}]
    )
    need = await floor.pool.fetchval("select need from waiting where call_id = $1", call)
    assert [step["need"] for step in need] == [{"sales": 1, "vi": 3}, {"sales": 1, "vi": 1}]


async def test_who_waited_long_enough_moves_on_and_is_served_by_the_other_queue(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    await floor.router.define_queue(
        "support", "Support", need={"support": 1}, overflow_queue="sales", overflow_after_s=30
    )
    call, _ = await floor.join()
    binh = await floor.hire("binh", sales=3)
    assert await floor.router.tick() == NOON.replace(second=30)
    assert floor.news.of(OfferMade) == []
    floor.clock.advance(30)
    await floor.router.tick()
    offer = floor.last_offer()
    assert (offer.call, offer.agent, offer.queue) == (call, binh, "sales")
    assert await floor.pool.fetchval("select entered_at from waiting where call_id = $1", call) == NOON
    rows = await floor.pool.fetch("select queue, kind, reason from queue_event order by id")
    assert [tuple(row) for row in rows] == [
        ("support", "entered", None),
        ("support", "moved", "overflow"),
        ("sales", "entered", "overflow"),
    ]


async def test_nobody_overflows_to_a_queue_where_nobody_could_serve(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    await floor.router.define_queue(
        "support", "Support", need={"support": 1}, overflow_queue="sales", overflow_after_s=30
    )
    call, _ = await floor.join()
    floor.clock.advance(31)
    assert await floor.router.tick() is None
    assert await floor.router.place(call) == Place(1)
    assert await floor.pool.fetchval("select queue from waiting") == "support"


@pytest.mark.parametrize(("away_s", "place"), [(299, 1), (301, 2)])
async def test_who_gave_up_and_redials_within_five_minutes_has_the_old_place(
    floor: Floor, away_s: int, place: int
) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    lan = somebody()
    first, _ = await floor.join(thread=lan)
    floor.clock.advance(1)
    await floor.join()
    await floor.router.leave(first, "customer_hung_up")
    floor.clock.advance(away_s)
    again, got = await floor.join(thread=lan)
    assert got == Place(place)
    await floor.router.leave(again, "customer_hung_up")
    floor.clock.advance(1)
    assert (await floor.join(thread=lan))[1] == Place(place), "a place is taken up by one call at a time"
    assert (await floor.join(thread=lan))[1] == Place(3)


async def test_who_took_another_way_out_of_the_queue_has_no_place_to_come_back_to(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    lan = somebody()
    first, _ = await floor.join(thread=lan)
    floor.clock.advance(1)
    await floor.join()
    await floor.router.leave(first, "offer_taken")
    assert (await floor.join(thread=lan))[1] == Place(2)


async def test_waits_are_told_only_where_they_were_measured_and_never_grow(floor: Floor) -> None:
    an = await floor.hire("an", support=3)
    last, _ = await floor.join()
    assert await floor.router.place(last) == Place(1)
    for _ in range(6):
        await floor.join()
    for _ in range(7):
        await floor.serve(60)
    await floor.router.set_state(an, AgentState.AWAY)
    floor.clock.advance(10)
    await floor.router.set_state(an, AgentState.READY)
    calls = [(await floor.join())[0] for _ in range(8)]
    places = [await floor.router.place(call) for call in calls]
    assert all(place is not None for place in places)
    assert places[0] == Place(1), "the range of who is next is too wide to be told"
    told = [place.wait_s for place in places if place is not None]
    assert told[7] is not None
    assert told[7][1] == 600.0
    facts = await floor.router.queue_facts("support")
    assert (facts["waiting"], facts["agents_logged_in"]) == (8, 1)
    assert facts["ewt_p50"] < facts["ewt_p75"]
    floor.clock.advance(600)
    await floor.hire("binh", support=1)
    floor.clock.advance(6)
    before, after = told[7], (await floor.router.place(calls[7]))
    assert before is not None
    assert after is not None
    assert after.wait_s is not None
    assert after.wait_s[1] < before[1], "two serve her now"
    await floor.router.set_state(an, AgentState.AWAY)
    floor.clock.advance(6)
    slower = await floor.router.place(calls[7])
    assert slower == Place(8), "it grew: neither the old figure nor the new one is told"


async def test_rules_nobody_can_follow_are_refused(floor: Floor) -> None:
    with pytest.raises(QueueUnreadable):
        await floor.router.define_queue("support", "Support", overflow_queue="support")
    with pytest.raises(NoSuchQueue):
        await floor.router.define_queue("support", "Support", overflow_queue="nowhere")
    with pytest.raises(QueueUnreadable):
        await floor.router.define_queue("support", "Support", calendar="never")
    with pytest.raises(NoSuchQueue):
        await floor.router.queue_facts("nowhere")


async def test_a_conversation_that_goes_on_in_a_call_that_never_waited_keeps_its_agent_talking(
    floor: Floor,
) -> None:
    """An attended transfer: the colleague was asked through the queue, the customer had come by another way."""
    binh = await floor.hire("binh", support=3, wrap_up_s=30)
    asked, _ = await floor.join()
    await floor.router.tick()
    talk = floor.last_offer().reservation
    await floor.router.answered(talk)
    customers = new_call()
    await floor.router.talk_goes_on(talk, customers)
    await floor.router.leave(asked, "joined")
    await floor.router.tick()
    (shown,) = await floor.router.states()
    assert (shown["agent"], shown["state"], shown["call"]) == (str(binh), "talking", str(customers))
    await floor.router.talk_over(talk, "customer_hung_up")
    assert await floor.state(binh) == "wrap_up"
