"""The life of a case: who owes whom the next move, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from omnichannel.cases import life
from omnichannel.cases.model import Case, Policy, Status
from threadline.kernel.ids import AgentId, uuid7

pytestmark = pytest.mark.unit

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy("standard", first_reply_s=3600, turn_s=7200, resolve_s=86_400, reopen_window_s=86_400)
AN = AgentId(uuid7(NINE))


def opened() -> Case:
    return life.opened("customer", NINE, POLICY).case


def test_a_customer_opens_a_case_and_three_clocks_run() -> None:
    case = opened()
    assert (case.status, case.turn_at) == (Status.NEW, NINE)
    assert case.first_due_at == NINE + HOUR
    assert case.turn_due_at == NINE + 2 * HOUR
    assert case.next_due_at(NINE) == NINE + HOUR


def test_what_an_agent_opens_owes_nobody_a_first_reply() -> None:
    case = life.opened("agent", NINE, POLICY, owner=AN).case
    assert (case.status, case.first_due_at, case.turn_at) == (Status.OPEN, None, None)


def test_a_second_message_leaves_the_first_ones_clock() -> None:
    step = life.heard(opened(), NINE + HOUR / 2, POLICY)
    assert (step.case.turn_at, step.case.turn_due_at) == (NINE, NINE + 2 * HOUR)


def test_an_answer_in_time_keeps_both_promises_and_waits_for_the_customer() -> None:
    step = life.answered(opened(), NINE + HOUR / 2, POLICY, AN)
    assert [(kept.clock, kept.outcome, kept.wall_s) for kept in step.kept] == [
        ("first_reply", "kept", 1800),
        ("turn", "kept", 1800),
    ]
    assert (step.case.status, step.case.owner, step.case.next_due_at(NINE)) == (Status.WAITING, AN, None)


def test_a_late_answer_is_late_for_the_promise_it_broke_only() -> None:
    step = life.answered(opened(), NINE + 1.5 * HOUR, POLICY, AN)
    assert {kept.clock: kept.outcome for kept in step.kept} == {"first_reply": "late", "turn": "kept"}


def test_the_second_answer_is_no_first_reply() -> None:
    waiting = life.answered(opened(), NINE + HOUR / 2, POLICY, AN).case
    asked = life.heard(waiting, NINE + HOUR, POLICY).case
    again = life.answered(asked, NINE + 2 * HOUR, POLICY, AgentId(uuid7(NINE)))
    assert [kept.clock for kept in again.kept] == ["turn"]
    assert again.case.owner == AN


def test_the_resolution_clock_stands_still_while_the_customer_is_waited_for() -> None:
    waiting = life.answered(opened(), NINE + HOUR, POLICY, AN).case
    back = life.heard(waiting, NINE + 11 * HOUR, POLICY).case
    assert back.resolve_due_at == NINE + timedelta(seconds=86_400) + 10 * HOUR


def test_a_resolved_case_opens_again_within_its_window_and_not_after() -> None:
    step = life.moved(opened(), Status.RESOLVED, NINE + HOUR, POLICY)
    assert [kept.clock for kept in step.kept] == ["resolve"]
    assert step.case.next_due_at(NINE) is None
    assert life.takes(step.case, NINE + 20 * HOUR, POLICY)
    assert not life.takes(step.case, NINE + 30 * HOUR, POLICY)
    again = life.heard(step.case, NINE + 20 * HOUR, POLICY)
    assert (again.news, again.case.reopen_count, again.case.period_at) == ("reopened", 1, NINE + 20 * HOUR)
    assert again.case.first_due_at == NINE + 21 * HOUR


def test_a_closed_case_stays_closed() -> None:
    closed = life.moved(opened(), Status.CLOSED, NINE, POLICY).case
    assert not life.takes(closed, NINE, POLICY)
    with pytest.raises(life.ClosedForGood):
        life.moved(closed, Status.OPEN, NINE, POLICY)


def test_a_sleeper_wakes_when_the_customer_writes() -> None:
    asleep = life.snoozed(opened(), NINE + HOUR, NINE).case
    assert life.heard(asleep, NINE + HOUR / 2, POLICY).case.snoozed_until is None
    assert life.snoozed(asleep, None, NINE + HOUR).news == "woken"


def test_sleep_is_for_open_cases_and_ends_in_the_future() -> None:
    with pytest.raises(life.NotInFuture):
        life.snoozed(opened(), NINE, NINE)
    resolved = life.moved(opened(), Status.RESOLVED, NINE, POLICY).case
    with pytest.raises(life.NotOpen):
        life.snoozed(resolved, NINE + HOUR, NINE)


def test_a_broken_promise_is_due_no_more() -> None:
    case = opened()
    assert [clock for clock, _, _ in case.broken(NINE + 1.5 * HOUR)] == ["first_reply"]
    assert case.next_due_at(NINE + 1.5 * HOUR) == NINE + 2 * HOUR
