"""What a call is told to do, and the order in which it does it."""

import pytest

from telephony.dialler.plan import Plan, PlanUnreadable, Server, Step, schedule

pytestmark = pytest.mark.unit

HERE = Server("127.0.0.1", 5060)


def _plan(**more: object) -> Plan:
    return Plan(HERE, "an", "secret", "19001234", **more)  # type: ignore[arg-type]  # as Plan's fields


def test_keys_come_one_after_the_other_and_the_end_comes_last() -> None:
    steps = schedule(_plan(keys="13", press_after_s=1, press_gap_s=2, stay_s=9), 0)
    assert steps == [Step(1, "press", "1"), Step(3, "press", "3"), Step(9, "hang_up")]


def test_a_file_is_said_again_but_never_over_itself() -> None:
    steps = schedule(_plan(say="a.wav", say_every_s=1, stay_s=10), said_s=4)
    assert [step.at_s for step in steps if step.action == "say"] == [0, 4, 8]


def test_hanging_up_when_done_waits_for_the_last_key_and_word() -> None:
    plan = _plan(keys="1", press_after_s=1, say="a.wav", say_after_s=2, hang_up_when_done=True)
    assert schedule(plan, said_s=3)[-1] == Step(5.5, "hang_up")


def test_with_nothing_to_do_the_call_lasts_as_long_as_it_is_told() -> None:
    assert schedule(_plan(hang_up_when_done=True, stay_s=7), 0) == [Step(7, "hang_up")]


def test_a_plan_survives_the_pipe() -> None:
    plan = _plan(keys="12", save="heard.wav", say_every_s=3.0)
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("more", [{"keys": "1x"}, {"stay_s": -1}, {"say_every_s": 0}])
def test_what_no_phone_can_do_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(PlanUnreadable):
        _plan(**more)


@pytest.mark.parametrize("text", ["", ":5060", "host:", "host:x", "host:0", "host:70000"])
def test_a_server_that_is_no_address_is_refused(text: str) -> None:
    if text == "host:":
        assert Server.parse(text) == Server("host", 5060)
        return
    with pytest.raises(PlanUnreadable):
        Server.parse(text)
