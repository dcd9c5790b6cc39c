"""Calls, offers and agents on a real database; time moves when the test says so."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from omnichannel.errors import IllegalMove, NoSuchAgent, NoSuchQueue
from omnichannel.people import People
from omnichannel.routing.model import LostPlace
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, News, ended, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock, VirtualClock
from threadline.kernel.events import (
    AgentState,
    AgentStateChanged,
    Bus,
    CallEvent,
    CallEventKind,
    Json,
    OfferClosed,
    OfferMade,
)
from threadline.kernel.ids import AgentId, CallId, ReservationId, ThreadId, uuid7
from threadline.kernel.queueing import Place, QueueRequest

pytestmark = pytest.mark.integration

STRANGER = ThreadId(uuid7(NOON))


@pytest.fixture(autouse=True)
async def _queue(router: Router) -> None:
    await router.define_queue("support", "Support", ring_timeout_s=20)


def request(call: CallId, *, priority: int = 5, need: list[Json] | None = None, thread: ThreadId = STRANGER,
            prefer: Json | None = None, queue: str = "support") -> QueueRequest:  # fmt: skip
    facts: Json = {"id": str(call), "from": "+84912345678", "queue": queue, "language": "en-US"}
    return QueueRequest(call, queue, thread, priority, need or [], prefer, facts)


async def ready(people: People, router: Router, login: str, wrap_up_s: int = 30, **skills: int) -> AgentId:
    agent = await people.add(
        login, None, role="agent", display_name=login.title(), skills=skills, wrap_up_s=wrap_up_s
    )
    await router.set_state(agent, AgentState.READY)
    return agent


async def state(router: Router, agent: AgentId) -> Any:
    return next(one for one in await router.states() if one["agent"] == str(agent))


async def test_a_waiting_call_is_offered_with_its_pop(
    router: Router, people: People, threads: Threads, news: News
) -> None:
    an = await ready(people, router, "an")
    call = new_call()
    caller = await threads.call_arrived(call, "+84912345678", "x", "1900", "VN", NOON, "Lan")
    assert await router.join(request(call, thread=caller.thread)) == Place(1)
    await router.tick()
    (offer,) = news.of(OfferMade)
    assert (offer.call, offer.agent, offer.queue, offer.ring_timeout_s) == (call, an, "support", 20.0)
    assert offer.lease_until == NOON + timedelta(seconds=25)
    pop: Any = offer.pop
    assert pop["contact"]["name"] == "Lan"
    assert (pop["call"]["id"], pop["call"]["from"], pop["call"]["wait_s"]) == (str(call), "+84912345678", 0.0)
    assert pop["timeline"][0]["call"]["id"] == str(call)
    shown = await state(router, an)
    assert (shown["state"], shown["call"]) == ("offered", str(call))


async def test_the_whole_way_from_ringing_to_ready_again(
    router: Router, people: People, news: News, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an", wrap_up_s=30)
    call = new_call()
    await router.join(request(call))
    await router.tick()
    offer = news.of(OfferMade)[0].reservation
    assert await router.answered(offer)
    assert await router.answered(offer), "a second delivery changes nothing"
    assert await router.place(call) is None
    await router.talk_over(offer, "customer_hung_up")
    await router.talk_over(offer, "customer_hung_up")
    shown = await state(router, an)
    assert (shown["state"], shown["until"]) == ("wrap_up", "2026-11-22T12:00:30+00:00")
    clock.advance(29)
    assert await router.tick() == NOON + timedelta(seconds=30)
    assert (await state(router, an))["state"] == "wrap_up"
    clock.advance(1)
    await router.tick()
    assert (await state(router, an))["state"] == "ready"
    assert [one.state.value for one in news.of(AgentStateChanged)] == [
        "ready",
        "offered",
        "talking",
        "wrap_up",
        "ready",
    ]
    assert [one.reason for one in news.of(OfferClosed)] == ["answered"]


async def test_an_agent_ends_his_wrap_up_himself(router: Router, people: People, news: News) -> None:
    an = await ready(people, router, "an")
    await router.join(request(new_call()))
    await router.tick()
    await router.answered(news.of(OfferMade)[0].reservation)
    await router.talk_over(news.of(OfferMade)[0].reservation, "agent_hung_up")
    await router.set_state(an, AgentState.READY)
    assert (await state(router, an))["state"] == "ready"


async def test_an_agent_without_wrap_up_is_ready_at_once(router: Router, people: People, news: News) -> None:
    an = await ready(people, router, "an", wrap_up_s=0)
    await router.join(request(new_call()))
    await router.tick()
    await router.answered(news.of(OfferMade)[0].reservation)
    await router.talk_over(news.of(OfferMade)[0].reservation, "agent_hung_up")
    assert (await state(router, an))["state"] == "ready"


async def test_a_missed_call_keeps_its_place_and_the_agent_is_out(
    router: Router, people: People, news: News, pool: Pool, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an")
    first, second = new_call(), new_call()
    await router.join(request(first))
    await router.tick()
    clock.advance(1)
    await router.join(request(second))
    clock.advance(19)
    await router.missed(news.of(OfferMade)[0].reservation, "missed")
    await router.missed(news.of(OfferMade)[0].reservation, "missed")
    assert [await router.place(call) for call in (first, second)] == [Place(1), Place(2)]
    assert await pool.fetchval("select entered_at from waiting where call_id = $1", first) == NOON
    assert (await state(router, an))["state"] == "missed"
    binh = await ready(people, router, "binh")
    await router.set_state(an, AgentState.READY)
    await router.tick()
    assert {one.call: one.agent for one in news.of(OfferMade)[1:]} == {first: binh, second: an}


async def test_who_missed_a_call_is_asked_again_after_a_minute(
    router: Router, people: People, news: News, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an")
    await router.join(request(new_call()))
    await router.tick()
    await router.missed(news.of(OfferMade)[0].reservation, "declined")
    assert news.of(OfferClosed)[0].reason == "declined"
    await router.set_state(an, AgentState.READY)
    assert await router.tick() == NOON + timedelta(seconds=60)
    assert len(news.of(OfferMade)) == 1
    clock.advance(60)
    await router.tick()
    assert len(news.of(OfferMade)) == 2


async def test_an_offer_nobody_closes_ends_with_its_lease(
    router: Router, people: People, news: News, clock: VirtualClock, pool: Pool
) -> None:
    an = await ready(people, router, "an")
    call = new_call()
    await router.join(request(call))
    assert await router.tick() == NOON + timedelta(seconds=25)
    clock.advance(25)
    await router.tick()
    assert (await state(router, an))["state"] == "missed"
    assert await router.place(call) == Place(1)
    assert [one.reason for one in news.of(OfferClosed)] == ["expired"]
    assert await router.answered(news.of(OfferMade)[0].reservation) is False
    assert await pool.fetchval("select state from reservation") == "expired"


async def test_a_caller_who_leaves_withdraws_his_offer(router: Router, people: People, news: News) -> None:
    an = await ready(people, router, "an")
    call = new_call()
    await router.join(request(call))
    await router.tick()
    await router.leave(call, "abandoned")
    await router.leave(call, "abandoned")
    assert [one.reason for one in news.of(OfferClosed)] == ["caller_left"]
    assert (await state(router, an))["state"] == "ready"
    assert await router.answered(news.of(OfferMade)[0].reservation) is False
    assert await router.place(call) is None


async def test_a_withdrawn_offer_does_not_cost_the_agent_his_turn(
    router: Router, people: People, news: News, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an")
    clock.advance(10)
    await ready(people, router, "binh")
    clock.advance(10)
    call = new_call()
    await router.join(request(call))
    await router.tick()
    await router.leave(call, "abandoned")
    clock.advance(1)
    await router.join(request(new_call()))
    await router.tick()
    assert [one.agent for one in news.of(OfferMade)] == [an, an]


async def test_joining_twice_is_one_place(
    router: Router, people: People, clock: VirtualClock, pool: Pool
) -> None:
    await people.add("an", None, role="agent", display_name="An")
    await router.set_state((await people.agents())[0].id, AgentState.AWAY)
    first, second = new_call(), new_call()
    assert await router.join(request(first)) == Place(1)
    clock.advance(5)
    assert await router.join(request(second)) == Place(2)
    assert set(await asyncio.gather(*(router.join(request(first)) for _ in range(8)))) == {Place(1)}
    assert await pool.fetchval("select count(*) from waiting") == 2
    clock.advance(5)
    assert await router.join(request(third := new_call(), priority=2)) == Place(1)
    assert [await router.place(call) for call in (third, first, second)] == [Place(1), Place(2), Place(3)]


async def test_a_call_may_wait_in_another_queue_afterwards(
    router: Router, people: People, clock: VirtualClock
) -> None:
    await router.define_queue("billing", "Billing")
    an = await people.add("an", None, role="agent", display_name="An")
    await router.set_state(an, AgentState.AWAY)
    moved, stays = new_call(), new_call()
    await router.join(request(moved))
    await router.join(request(stays))
    assert await router.join(request(moved, queue="billing")) == Place(1)
    assert await router.place(stays) == Place(1)
    await router.leave(moved, "timeout")
    clock.advance(1)
    assert await router.join(request(moved)) == Place(2)


async def test_a_full_queue_and_one_nobody_serves_say_so(router: Router, people: People) -> None:
    await router.define_queue("tiny", "Tiny", max_waiting=3)
    assert await router.join(request(new_call(), queue="tiny")) == "no_agents"
    an = await ready(people, router, "an", support=2)
    await router.set_state(an, AgentState.AWAY, "lunch")
    joined = await asyncio.gather(*(router.join(request(new_call(), queue="tiny")) for _ in range(8)))
    assert joined.count("full") == 5
    steps: list[Json] = [{"need": {"support": 5}, "for_s": 20}, {"need": {"support": 3}, "for_s": None}]
    assert await router.join(request(new_call(), need=steps)) == "no_agents"
    with pytest.raises(NoSuchQueue):
        await router.join(request(new_call(), queue="nowhere"))


async def test_the_need_of_the_queue_counts_where_the_flow_names_none(
    router: Router, people: People, news: News
) -> None:
    await router.define_queue("law", "Law", need={"law": 3})
    await ready(people, router, "an", law=2)
    assert await router.join(request(new_call(), queue="law")) == "no_agents"
    binh = await ready(people, router, "binh", law=3)
    assert await router.join(request(new_call(), queue="law")) == Place(1)
    await router.tick()
    assert [one.agent for one in news.of(OfferMade)] == [binh]


async def test_the_need_relaxes_with_the_wait(
    router: Router, people: People, news: News, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an", support=1)
    steps: list[Json] = [{"need": {"support": 3}, "for_s": 20}, {"need": {"support": 1}, "for_s": None}]
    await router.join(request(new_call(), need=steps))
    assert await router.tick() == NOON + timedelta(seconds=20)
    clock.advance(20)
    await router.tick()
    assert [one.agent for one in news.of(OfferMade)] == [an]


async def test_the_last_agent_is_preferred(
    router: Router, people: People, threads: Threads, news: News, clock: VirtualClock
) -> None:
    await ready(people, router, "an")
    clock.advance(10)
    binh = await ready(people, router, "binh")
    call = new_call()
    caller = await threads.call_arrived(call, "+84912345678", "x", "1900", "VN", NOON, "Lan")
    await threads.call_ended(ended(call, caller.thread, agent=binh))
    await router.join(request(new_call(), thread=caller.thread, prefer={"agent": "last_agent", "for_s": 15}))
    await router.tick()
    assert [one.agent for one in news.of(OfferMade)] == [binh]


async def test_decisions_are_kept_with_their_reasons(router: Router, people: People, pool: Pool) -> None:
    await people.add("away", None, role="agent", display_name="Away")
    an = await ready(people, router, "an", support=1)
    call = new_call()
    steps: list[Json] = [{"need": {"support": 3}, "for_s": 20}, {"need": {"support": 1}, "for_s": None}]
    await router.join(request(call, need=steps))
    await router.tick()
    await router.tick()
    await people.set_skills(an, {"support": 3})
    await router.tick()
    rows = await pool.fetch("select call_id, agent_id, detail from routing_decision order by id")
    assert [(row["call_id"], row["agent_id"]) for row in rows] == [(call, None), (call, an)]
    assert rows[0]["detail"]["lost"] == [{"agent": str(an), "reason": "skill:support<3"}]
    assert rows[1]["detail"]["step"] == 0


async def test_what_an_agent_may_not_do_is_refused(router: Router, people: People, news: News) -> None:
    an = await ready(people, router, "an")
    await router.join(request(new_call()))
    await router.tick()
    for wish in (AgentState.LOGGED_OUT, AgentState.AWAY, AgentState.READY, AgentState.TALKING):
        with pytest.raises(IllegalMove):
            await router.set_state(an, wish)
    await router.answered(news.of(OfferMade)[0].reservation)
    with pytest.raises(IllegalMove):
        await router.set_state(an, AgentState.LOGGED_OUT)
    with pytest.raises(NoSuchAgent):
        await router.set_state(AgentId(uuid7(NOON)), AgentState.READY)
    assert await router.answered(ReservationId(uuid7(NOON))) is False


@pytest.mark.parametrize(("is_answered", "after"), [(True, "wrap_up"), (False, "ready")])
async def test_a_call_that_ended_holds_no_agent_though_nobody_says_so(
    router: Router, people: People, bus: Bus, news: News, is_answered: bool, after: str
) -> None:
    an = await ready(people, router, "an")
    call = new_call()
    await router.join(request(call))
    await router.tick()
    if is_answered:
        await router.answered(news.of(OfferMade)[0].reservation)
    bus.publish(CallEvent(call, NOON, CallEventKind.ENDED))
    await router.tick()
    assert (await state(router, an))["state"] == after
    await router.talk_over(news.of(OfferMade)[0].reservation, "customer_hung_up")
    assert (await state(router, an))["state"] == after


async def test_states_are_intervals_without_gaps(
    router: Router, people: People, pool: Pool, clock: VirtualClock
) -> None:
    an = await ready(people, router, "an")
    for wish, reason in ((AgentState.AWAY, "lunch"), (AgentState.AWAY, "training"), (AgentState.READY, None),
                         (AgentState.READY, None), (AgentState.LOGGED_OUT, None)):  # fmt: skip
        clock.advance(10)
        await router.set_state(an, wish, reason)
    rows = await pool.fetch("select state, reason, from_at, to_at from agent_state order by id")
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("logged_out", None), ("ready", None), ("away", "lunch"), ("away", "training"), ("ready", None), ("logged_out", None),
    ]  # fmt: skip
    assert [row["to_at"] for row in rows] == [*(row["from_at"] for row in rows[1:]), None]


async def test_queues_show_who_waits(router: Router, people: People, clock: VirtualClock) -> None:
    await ready(people, router, "an")
    assert [one["ready"] for one in await router.queues()] == [1]
    for _ in range(3):
        await router.join(request(new_call()))
    await router.tick()
    clock.advance(7)
    (shown,) = await router.queues()
    assert (shown["waiting"], shown["offered"], shown["talking"], shown["longest_wait_s"]) == (2, 1, 0, 7.0)
    assert shown["ready"] == 0


async def test_fifty_arrivals_at_once_reach_fifty_agents(
    pool: Pool, bus: Bus, people: People, threads: Threads, news: News
) -> None:
    whole_floor = asyncio.Event()
    offers = 0

    def count(_: OfferMade) -> None:
        nonlocal offers
        offers += 1
        if offers == 50:
            whole_floor.set()

    bus.subscribe(OfferMade, count)
    async with Router(pool, SystemClock(), bus, people, threads) as router:
        for number in range(50):
            await ready(people, router, f"agent{number}")
        await asyncio.gather(*(router.join(request(new_call())) for _ in range(50)))
        async with asyncio.timeout(30):
            await whole_floor.wait()
    assert len({one.agent for one in news.of(OfferMade)}) == 50
    assert len({one.call for one in news.of(OfferMade)}) == 50


async def test_after_a_kill_places_are_told_and_agents_are_free(
    pool: Pool, clock: VirtualClock, bus: Bus, people: People, threads: Threads, router: Router, news: News
) -> None:
    ringing, talking, idle = [await ready(people, router, login) for login in ("an", "binh", "chi")]
    await router.set_state(idle, AgentState.AWAY, "lunch")
    calls = [new_call() for _ in range(4)]
    for call in calls:
        clock.advance(1)
        await router.join(request(call))
    await router.tick()
    by_agent = {one.agent: one for one in news.of(OfferMade)}
    await router.answered(by_agent[talking].reservation)
    connected = by_agent[talking].call
    left = [call for call in calls if call != connected]

    fresh = Router(pool, clock, bus, people, threads)
    assert await fresh.recover() == [LostPlace(call, "support", n) for n, call in enumerate(left, 1)]
    assert await fresh.recover() == []
    for agent, after in ((ringing, "ready"), (talking, "wrap_up")):
        shown = await state(fresh, agent)
        assert (shown["state"], shown["reason"], shown["call"]) == (after, "server_restarted", None)
    assert (await state(fresh, idle))["state"] == "away"
    closed = await pool.fetchrow(
        "select array_agg(distinct state), array_agg(distinct reason) from reservation"
    )
    assert closed is not None
    assert tuple(closed) == (["ended", "expired"], ["server_restarted"])
    assert await pool.fetchval("select count(*) from waiting where left_reason = 'server_restarted'") == 3
    assert await fresh.join(request(new_call())) == Place(1)
    assert await fresh.answered(by_agent[ringing].reservation) is False


async def test_an_offer_withdrawn_before_its_pop_is_ready_is_never_told(
    pool: Pool, clock: VirtualClock, bus: Bus, people: People, news: News
) -> None:
    class SlowThreads(Threads):
        async def pop(self, thread: ThreadId, call_facts: Json) -> Json:
            await router.leave(call, "abandoned")
            return {}

    call = new_call()
    router = Router(pool, clock, bus, people, SlowThreads(pool, clock, bus))
    await router.define_queue("support", "Support")
    an = await ready(people, router, "an")
    await router.join(request(call))
    await router.tick()
    assert not news.of(OfferMade)
    assert not news.of(OfferClosed)
    assert (await state(router, an))["state"] == "ready"
