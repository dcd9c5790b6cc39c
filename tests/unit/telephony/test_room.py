"""Who hears whom, and what the media engine is told of it."""

from uuid import UUID

import pytest

from telephony.room import Mode, Rewiring, Wiring, hearing, rewired, seated, wired
from threadline.kernel.ids import LegId

pytestmark = pytest.mark.unit

C, A, X, S = (LegId(UUID(int=n)) for n in (1, 2, 3, 4))
NAMES = {C: "customer", A: "agent", X: "other", S: "supervisor"}


def hear(others: dict[LegId, Mode], *, is_held: bool = False) -> dict[str, set[str]]:
    heard = hearing(seated(C, A, others, is_held=is_held))
    return {NAMES[leg]: {NAMES[voice] for voice in voices} for leg, voices in heard.items()}


def wiring(others: dict[LegId, Mode], *, is_held: bool = False) -> Wiring:
    return wired(hearing(seated(C, A, others, is_held=is_held)))


def test_customer_and_agent_are_bridged() -> None:
    assert hear({}) == {"customer": {"agent"}, "agent": {"customer"}}
    assert wiring({}) == Wiring(frozenset({frozenset({C, A})}))


def test_on_hold_nobody_hears_anybody() -> None:
    assert hear({}, is_held=True) == {"customer": set(), "agent": set()}
    assert wiring({}, is_held=True) == Wiring()


def test_a_consultation_is_a_bridge_aside_of_the_customer() -> None:
    assert hear({X: Mode.CONSULT}, is_held=True) == {
        "customer": set(),
        "agent": {"other"},
        "other": {"agent"},
    }
    assert wiring({X: Mode.CONSULT}, is_held=True) == Wiring(frozenset({frozenset({A, X})}))


def test_in_a_conference_all_hear_all_but_themselves() -> None:
    assert hear({X: Mode.TALK, S: Mode.BARGE}) == {
        "customer": {"agent", "other", "supervisor"},
        "agent": {"customer", "other", "supervisor"},
        "other": {"customer", "agent", "supervisor"},
        "supervisor": {"customer", "agent", "other"},
    }
    assert not wiring({X: Mode.TALK, S: Mode.BARGE}).bridges


def test_a_customer_on_hold_hears_nothing_of_a_conference() -> None:
    heard = hear({X: Mode.TALK}, is_held=True)
    assert heard == {"customer": set(), "agent": {"other"}, "other": {"agent"}}


def test_who_listens_hears_both_and_leaves_their_bridge_as_it_is() -> None:
    assert hear({S: Mode.LISTEN}) == {
        "customer": {"agent"}, "agent": {"customer"}, "supervisor": {"customer", "agent"},
    }  # fmt: skip
    assert wiring({S: Mode.LISTEN}) == Wiring(frozenset({frozenset({C, A})}), {S: frozenset({C, A})})


def test_a_whisper_is_the_agents_alone() -> None:
    assert hear({S: Mode.WHISPER}) == {
        "customer": {"agent"},
        "agent": {"customer", "supervisor"},
        "supervisor": {"customer", "agent"},
    }


def test_the_supervisor_follows_the_agent_aside_and_hears_the_customer_no_more() -> None:
    heard = hear({X: Mode.CONSULT, S: Mode.WHISPER}, is_held=True)
    assert heard["supervisor"] == {"agent", "other"}
    assert heard["agent"] == {"other", "supervisor"}
    assert heard["other"] == {"agent"}
    assert heard["customer"] == set()


def test_who_takes_over_hears_the_agent_until_he_has_the_call() -> None:
    assert hear({S: Mode.TAKE_OVER})["supervisor"] == {"customer", "agent"}


def test_only_what_changes_is_told() -> None:
    plain, listened = wiring({}), wiring({S: Mode.LISTEN})
    assert rewired(plain, listened, (C, A, S)) == Rewiring((), ((S, (C, A)),), ())
    assert rewired(listened, plain, (C, A)) == Rewiring((), (), ())
    conference = wiring({X: Mode.TALK})
    assert rewired(plain, conference, (C, A, X)) == Rewiring(
        ((C, A),), ((C, (A, X)), (A, (C, X)), (X, (C, A))), ()
    )
    assert rewired(conference, plain, (C, A)) == Rewiring((), (), ((C, A),))
    held = wiring({X: Mode.TALK}, is_held=True)
    assert rewired(conference, held, (C, A, X)) == Rewiring((), ((C, ()),), ((A, X),))
    assert rewired(conference, Wiring(), ()) == Rewiring((), (), ())
