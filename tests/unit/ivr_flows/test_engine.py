"""The engine between the lines of the golden traces: late events, purity, JSON, people."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.calendar import DAYS, Calendar
from ivr_flows.engine import FlowContext, Session, Turn, resume, start
from ivr_flows.model import Flow
from ivr_flows.nodes.asking import Asking
from ivr_flows.nodes.base import Step
from ivr_flows.parse import parse_flow
from ivr_flows.run import Run
from tests.unit.ivr_flows.samples import HEAD, MENU

pytestmark = pytest.mark.unit

NOW: Final = datetime(2026, 3, 10, 3, tzinfo=UTC)
RETAIL: Final = parse_flow(
    (Path(__file__).parents[3] / "ivr_flows" / "flows" / "retail_main.yaml").read_text(encoding="utf-8"),
    "retail_main",
)
STORE: Final = Calendar.of("Asia/Ho_Chi_Minh", {day: [["08:00", "21:00"]] for day in DAYS})
CONTEXT: Final = FlowContext(call={"id": "c", "from": "+1"}, calendars={"store": STORE})


def small(extra: str = "", head: str = HEAD) -> Flow:
    return parse_flow(head + MENU + extra, "small")


def run(flow: Flow, *events: ev.Input, context: FlowContext = CONTEXT) -> Turn:
    turn = start(flow, context, NOW)
    for event in events:
        turn = resume(flow, turn.session, event, NOW)
    return turn


WAITING: Final = (ev.Key("1"),)

EVENTS: Final = st.one_of(
    st.builds(ev.PlayDone, st.integers(1, 12)),
    st.builds(ev.Key, st.sampled_from("0123456789*#")),
    st.just(ev.Tick()),
    st.builds(ev.QueuePlace, st.integers(1, 40), st.none() | st.tuples(st.floats(0, 900), st.floats(0, 900))),
    st.builds(ev.QueueRefused, st.sampled_from(["full", "no_agents", "closed"])),
    st.builds(ev.AgentJoined, st.text(max_size=5)),
    st.just(ev.AgentLeft()),
    st.builds(ev.TransferOver, st.sampled_from(["busy", "done"])),
    st.builds(ev.MessageTaken, st.floats(0, 60), st.sampled_from(["silence", "hangup"])),
    st.builds(ev.Fault, st.just("x")),
    st.just(ev.HungUp()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(EVENTS, st.floats(0, 700)), max_size=25))
def test_any_events_leave_a_session_that_survives_json(events: list[tuple[ev.Input, float]]) -> None:
    now, turn = NOW, start(RETAIL, CONTEXT, NOW)
    plays: list[int] = []
    for event, later_s in events:
        now += timedelta(seconds=later_s)
        before = json.dumps(turn.session.to_json())
        session = Session.from_json(json.loads(before))
        assert session == turn.session
        was_over, previous = turn.over, turn.session
        turn = resume(RETAIL, session, event, now)
        assert json.dumps(previous.to_json()) == before
        assert turn == resume(RETAIL, Session.from_json(json.loads(before)), event, now)
        assert not was_over or not any(isinstance(effect, fx.Play | fx.Hangup) for effect in turn.effects)
        assert turn.over == (turn.session.mode == "over")
        assert not (turn.over and turn.wake_at)
        assert isinstance(event, ev.Tick) is False or turn.wake_at is None or turn.wake_at > now
        plays += [effect.play for effect in turn.effects if isinstance(effect, fx.Play | fx.PlayMusic)]
    assert plays == sorted(set(plays))


def test_the_end_of_a_play_already_left_is_passed_over() -> None:
    turn = run(small(), ev.PlayDone(7))
    assert turn.effects == ()
    assert turn.session.playing == 1


@pytest.mark.parametrize(
    "event",
    [
        ev.QueuePlace(1),
        ev.QueueRefused("full"),
        ev.AgentLeft(),
        ev.TransferOver("done"),
        ev.MessageTaken(3, "silence"),
        ev.Tick(),
    ],
)
def test_news_that_does_not_belong_to_a_menu_is_passed_over(event: ev.Input) -> None:
    turn = run(small(), event)
    assert turn.effects == ()
    assert not turn.over


def test_nothing_happens_after_the_end() -> None:
    for event in (ev.HungUp(), ev.Key("1"), ev.Tick(), ev.MessageTaken(3, "silence")):
        turn = run(small(), ev.HungUp(), event)
        assert (turn.effects, turn.over) == ((), True)


def test_the_engine_is_quiet_while_people_talk() -> None:
    for event in (ev.Key("1"), ev.Fault("x"), ev.Tick(), ev.QueuePlace(1), ev.PlayDone(2)):
        turn = run(small(), *WAITING, ev.AgentJoined("an"), event)
        assert (turn.effects, turn.wake_at, turn.over) == ((), None, False)
    assert run(small(), *WAITING, ev.AgentJoined("an"), ev.HungUp()).over


def test_a_person_may_join_before_any_queue() -> None:
    joined = run(small(), ev.AgentJoined("an"))
    assert joined.effects == (fx.StopPlay(1),)
    assert resume(small(), joined.session, ev.AgentLeft(), NOW).effects == (fx.Hangup("normal"),)


def test_the_call_time_counts_anew_after_a_talk() -> None:
    flow = small("  ask: {type: queue, queue: support, timeout: main, after_call: main}\n", HEAD).head
    assert flow.defaults.limits.max_call_time == 3600
    after = parse_flow(HEAD + MENU.replace("timeout: main}", "timeout: main, after_call: main}"), "small")
    turn = run(after, *WAITING, ev.AgentJoined("an"), ev.AgentLeft())
    assert isinstance(turn.effects[-1], fx.Play)
    assert turn.wake_at == NOW + timedelta(hours=1)


def test_a_better_place_is_told_as_soon_as_it_is_known_once_it_is_due() -> None:
    hold = "hold: {announce: {position: true, first_after: 5s, every: 20s}}"
    flow = parse_flow(HEAD + MENU.replace("timeout: main}", f"timeout: main, {hold}}}"), "small")
    turn = run(flow, *WAITING)
    assert isinstance(turn.effects[-1], fx.PlayMusic)

    def at(seconds: float, event: ev.Input) -> list[str]:
        nonlocal turn
        turn = resume(flow, turn.session, event, NOW + timedelta(seconds=seconds))
        return [item.text for effect in turn.effects if isinstance(effect, fx.Play) for item in effect.items]

    assert at(5, ev.Tick()) == []
    assert at(6, ev.QueuePlace(3)) == ["You are number 3 in line."]
    assert at(7, ev.QueuePlace(2)) == []
    assert at(8, ev.PlayDone(turn.session.plays)) == []
    assert at(26, ev.Tick()) == ["You are number 2 in line."]
    assert at(28, ev.PlayDone(turn.session.plays)) == []
    assert at(46, ev.Tick()) == []
    assert at(47, ev.QueuePlace(2)) == []
    assert at(48, ev.QueuePlace(1)) == ["You are number 1 in line."]


def test_the_wait_alone_is_told_only_when_it_is_known() -> None:
    hold = "hold: {announce: {ewt: true, first_after: 5s, only_if_better: false}}"
    flow = parse_flow(HEAD + MENU.replace("timeout: main}", f"timeout: main, {hold}}}"), "small")
    turn = run(flow, *WAITING, ev.QueuePlace(3))
    turn = resume(flow, turn.session, ev.Tick(), NOW + timedelta(seconds=5))
    assert turn.effects == ()
    turn = resume(flow, turn.session, ev.QueuePlace(3, (10, 100)), NOW + timedelta(seconds=6))
    assert [type(effect) for effect in turn.effects] == [fx.Play]


def test_a_hangup_event_of_the_step_wins() -> None:
    events = "    events: {hangup: {thread: {tag: here}}}\n"
    flow = parse_flow(
        HEAD.replace("{error: main}", "{error: main, hangup: {thread: {tag: flow}}}")
        + MENU.replace("    choices:", events + "    choices:"),
        "small",
    )
    assert run(flow, ev.HungUp()).effects == (fx.NoteThread(tags=("here",)),)
    assert run(flow, *WAITING, ev.HungUp()).effects == (fx.NoteThread(tags=("flow",)),)


def test_a_fault_without_a_declared_way_out_ends_the_call() -> None:
    flow = small(head=HEAD.replace("events: {error: main}\n", ""))
    assert run(flow, ev.Fault("x")).effects == (fx.StopPlay(1), fx.Hangup("error"))


def test_long_lists_of_facts_are_cut() -> None:
    context = FlowContext(call={}, contact={"tags": [str(number) for number in range(500)]})
    facts = run(small(), context=context).session.facts["contact"]
    assert isinstance(facts, dict)
    assert isinstance(facts["tags"], list)
    assert len(facts["tags"]) == 200
    assert facts["vip"] is False


def test_the_first_language_is_the_callers_else_the_servers_else_the_flows() -> None:
    head = HEAD.replace("supported: [en-US]", "supported: [en-US, vi-VN, th-TH]")
    flow = small(head=head)
    assert run(flow, context=FlowContext({"language": "th-TH"})).session.language == "th-TH"
    assert run(flow, context=FlowContext({"language": "xx-XX"})).session.language == "vi-VN"
    assert run(flow, context=FlowContext({}, default_language="fr-FR")).session.language == "en-US"


def test_a_calendar_the_call_does_not_know_goes_the_way_of_errors() -> None:
    turn = run(RETAIL, ev.PlayDone(1), ev.Key("2"), context=FlowContext({"id": "c"}))
    assert "apology" in [effect.step for effect in turn.effects if isinstance(effect, fx.Entered)]


def test_open_asks_the_calendar() -> None:
    branch = "  ask: {type: branch, cases: [{when: 'open(\"store\")', next: wait}], else: main}\n"
    flow = parse_flow(HEAD.replace("entry: main", "entry: ask") + MENU + branch, "small")
    assert run(flow).session.step == "wait"
    late = start(flow, CONTEXT, NOW + timedelta(hours=12))
    assert late.session.step == "main"


def test_a_condition_that_is_no_truth_is_an_error() -> None:
    flow = parse_flow(HEAD + MENU + "  odd: {type: goto, when: '1', next: wait}\n", "small")
    odd = parse_flow(
        HEAD.replace("entry: main", "entry: odd") + MENU + "  odd: {type: goto, when: '1', next: wait}\n", "x"
    )
    assert run(flow).session.step == run(odd).session.step == "main"


def test_a_secure_number_is_unmasked_however_the_step_is_left() -> None:
    head = HEAD.replace("entry: main", "entry: card") + "vars: {card: {type: string}}\n"
    card = (
        "  card: {type: collect, prompt: {any: Card.}, var: card, secure: true, on_fail: main, next: main}\n"
    )
    turn = run(small(card, head), ev.Fault("x"))
    assert fx.Recording("unmask") in turn.effects


def test_a_prompt_of_punctuation_alone_is_passed_over() -> None:
    flow = parse_flow(
        HEAD + "steps:\n  main: {type: menu, prompt: {any: ' . '}, choices: {'1': end}, on_fail: end}\n"
        "  end: {type: say, prompt: {any: '!'}}\n",
        "small",
    )
    turn = run(flow)
    assert [type(effect) for effect in turn.effects] == [fx.Entered]
    assert turn.wake_at == NOW + timedelta(seconds=6)
    assert resume(flow, turn.session, ev.Key("1"), NOW).over


def test_news_that_does_not_belong_to_a_queue_or_a_voicemail_is_passed_over() -> None:
    box = "  box: {type: voicemail, box: a, next: main}\n"
    voicemail = small(box, HEAD.replace("entry: main", "entry: box"))
    assert run(voicemail, ev.Key("1")).effects == ()
    for event in (ev.TransferOver("done"), ev.MessageTaken(1, "max")):
        assert run(small(), *WAITING, event).effects == ()


def test_a_message_left_by_hanging_up_is_noted_after_the_end() -> None:
    head = HEAD.replace("entry: main", "entry: box")
    for block, notes in (("tag: [left]", 1), ("note: '${call.nothing}'", 0)):
        flow = small(f"  box: {{type: voicemail, box: a, thread: {{{block}}}, next: main}}\n", head)
        turn = run(flow, ev.HungUp(), ev.MessageTaken(9, "hangup"))
        assert len(turn.effects) == notes
        assert turn.over
        assert resume(flow, turn.session, ev.MessageTaken(9, "hangup"), NOW).effects == ()


def test_a_confirmation_without_words_is_listened_for_at_once() -> None:
    head = HEAD.replace("entry: main", "entry: ask") + "vars: {n: {type: string}}\n"
    ask = "  ask: {type: collect, prompt: {any: N}, var: n, digits: {max: 1}, confirm: {any: '.'}, on_fail: main, next: main}\n"
    turn = run(small(ask, head), ev.Key("5"))
    assert turn.wake_at == NOW + timedelta(seconds=6)
    assert resume(small(ask, head), turn.session, ev.Key("1"), NOW).session.step == "main"


def test_a_prompt_that_check_would_refuse_is_silence() -> None:
    flow = small(
        "  gap: {type: say, prompt: {vi-VN: Chào}, next: main}\n", HEAD.replace("entry: main", "entry: gap")
    )
    assert run(flow).session.step == "main"


def test_the_title_falls_back_to_the_id() -> None:
    assert small().title == "small"
    assert RETAIL.title.startswith("Tổng đài")


def test_a_kind_of_step_must_say_what_it_does() -> None:
    nothing = run(small())
    bare = Run(small(), nothing.session, NOW)
    step = Step(type="bare")
    assert step.on(bare, ev.Key("1")) is None
    with pytest.raises(NotImplementedError):
        step.begin(bare)
    asking = Asking.model_validate({"type": "bare", "prompt": {"any": "A"}, "on_fail": "main"})
    with pytest.raises(NotImplementedError):
        asking.first_wait()
    with pytest.raises(NotImplementedError):
        asking.take(bare, "1")


def test_a_limit_in_a_queue_gives_the_place_up() -> None:
    head = HEAD.replace("{error: main}", "{limit: main}") + "defaults: {limits: {max_call_time: 10s}}\n"
    waiting = run(small(head=head), *WAITING)
    turn = resume(small(head=head), waiting.session, ev.Tick(), NOW + timedelta(seconds=10))
    assert fx.LeaveQueue("limit") in turn.effects
    assert turn.session.step == "main"
