"""The table of agent states."""

import itertools

import pytest

from omnichannel.errors import IllegalMove
from omnichannel.routing.presence import MOVES, WISHES, Cause, back, move, wish
from threadline.kernel.errors import Refused
from threadline.kernel.events import AgentState

pytestmark = pytest.mark.unit


def test_every_move_outside_the_table_is_refused() -> None:
    for state, cause in itertools.product(AgentState, Cause):
        if (state, cause) in MOVES:
            assert move(state, cause) is MOVES[state, cause]
        else:
            with pytest.raises(IllegalMove):
                move(state, cause)


@pytest.mark.parametrize("busy", [AgentState.OFFERED, AgentState.TALKING])
@pytest.mark.parametrize("cause", [Cause.SET_READY, Cause.SET_AWAY, Cause.LOG_OUT])
def test_nobody_walks_out_of_an_offer_or_a_conversation(busy: AgentState, cause: Cause) -> None:
    with pytest.raises(Refused):
        move(busy, cause)


def test_only_a_ready_agent_gets_an_offer() -> None:
    assert {state for state, cause in MOVES if cause is Cause.OFFER} == {AgentState.READY}


def test_who_missed_a_call_is_out_until_he_says_otherwise() -> None:
    leaving = {cause for state, cause in MOVES if state is AgentState.MISSED}
    assert leaving == {Cause.SET_READY, Cause.SET_AWAY, Cause.LOG_OUT, Cause.TAKE}


def test_whoever_is_not_on_a_call_can_be_handed_one_and_is_what_he_was_afterwards() -> None:
    taking = {state for state, cause in MOVES if cause is Cause.TAKE}
    assert taking == set(AgentState) - {AgentState.OFFERED, AgentState.TALKING}
    for before in (AgentState.READY, AgentState.AWAY, AgentState.LOGGED_OUT):
        assert move(AgentState.WRAP_UP, back(before)) is move(AgentState.TALKING, back(before)) is before
    assert move(AgentState.WRAP_UP, back(AgentState.MISSED)) is AgentState.READY  # he is there again


def test_people_choose_three_states_and_routing_the_rest() -> None:
    for state in AgentState:
        if state in WISHES:
            assert MOVES[state, wish(state)] is state
        else:
            with pytest.raises(IllegalMove):
                wish(state)


def test_every_state_can_be_reached_from_logged_out_and_led_back() -> None:
    for start, goal in itertools.permutations(AgentState, 2):
        assert goal in _reachable(start), f"{start} never becomes {goal}"


def _reachable(start: AgentState) -> set[AgentState]:
    seen = {start}
    while grown := {after for (before, _), after in MOVES.items() if before in seen} - seen:
        seen |= grown
    return seen
