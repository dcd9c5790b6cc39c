"""The small pure parts: calendars, phrases, templates, variables, words."""

from datetime import datetime
from typing import Any

import pytest

from ivr_flows import phrases
from ivr_flows.calendar import Calendar, CalendarInvalid
from ivr_flows.expressions import ExpressionInvalid, Scope
from ivr_flows.shapes import Var
from ivr_flows.templates import parse_template, shown
from ivr_flows.variables import VarRejected, accept
from ivr_flows.words import AllowedKeys

pytestmark = pytest.mark.unit

WEEK = {
    "mon": [["08:00", "12:00"], ["13:00", "17:00"]],
    "fri": [["22:00", "06:00"]],
    "sun": [["00:00", "24:00"]],
}
STORE = Calendar.of(
    "Asia/Ho_Chi_Minh",
    WEEK,
    [
        {"date": "2026-02-16", "name": "Tết"},
        {"date": "2026-03-02", "name": "short", "hours": [["10:00", "11:00"]]},
    ],
)


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-03-09T08:00:00+07:00", "open"),
        ("2026-03-09T01:00:00+00:00", "open"),
        ("2026-03-09T12:00:00+07:00", "closed"),
        ("2026-03-09T16:59:59+07:00", "open"),
        ("2026-03-10T09:00:00+07:00", "closed"),
        ("2026-03-13T23:00:00+07:00", "open"),
        ("2026-03-14T05:59:00+07:00", "open"),
        ("2026-03-14T06:00:00+07:00", "closed"),
        ("2026-03-15T23:59:59+07:00", "open"),
        ("2026-02-16T09:00:00+07:00", "holiday"),
        ("2026-03-02T09:00:00+07:00", "holiday"),
        ("2026-03-02T10:30:00+07:00", "open"),
    ],
)
def test_a_calendar_knows_its_hours_holidays_and_one_off_days(moment: str, status: str) -> None:
    assert STORE.status(datetime.fromisoformat(moment)) == status


def test_a_calendar_survives_json() -> None:
    stored: dict[str, Any] = STORE.to_json()
    assert Calendar.of(**stored) == STORE
    assert stored["weekly"]["sun"] == [
        ["00:00", "24:00"]
    ]  # as it was written, and not as if nobody were there
    assert STORE.holiday_name(datetime.fromisoformat("2026-02-16T00:00:00+07:00")) == "Tết"
    assert STORE.holiday_name(datetime.fromisoformat("2026-02-17T00:00:00+07:00")) is None


@pytest.mark.parametrize(
    ("timezone", "weekly", "holidays"),
    [
        ("Asia/Nowhere", {}, []),
        ("../etc", {}, []),
        ("UTC", {"monday": []}, []),
        ("UTC", {"mon": [["8", "x"]]}, []),
        ("UTC", {"mon": [["08:00"]]}, []),
        ("UTC", {"mon": 5}, []),
        ("UTC", {}, [{"name": "x"}]),
        ("UTC", {}, ["2026-02-16"]),
        ("UTC", {}, [{"date": "soon"}]),
    ],
)
def test_a_calendar_that_can_not_be_read_is_refused(timezone: str, weekly: Any, holidays: Any) -> None:
    with pytest.raises(CalendarInvalid):
        Calendar.of(timezone, weekly, holidays)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (phrases.position(1, "vi-VN"), "Quý khách đang ở vị trí thứ 1 trong hàng chờ."),
        (phrases.position(31, "vi-VN"), "Hiện có hơn 20 người đang chờ trước quý khách."),
        (phrases.position(2, "en-US"), "You are number 2 in line."),
        (phrases.position(99, "fr-FR"), "There are more than 20 callers before you."),
        (phrases.expected_wait(0, "en-US"), "The expected wait is about 1 minute."),
        (phrases.expected_wait(61, "en-US"), "The expected wait is about 2 minutes."),
        (phrases.expected_wait(901, "en-US"), "The expected wait is more than 15 minutes."),
        (phrases.expected_wait(901, "vi-VN"), "Thời gian chờ dự kiến hơn 15 phút."),
        (phrases.expected_wait(60, "vi-VN"), "Thời gian chờ dự kiến khoảng 1 phút."),
        (phrases.say_digits("A1 2*", "en-US"), "A one two star"),
        (phrases.say_digits(90, "vi-VN"), "chín không"),
        (phrases.say_money(250000.0, "VND", "vi-VN"), "250000 đồng"),
        (phrases.say_money("12.50", "USD", "en-US"), "12 dollars 50 cents"),
        (phrases.say_money(3, "THB", "en-US"), "3 THB"),
        (phrases.say_date("2026-03-10", "vi-VN"), "ngày 10 tháng 3 năm 2026"),
        (phrases.say_date("2026-03-10T10:00:00Z", "en-US"), "March 10, 2026"),
    ],
)
def test_phrases(said: str, expected: str) -> None:
    assert said == expected


def test_what_is_no_amount_and_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="no amount"):
        phrases.say_money("many", "VND", "vi-VN")
    with pytest.raises(ValueError, match="no date"):
        phrases.say_date("tomorrow", "vi-VN")


def test_every_queue_phrase_is_in_the_closed_set() -> None:
    everything = phrases.queue_phrases("vi-VN", places=True, waits=True)
    assert {phrases.position(place, "vi-VN") for place in range(1, 500)} <= set(everything)
    assert {phrases.expected_wait(wait_s, "vi-VN") for wait_s in range(0, 9000, 7)} <= set(everything)
    assert phrases.queue_phrases("vi-VN", places=False, waits=False) == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("$${x} costs $5", "${x} costs $5"),
        ("a ${vars.n} b ${vars.n}", "a 7 b 7"),
        ("""${{"a": "}"}["a"] + '"{' + '\\''}""", """}"{'"""),
        ("${1.5} ${2.0} ${true} ${false} ${vars.none}!", "1.5 2 true false !"),
    ],
)
def test_templates_are_filled_in(template: str, text: str) -> None:
    assert parse_template(template).text(Scope({"vars": {"n": 7, "none": None}}, {})) == text


def test_a_lone_hole_keeps_its_type() -> None:
    scope = Scope({"vars": {"n": 7}}, {})
    assert parse_template("${vars.n}").value(scope) == 7
    assert parse_template("${vars.n}!").value(scope) == "7!"
    assert parse_template("${vars.n}").is_static is False
    assert parse_template("vars.n").is_static is True
    with pytest.raises(ExpressionInvalid):
        parse_template("${'")


def test_lists_are_shown_as_they_are() -> None:
    assert shown(["a"]) == "['a']"


@pytest.mark.parametrize(
    ("var", "value", "held"),
    [
        (Var(type="int"), "42", 42),
        (Var(type="int", min=1), 5, 5),
        (Var(type="float"), "2.5", 2.5),
        (Var(type="float"), 2, 2.0),
        (Var(type="string", pattern="^a+$", min=1, max=3), "aa", "aa"),
        (Var(type="bool"), True, True),
        (Var(type="date"), "2026-03-10", "2026-03-10"),
        (Var(type="phone"), "+84901234567", "+84901234567"),
        (Var(type="object"), {"a": 1}, {"a": 1}),
        (Var(type="list", max=2), [1], [1]),
        (Var(type="int"), None, None),
    ],
)
def test_a_variable_holds_what_fits(var: Var, value: Any, held: Any) -> None:
    assert accept("x", var, value) == held


@pytest.mark.parametrize(
    ("var", "value"),
    [
        (Var(type="int"), "4x"),
        (Var(type="int"), True),
        (Var(type="int", max=3), 4),
        (Var(type="int", pattern="4"), 4),
        (Var(type="float"), "x"),
        (Var(type="float"), True),
        (Var(type="string"), 4),
        (Var(type="string", pattern="^a+$"), "b"),
        (Var(type="string", min=2), "a"),
        (Var(type="date"), "2026-13-01"),
        (Var(type="date"), 5),
        (Var(type="phone"), "call me"),
        (Var(type="object"), []),
        (Var(type="list"), "a"),
    ],
)
def test_a_variable_refuses_what_does_not_fit(var: Var, value: Any) -> None:
    with pytest.raises(VarRejected):
        accept("x", var, value)


def test_allowed_keys_know_ranges() -> None:
    assert AllowedKeys("1-3*").keys() == {"1", "2", "3", "*"}
