"""A supervisor's hand on the floor, and what the wallboard says of it."""

from typing import Any

import pytest

from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import IllegalMove, NoSuchPlace, NoSuchQueue
from omnichannel.people import People
from omnichannel.routing.board.service import Board
from omnichannel.routing.supervision import Supervision
from tests.integration.omnichannel.routing.support import Floor, somebody
from tests.integration.omnichannel.support import new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus, OfferClosed

pytestmark = pytest.mark.integration

CHI = Actor("agent", "chi")


@pytest.fixture
def audit(pool: Pool, clock: VirtualClock) -> Audit:
    return Audit(pool, clock)


@pytest.fixture
def supervision(floor: Floor, people: People, audit: Audit) -> Supervision:
    return Supervision(floor.router, people, audit)


@pytest.fixture
def board(floor: Floor, pool: Pool, clock: VirtualClock, bus: Bus) -> Board:
    return Board(pool, clock, bus, floor.router)


async def test_an_agent_sent_away_while_his_phone_rings_costs_the_caller_nothing(
    floor: Floor, supervision: Supervision, audit: Audit
) -> None:
    an = await floor.hire("an", support=3)
    call, _ = await floor.join()
    await floor.router.tick()
    await supervision.force_state(an, AgentState.AWAY, "meeting", CHI)
    assert await floor.state(an) == "away"
    assert floor.news.of(OfferClosed)[-1].reason == "withdrawn"
    place = await floor.router.place(call)
    assert place is not None
    assert place.position == 1
    await supervision.force_state(an, AgentState.READY, None, CHI)
    await floor.router.tick()
    assert floor.last_offer().call == call, "he did not miss it: he may have it"
    noted = await audit.list(action="agent.force_state")
    details: list[Any] = [one["detail"] for one in noted]
    assert [(one["before"], one["after"]) for one in details] == [("away", "ready"), ("offered", "away")]


async def test_a_conversation_is_not_cut_off_by_force(floor: Floor, supervision: Supervision) -> None:
    an = await floor.hire("an", support=3)
    await floor.join()
    await floor.router.tick()
    await floor.router.answered(floor.last_offer().reservation)
    with pytest.raises(IllegalMove):
        await supervision.force_state(an, AgentState.LOGGED_OUT, None, CHI)
    assert await floor.state(an) == "talking"


async def test_a_skill_given_now_counts_for_who_waits_already(
    floor: Floor, supervision: Supervision, audit: Audit
) -> None:
    await floor.hire("an", support=3, state=AgentState.AWAY)
    binh = await floor.hire("binh", sales=3)
    call, _ = await floor.join()
    await floor.router.tick()
    await supervision.set_skills(binh, {"sales": 3, "support": 1}, CHI)
    await floor.router.tick()
    assert (floor.last_offer().call, floor.last_offer().agent) == (call, binh)
    (noted,) = await audit.list(action="agent.skills")
    assert noted["detail"] == {"before": {"sales": 3}, "after": {"sales": 3, "support": 1}}


async def test_a_contact_moved_keeps_its_place(floor: Floor, supervision: Supervision, audit: Audit) -> None:
    await floor.hire("an", support=3, sales=3, state=AgentState.AWAY)
    await floor.router.define_queue("sales", "Sales", need={"sales": 1})
    older, _ = await floor.join()
    floor.clock.advance(5)
    await floor.join("sales")
    await supervision.move(older, "sales", CHI)
    place = await floor.router.place(older)
    assert place is not None
    assert place.position == 1
    with pytest.raises(NoSuchQueue):
        await supervision.move(older, "nowhere", CHI)
    with pytest.raises(NoSuchPlace):
        await supervision.move(new_call(), "sales", CHI)
    (noted,) = await audit.list(action="contact.move")
    assert noted["detail"] == {"before": "support", "after": "sales"}


async def test_the_board_counts_by_published_formulas(floor: Floor, board: Board) -> None:
    """Two in time, one late, one gave up at once, one after a while, one by a key, one not let in."""
    await floor.hire("an", support=3)
    await floor.router.define_queue("support", "Support", need={"support": 1}, max_waiting=3)
    for wait_s in (0, 10, 40):
        await floor.join()
        floor.clock.advance(wait_s)
        await floor.serve(0)
    for wait_s, why in ((2, "customer_hung_up"), (30, "customer_hung_up"), (5, "offer_taken")):
        call, _ = await floor.join(thread=somebody())
        floor.clock.advance(wait_s)
        await floor.router.leave(call, why)
    for _ in range(4):
        await floor.join()
    shown: Any = await board.wallboard()
    (queue,) = shown["queues"]
    figures = queue["figures"]
    assert {name: figures[name] for name in ("offered", "entered", "answered", "abandoned", "refused")} == {
        "offered": 6, "entered": 9, "answered": 3, "abandoned": 2, "refused": 1,
    }  # fmt: skip
    assert figures["service_level"] == pytest.approx(
        {"of_offered": 2 / 6, "of_patient": 2 / 5, "of_answered": 2 / 3}
    )
    assert figures["abandoned_share"] == pytest.approx(1 / 5)
    assert figures["asa_s"] == pytest.approx(50 / 3)
    assert (queue["waiting"], len(await board.waiting())) == (3, 3)
    assert shown["agents"][0]["contacts"] == 3
    assert shown["totals"]["service_level"] == figures["service_level"]


async def test_the_board_tells_what_everybody_can_do_and_whom_he_has(floor: Floor, board: Board) -> None:
    await floor.hire("an", support=3)
    await floor.hire("binh", billing=2)
    call, _ = await floor.join()
    await floor.router.tick()
    shown: Any = await board.wallboard()
    an, binh = shown["agents"]
    assert (an["skills"], binh["skills"], binh["holding"]) == ({"support": 3}, {"billing": 2}, [])
    (held,) = an["holding"]
    assert {name: held[name] for name in ("contact", "queue", "kind", "state")} == {
        "contact": str(call), "queue": "support", "kind": "call", "state": "offered",
    }  # fmt: skip


async def test_why_names_everybody_what_kept_him_and_who_was_handed_it(floor: Floor, board: Board) -> None:
    an = await floor.hire("an", support=3)
    binh = await floor.hire("binh", sales=3)
    call, _ = await floor.join()
    await floor.router.tick()
    await floor.router.answered(floor.last_offer().reservation)
    why: Any = await board.why(call)
    (decision,) = why["decisions"]
    assert (decision["agent"], decision["agent_name"], decision["queue"]) == (str(an), "An", "support")
    assert [(one["name"], one["reason"]) for one in decision["lost"]] == [("Binh", "skill:support<1")]
    floor.clock.advance(30)
    await floor.router.by_hand.begin(call, binh, "support")
    why = await board.why(call)
    assert [(one["kind"], one["agent_name"]) for one in why["way"]] == [
        ("entered", None), ("answered", "An"), ("by_hand", "Binh"),
    ]  # fmt: skip
