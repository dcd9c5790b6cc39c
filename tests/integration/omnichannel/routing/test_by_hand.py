"""Conversations that no offer led to: handed over, picked up, dialled."""

from typing import Any

import pytest

from omnichannel.routing.board.service import Board
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import new_call
from threadline.db.pool import Pool
from threadline.dialling import Attendance
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus, CallEvent, CallEventKind, Json, OfferClosed
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration


async def test_who_is_handed_a_call_while_away_talks_wraps_up_and_is_away_again_for_the_same_reason(
    floor: Floor,
) -> None:
    binh, call = await floor.hire("binh", support=3, wrap_up_s=30, state=AgentState.LOGGED_OUT), new_call()
    await floor.router.set_state(binh, AgentState.AWAY, "lunch")
    await floor.router.by_hand.begin(call, binh, "support")
    await floor.join()
    await floor.router.tick()
    assert await _shown(floor, binh) == ("talking", None, str(call)), "and is offered nothing"
    floor.clock.advance(60)
    await floor.router.by_hand.end(call, binh, "talk_over")
    await floor.router.by_hand.end(call, binh, "talk_over")
    assert await _shown(floor, binh) == ("wrap_up", None, None)
    floor.clock.advance(30)
    await floor.router.tick()
    assert await _shown(floor, binh) == ("away", "lunch", None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (AgentState.READY, "ready"),
        (AgentState.LOGGED_OUT, "logged_out"),
        (AgentState.AWAY, "ready"),  # for the reason that his phone rang for this very call
    ],
)
async def test_who_has_no_wrap_up_is_at_once_what_he_was_before_his_phone_rang(
    floor: Floor, before: AgentState, after: str
) -> None:
    an, call = await floor.hire("an", support=3, wrap_up_s=0), new_call()
    await floor.router.set_state(an, before, "calling" if before is AgentState.AWAY else None)
    await floor.router.by_hand.begin(call, an, None)
    assert await floor.state(an) == "talking"
    await floor.router.by_hand.end(call, an, "talk_over")
    assert await floor.state(an) == after


async def test_an_offer_that_rings_for_who_takes_another_call_keeps_its_place(floor: Floor) -> None:
    an = await floor.hire("an", support=3)
    waits, _ = await floor.join()
    await floor.router.tick()
    await floor.router.by_hand.begin(new_call(), an, None)
    assert await floor.state(an) == "talking"
    assert floor.news.of(OfferClosed)[-1].reason == "withdrawn"
    place = await floor.router.place(waits)
    assert place is not None
    assert place.position == 1


async def test_a_talk_by_hand_goes_on_in_another_call_and_ends_with_it_even_if_nobody_says_so(
    floor: Floor, bus: Bus
) -> None:
    an, first, second = await floor.hire("an", support=3, wrap_up_s=30), new_call(), new_call()
    await floor.router.by_hand.begin(first, an, None)
    await floor.router.by_hand.begin(second, an, None)
    await floor.router.by_hand.end(first, an, "talk_over")
    assert await _shown(floor, an) == ("talking", None, str(second))
    bus.publish(CallEvent(second, floor.clock.now(), CallEventKind.ENDED, {}))
    await floor.router.tick()
    assert await floor.state(an) == "wrap_up"


async def test_who_has_two_customers_on_two_lines_of_one_telephone_talks_until_the_last_of_them_is_gone(
    floor: Floor,
) -> None:
    an, first, second = await floor.hire("an", support=3, wrap_up_s=30), new_call(), new_call()
    book = Attendance(floor.router)
    for call in (first, second):
        await book.begins(an)
        await book.serves(an, call, None)
    await book.served(an, second)
    await book.ends(an)
    assert await _shown(floor, an) == ("talking", None, str(first))
    await book.served(an, first)
    await book.ends(an)
    assert await floor.state(an) == "wrap_up"


async def test_a_wrap_up_that_a_colleague_interrupts_goes_on_where_it_was_and_ends_as_any_other(
    floor: Floor, clock: VirtualClock
) -> None:
    an, first = await floor.hire("an", support=3, wrap_up_s=30), new_call()
    await floor.router.set_state(an, AgentState.AWAY, "lunch")
    book = Attendance(floor.router)
    await book.begins(an)
    await book.ends(an)
    assert await _shown(floor, an) == ("away", "lunch", None)
    await book.serves(an, first, None)
    await book.served(an, first)
    clock.advance(10)
    await book.begins(an)
    assert await _shown(floor, an) == ("away", "calling", None)
    clock.advance(60)
    await floor.router.tick()
    await book.ends(an)
    assert await _shown(floor, an) == ("wrap_up", None, None)
    clock.advance(19)
    await floor.router.tick()
    assert await _shown(floor, an) == ("wrap_up", None, None)
    clock.advance(2)
    await floor.router.tick()
    assert await _shown(floor, an) == ("away", "lunch", None)


async def test_the_conversation_an_offer_gave_counts_whatever_else_his_phone_does(floor: Floor) -> None:
    an = await floor.hire("an", support=3)
    given, _ = await floor.join()
    await floor.router.tick()
    await floor.router.answered(floor.last_offer().reservation)
    await floor.router.by_hand.begin(new_call(), an, None)
    assert await _shown(floor, an) == ("talking", None, str(given))


async def test_who_talked_when_the_server_was_killed_wraps_up(
    floor: Floor, pool: Pool, bus: Bus, clock: VirtualClock, threads: Threads
) -> None:
    an = await floor.hire("an", support=3, wrap_up_s=30)
    await floor.router.by_hand.begin(new_call(), an, None)
    anew = Router(pool, clock, bus, floor.people, threads)
    await anew.recover()
    assert await _shown(floor, an) == ("wrap_up", "server_restarted", None)


async def test_it_counts_as_a_conversation_and_as_work_and_the_board_knows_who_is_on_which_call(
    floor: Floor, pool: Pool, bus: Bus, clock: VirtualClock
) -> None:
    an, binh = await floor.hire("an", support=3), await floor.hire("binh", support=3)
    handed, inside = new_call(), new_call()
    on_line: list[Json] = [
        _on_line(an, str(handed), "call", "agent", "+84901234567", None),
        _on_line(binh, str(inside), "inside", "inside", "103", str(an)),
    ]
    board = Board(pool, clock, bus, floor.router, lambda: on_line)
    await floor.router.by_hand.begin(handed, an, "support")
    floor.clock.advance(60)
    told: Any = await board.wallboard()
    (ans, binhs), (queue,) = told["agents"], told["queues"]
    assert (ans["state"], ans["contacts"], ans["occupancy"] > 0.9) == ("talking", 1, True)
    assert queue["talking"] == 1
    (held,) = ans["holding"]
    assert (held["contact"], held["queue"], held["part"], held["number"]) == (
        str(handed), "support", "agent", "+84901234567",
    )  # fmt: skip
    assert held["since"] < told["at"]
    (held,) = binhs["holding"]
    assert (held["kind"], held["queue"], held["number"], held["name"]) == ("inside", None, "103", "An")


def _on_line(agent: AgentId, call: str, kind: str, part: str, number: str, colleague: str | None) -> Json:
    """A row of telephony.on_calls."""
    return {
        "agent": str(agent), "contact": call, "kind": kind, "part": part, "state": "connected", "number": number,
        "colleague": colleague, "since": "2026-11-22T11:00:00+00:00",
    }  # fmt: skip


async def _shown(floor: Floor, agent: AgentId) -> tuple[Any, Any, Any]:
    row = next(one for one in await floor.router.states() if one["agent"] == str(agent))
    return row["state"], row["reason"], row["call"]
