"""Callbacks on a real database: the place is kept, attempts and windows are, and a kill loses nobody."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.errors import NoSuchQueue, NoSuchTicket
from omnichannel.people import People
from omnichannel.routing.callbacks.service import Wish
from omnichannel.routing.service import Router
from omnichannel.routing.supervision import Supervision
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import NOON, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.integration


def wish(call: CallId, *, queue: str | None = None, keep_place: bool = True, attempts: int = 2,
         window: tuple[datetime, datetime] | None = None, expires_s: float = 3600) -> Wish:  # fmt: skip
    return Wish(call, queue, "+84901234567", "carrier", "1900", keep_place, window, attempts, 300, expires_s)


async def ticket(floor: Floor) -> Any:
    (found,) = await floor.router.callbacks.open_tickets()
    return found


async def test_a_ticket_stands_where_its_call_stood(floor: Floor) -> None:
    an = await floor.hire("an", support=3, state=AgentState.AWAY)
    binh = await floor.hire("binh", support=5, state=AgentState.AWAY)
    first, _ = await floor.join(hard={"support": 2}, barred=[binh])
    floor.clock.advance(5)
    second, _ = await floor.join()
    await floor.router.leave(first, "offer_taken")  # the flow asks for the number meanwhile
    floor.clock.advance(40)
    await floor.router.callbacks.add(wish(first))
    found = await ticket(floor)
    assert (found["entered_at"], found["queue"], found["state"]) == (NOON.isoformat(), "support", "waiting")
    assert [one["kind"] for one in await waiting(floor)] == ["callback", "call"]
    kept = await floor.pool.fetch("select hard, barred from waiting where kind = 'callback'")
    assert [tuple(row) for row in kept] == [({"support": 2}, [binh])]
    await floor.router.set_state(an, AgentState.READY)
    await floor.router.tick()
    offer = floor.last_offer()
    assert offer.call not in (first, second)
    assert offer.lease_until - floor.clock.now() == timedelta(seconds=65)
    assert await floor.router.claim(offer.call)
    dialled = await floor.router.callbacks.of_place(offer.call)
    assert dialled is not None
    assert (dialled.number, dialled.trunk, dialled.shown) == ("+84901234567", "carrier", "1900")
    await floor.router.callbacks.reached(offer.call)
    assert await floor.router.answered(offer.reservation)
    await floor.router.talk_over(offer.reservation, "customer_hung_up")
    assert await floor.router.callbacks.open_tickets() == []


async def test_who_asks_for_it_in_the_queue_her_call_overflowed_from_keeps_her_place_and_her_language(
    floor: Floor,
) -> None:
    await floor.hire("an", support=3, vi=3, state=AgentState.AWAY)
    await floor.hire("binh", sales=3, vi=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    await floor.router.define_queue(
        "support", "Support", need={"support": 1}, overflow_queue="sales", overflow_after_s=30
    )
    call, _ = await floor.join(need=[{"need": {"support": 2, "vi": 3}, "for_s": None}])
    floor.clock.advance(30)
    await floor.router.tick()
    asked = "select queue, need from waiting where call_id = $1"
    assert [tuple(row) for row in await floor.pool.fetch(asked, call)] == [
        ("sales", [{"need": {"sales": 1, "vi": 3}, "for_s": None}])
    ]
    await floor.router.callbacks.add(wish(call, queue="support"))
    found = await ticket(floor)
    assert (found["entered_at"], found["queue"]) == (NOON.isoformat(), "support")
    need = await floor.pool.fetchval("select need from callback_ticket")
    assert need == [{"need": {"support": 1, "vi": 3}, "for_s": None}]


async def waiting(floor: Floor) -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in await floor.pool.fetch(
            "select kind, call_id from waiting where state = 'waiting' order by entered_at"
        )
    ]


async def test_one_who_is_not_reached_is_tried_again_and_then_no_more(floor: Floor) -> None:
    an = await floor.hire("an", support=3)
    await floor.router.callbacks.add(wish(new_call(), queue="support"))
    await floor.router.tick()
    place = floor.last_offer().call
    assert await floor.router.claim(place)
    await floor.router.callbacks.not_reached(place, "no_answer")
    await floor.router.callbacks.not_reached(place, "no_answer")
    assert await floor.state(an) == "ready"
    found = await ticket(floor)
    assert (found["state"], found["attempts"], found["attempts_left"]) == ("scheduled", 1, 1)
    assert await floor.router.tick() == floor.clock.now() + timedelta(seconds=300)
    floor.clock.advance(300)
    await floor.router.tick()
    again = floor.last_offer().call
    assert again != place
    assert await floor.router.claim(again)
    await floor.router.callbacks.not_reached(again, "busy")
    assert await floor.router.callbacks.open_tickets() == []
    assert await floor.pool.fetchval("select state from callback_ticket") == "failed"


async def test_one_that_is_moved_to_another_queue_is_tried_again_from_there(floor: Floor) -> None:
    an = await floor.hire("an", support=3, sales=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    await floor.router.callbacks.add(wish(new_call(), queue="support"))
    await floor.router.tick()
    supervision = Supervision(floor.router, floor.people, Audit(floor.pool, floor.clock))
    (one,) = await waiting(floor)
    await supervision.move(one["call_id"], "sales", SYSTEM)
    await floor.router.set_state(an, AgentState.READY)
    await floor.router.tick()
    await floor.router.callbacks.not_reached(floor.last_offer().call, "no_answer")
    assert (await ticket(floor))["queue"] == "sales"
    floor.clock.advance(300)
    await floor.router.tick()
    assert floor.last_offer().queue == "sales"


async def test_a_window_is_waited_for_and_its_end_is_the_end(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    opens, closes = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    await floor.router.callbacks.add(
        wish(new_call(), queue="support", window=(opens, closes), expires_s=86_400)
    )
    assert await floor.router.tick() == opens
    assert await waiting(floor) == []
    floor.clock.advance(3600)
    assert await floor.router.tick() == closes
    assert len(await waiting(floor)) == 1
    floor.clock.advance(3600)
    await floor.router.tick()
    assert await waiting(floor) == []
    assert await floor.pool.fetchval("select state from callback_ticket") == "expired"


async def test_one_number_waits_once_in_a_queue_and_may_be_cancelled(floor: Floor) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    first = await floor.router.callbacks.add(wish(new_call(), queue="support"))
    assert await floor.router.callbacks.add(wish(new_call(), queue="support")) == first
    audit = Audit(floor.pool, floor.clock)
    supervision = Supervision(floor.router, floor.people, audit)
    await supervision.cancel_callback(UUID(first), SYSTEM)
    with pytest.raises(NoSuchTicket):
        await supervision.cancel_callback(UUID(first), SYSTEM)
    noted = await audit.list(action="callback.cancel")
    assert [one["detail"] for one in noted] == [{"before": "waiting", "after": "cancelled"}]
    with pytest.raises(NoSuchQueue):
        await floor.router.callbacks.add(wish(new_call(), queue="nowhere"))
    with pytest.raises(NoSuchQueue):
        await floor.router.callbacks.add(wish(new_call()))


async def test_an_offer_nobody_dialled_for_is_no_fault_of_the_agents(floor: Floor) -> None:
    an = await floor.hire("an", support=3)
    await floor.router.callbacks.add(wish(new_call(), queue="support"))
    await floor.router.tick()
    floor.clock.advance(66)
    await floor.router.tick()
    assert await floor.state(an) in ("ready", "offered")
    assert (await ticket(floor))["attempts"] == 0


async def test_after_a_kill_tickets_stand_where_they_stood(
    floor: Floor, pool: Pool, clock: VirtualClock, bus: Bus, people: People, threads: Threads
) -> None:
    """One is only waiting, one was being dialled."""
    an = await floor.hire("an", support=3)
    await floor.router.callbacks.add(wish(new_call(), queue="support"))
    await floor.router.tick()
    assert await floor.router.claim(floor.last_offer().call)
    clock.advance(1)
    await floor.router.callbacks.add(
        Wish(new_call(), "support", "+84907654321", None, "1900", True, None, 1, 300, 3600)
    )
    fresh = Router(pool, clock, bus, people, threads)
    (lost,) = await fresh.recover()
    assert lost.call == floor.last_offer().call
    assert await floor.state(an) == "ready"
    await fresh.tick()
    offered = floor.last_offer()
    dialled = await fresh.callbacks.of_place(offered.call)
    assert dialled is not None
    assert (dialled.number, dialled.entered_at) == ("+84901234567", NOON)
    assert offered.call != lost.call
    assert len(await fresh.callbacks.open_tickets()) == 2
