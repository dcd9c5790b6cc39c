"""Who hears whom, as conferences at Twilio: everybody, nobody or one alone hears each."""

from itertools import count
from uuid import UUID

import pytest

from telephony.room import Mode, hearing, seated
from telephony.twilio.rooms import Place, groups, placed
from threadline.kernel.ids import LegId

pytestmark = pytest.mark.unit

LAN, AN, MINH, CHI, DUNG = (LegId(UUID(int=number)) for number in range(1, 6))


def rooms_of(
    others: dict[LegId, Mode], before: dict[LegId, str] | None = None, *, is_held: bool = False
) -> dict[LegId, Place]:
    """Lan is the customer, An the agent. New rooms are called a, b, …"""
    names = (chr(ord("a") + number) for number in count())
    heard = hearing(seated(LAN, AN, others, is_held=is_held))
    return placed(heard, before or {}, lambda: next(names))


def test_two_who_talk_are_in_one_room_and_stay_there() -> None:
    assert rooms_of({}) == {LAN: Place("a"), AN: Place("a")}
    assert rooms_of({}, {LAN: "x", AN: "x"}) == {LAN: Place("x"), AN: Place("x")}


def test_a_supervisor_is_heard_by_nobody_by_the_agent_or_by_all() -> None:
    assert rooms_of({CHI: Mode.LISTEN})[CHI] == Place("a", is_muted=True)
    assert rooms_of({CHI: Mode.WHISPER})[CHI] == Place("a", coaches=AN)
    assert rooms_of({CHI: Mode.BARGE}) == {leg: Place("a") for leg in (LAN, AN, CHI)}


def test_two_supervisors_do_not_hear_each_other() -> None:
    places = rooms_of({CHI: Mode.LISTEN, DUNG: Mode.WHISPER})
    assert (places[CHI], places[DUNG]) == (Place("a", is_muted=True), Place("a", coaches=AN))


def test_who_is_asked_aside_comes_to_the_agent_and_the_customer_who_has_left_needs_no_room() -> None:
    places = rooms_of({MINH: Mode.CONSULT}, {AN: "x"}, is_held=True)
    assert places == {AN: Place("x"), MINH: Place("x")}
    listened = rooms_of({MINH: Mode.CONSULT, CHI: Mode.LISTEN}, {AN: "x"}, is_held=True)
    assert listened[CHI] == Place("x", is_muted=True)


def test_two_circles_are_two_rooms_and_the_first_group_stays() -> None:
    before = dict.fromkeys((LAN, AN, MINH), "x")
    places = rooms_of({MINH: Mode.TALK, DUNG: Mode.CONSULT}, before)
    assert {places[LAN], places[MINH]} == {Place("x")}
    assert {places[AN], places[DUNG]} == {Place("a")}


def test_who_is_alone_leaves_a_room_where_others_meet_and_else_stays() -> None:
    heard = {LAN: frozenset({MINH}), MINH: frozenset({LAN}), AN: frozenset[LegId]()}
    before = dict.fromkeys((LAN, AN, MINH), "x")
    assert placed(heard, before, lambda: "a")[AN] == Place("a", is_muted=True)
    assert placed({AN: frozenset()}, {AN: "x"}, lambda: "a") == {}


def test_somebody_whom_only_some_hear_is_heard_by_nobody() -> None:
    """A conference has no word for it."""
    four = {LAN, AN, MINH, CHI}
    heard = {leg: frozenset(four - {leg}) for leg in four} | {LAN: frozenset({AN, MINH})}
    assert placed(heard, {}, lambda: "a")[CHI] == Place("a", is_muted=True)


def test_groups_are_found_through_others() -> None:
    heard = {LAN: frozenset({AN}), MINH: frozenset({CHI}), AN: frozenset({MINH}), DUNG: frozenset[LegId]()}
    assert groups(heard) == [frozenset({LAN, AN, MINH, CHI})]
