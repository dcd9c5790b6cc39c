"""What golden traces do not come to: answers that nobody waits for, silence of machines, modules that are gone."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows import phrases
from ivr_flows.calendar import Calendar, next_opening
from ivr_flows.engine import FlowContext, Turn, resume, start
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.hearing import digits_said
from ivr_flows.link import linked
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
from ivr_flows.picking import Pick, picked
from ivr_flows.texts import all_texts
from tests.unit.ivr_flows.samples import HEAD, findings_of

pytestmark = pytest.mark.unit

NOW: Final = datetime(2026, 3, 10, 3, tzinfo=UTC)
VOICE: Final = FlowContext(call={"id": "c", "from": "+84901"})
END: Final = "  end: {type: hangup}\n  other: {type: wait, for: 5s, next: end}\n"


def flow_of(step: str, more: str = "", head: str = "") -> Flow:
    text = HEAD.replace("entry: main", "entry: it").replace("error: main", "error: other") + head
    return parse_flow(f"{text}steps:\n  it: {step}\n{more}{END}", "small")


def run(flow: Flow, *events: ev.Input | float, context: FlowContext = VOICE) -> Turn:
    """The turn after these events; a number lets so many seconds pass, and rings."""
    now, turn = NOW, start(flow, context, NOW)
    for event in events:
        if isinstance(event, float):
            now += timedelta(seconds=event)
            event = ev.Tick()
        turn = resume(flow, turn.session, event, now)
    return turn


def at(turn: Turn) -> str:
    return turn.session.step


ASKING: Final = flow_of(
    "{type: queue_check, queue: a, cases: [{when: 'queue.waiting > 1', next: end}], else: end}"
)


def test_a_queue_step_says_what_never_relaxes_who_is_barred_and_how_long_it_waits() -> None:
    route = (
        "{min_level_hard: {'lang:${call.language}': 2}, exclude: ['${vars.who}'], "
        "steps: [{need: {tax: 3}, any_of: [{law: 2}, {audit: 1, law: 1}]}]}"
    )
    step = f"{{type: queue, queue: a, route: {route}, max_wait: 5m, timeout: end}}"
    turn = run(flow_of(step, head="vars: {who: {type: string, default: x-1}}\n"))
    (asked,) = [one for one in turn.effects if isinstance(one, fx.EnterQueue)]
    assert asked.route == (fx.Need({"tax": 3}, None, ({"law": 2}, {"audit": 1, "law": 1})),)
    assert (asked.max_wait_s, asked.exclude) == (300.0, ("x-1",))
    assert asked.hard == {"lang:en-US": 2}


def test_a_queue_that_does_not_answer_is_an_error() -> None:
    assert at(run(ASKING, ev.Key("1"), 3.0)) == "other"


def test_an_answer_to_a_question_long_left_is_passed_over() -> None:
    assert at(run(ASKING, ev.QueueFacts(9, {}))) == "it"
    assert at(run(ASKING, 3.0, ev.QueueFacts(1, {"waiting": 5}))) == "other"


def test_an_agent_may_be_nobody_and_leave_for_a_survey() -> None:
    step = "{type: agent, agent: '${vars.who}', fallback: other, after_call: other, next: end}"
    head = "vars: {who: {type: string}}\n"
    assert at(run(flow_of(step, head=head))) == "other"
    known = flow_of(step.replace("vars.who", "call.id"))
    assert at(run(known, ev.AgentJoined("an"), ev.AgentLeft())) == "other"


def test_words_that_are_being_understood_are_waited_for() -> None:
    step = (
        "{type: menu, prompt: {any: A}, input: [speech], grammar: {en-US: {a: [a]}}, tries: 1, "
        "choices: {'1': {say: a, next: end}}, on_fail: other}"
    )
    flow = flow_of(step)
    assert at(run(flow, ev.PlayDone(1), 7.6)) == "other"
    assert at(run(flow, ev.PlayDone(1), ev.Speaking(1), 7.6)) == "it"
    assert at(run(flow, ev.PlayDone(1), ev.Speaking(1), 20.0)) == "other"
    assert at(run(flow, ev.Speaking(1), ev.Heard(1, ""))) == "it"
    assert at(run(flow, ev.PlayDone(1), ev.Heard(7, "a"))) == "it", "nobody listens to that any more"


def test_a_language_is_not_said() -> None:
    step = "{type: language, prompt: {any: A}, input: [dtmf, speech], choices: {'1': en-US}, on_fail: end, next: end}"
    assert not [each for each in start(flow_of(step), VOICE, NOW).effects if isinstance(each, fx.Listen)]


def test_a_callback_whose_own_words_say_nothing_still_listens() -> None:
    step = "{type: callback, queue: a, number: {read_back: {any: '${\"\"}'}}, done: end, on_fail: other}"
    turn = start(flow_of(step), VOICE, NOW)
    assert turn.wake_at == NOW + timedelta(seconds=6)


def test_a_callback_is_agreed_to_in_writing() -> None:
    step = "{type: callback, queue: a, number: {read_back: {any: 'Right?'}}, done: end, on_fail: other}"
    turn = run(flow_of(step), ev.PlayDone(1), ev.Wrote("Yes"))
    assert isinstance(turn.effects[1], fx.RequestCallback)


def test_a_confirmation_that_must_be_heard_takes_its_key_afterwards() -> None:
    step = (
        "{type: collect, var: n, barge_in: false, prompt: {any: N}, digits: {max: 1}, confirm: {any: Right}, "
        "on_fail: other, next: end}"
    )
    flow = flow_of(step, head="vars: {n: {type: string}}\n")
    assert at(run(flow, ev.PlayDone(1), ev.Key("7"), ev.Key("1"))) == "it"
    assert at(run(flow, ev.PlayDone(1), ev.Key("7"), ev.PlayDone(2), ev.Key("1"))) == "end"


def test_digits_are_understood_in_the_languages_that_were_taught() -> None:
    assert digits_said("일 이 삼 공", "ko-KR") == "1230"
    assert digits_said("uno dos", "es-ES") == ""
    assert digits_said("one 2 nine", "en-US") == "129"


def test_a_recording_of_nothing_has_its_own_way_or_none() -> None:
    step = "{type: record, var: name, prompt: {any: Name}, MORE next: end}"
    head = "vars: {name: {type: string}}\n"
    flow = flow_of(step.replace("MORE", "too_short: other,"), head=head)
    assert at(run(flow, ev.MessageTaken(2, "silence", "r"))) == "it", "not before the beep"
    assert at(run(flow, ev.PlayDone(1), ev.MessageTaken(0, "silence"))) == "other"
    assert at(run(flow, ev.PlayDone(1), ev.Key("1"))) == "it"
    turn = run(flow_of(step.replace("MORE", ""), head=head), ev.PlayDone(1), ev.MessageTaken(0, "silence"))
    assert (at(turn), turn.session.vars) == ("end", {"name": None})


def test_a_module_tried_alone_ends_where_it_would_return() -> None:
    text = HEAD.replace("entry: main", "kind: module\nentry: it").replace("events: {error: main}\n", "")
    turn = start(parse_flow(text + "steps:\n  it: {type: return}\n", "small"), VOICE, NOW)
    assert turn.over


CALLS: Final = "{type: call, module: deep, next: end}"
DEEP: Final = """threadline: 1
kind: module
id: deep
entry: again
languages: {default: en-US, supported: [en-US]}
steps:
  again: {type: call, module: deep, next: back}
  back: {type: return}
"""


def test_a_module_that_is_gone_or_calls_itself_is_an_error_of_its_caller() -> None:
    assert at(run(flow_of(CALLS))) == "other"
    flow = linked(flow_of(CALLS), {"deep": parse_flow(DEEP, "deep")})
    turn = run(flow)
    assert (at(turn), turn.session.frames, turn.session.module) == ("other", [], "")
    assert all_texts(flow) == []


def test_a_limit_within_a_module_is_its_callers() -> None:
    endless = DEEP.replace("{type: call, module: deep, next: back}", "{type: goto, next: again}")
    head = "defaults: {limits: {max_visits_per_step: 3}}\n"
    flow = flow_of(CALLS, head=head)
    turn = run(linked(flow, {"deep": parse_flow(endless, "deep")}))
    assert turn.over
    assert turn.effects[-1] == fx.Hangup("limit")
    text = (
        HEAD.replace("entry: main", "entry: it").replace("error: main", "error: other, limit: other") + head
    )
    flow = parse_flow(f"{text}steps:\n  it: {CALLS}\n{END}", "small")
    turn = run(linked(flow, {"deep": parse_flow(endless, "deep")}))
    assert (at(turn), turn.session.module) == ("other", "")


def test_a_key_event_that_fails_is_an_error() -> None:
    step = "{type: menu, prompt: {any: A}, choices: {'1': end}, on_fail: end, events: {'key:*': {next: end, set_language: fr-FR}}}"
    assert at(run(flow_of(step), ev.Key("*"))) == "other"


def test_a_survey_hears_noise_waits_for_words_and_ignores_what_is_not_for_it() -> None:
    step = "{type: survey, questions: [{id: a, prompt: {any: A}, speech: true, tries: 1}], next: end}"
    flow = flow_of(step)
    assert at(run(flow, ev.PlayDone(1), ev.Heard(1, ""), ev.TransferOver("done"))) == "it"
    assert at(run(flow, ev.PlayDone(1), ev.Speaking(1), 6.0)) == "it"
    assert at(run(flow, ev.PlayDone(1), ev.Heard(1, "fine"))) == "end"


def test_a_written_message_without_a_block_is_a_note() -> None:
    written = FlowContext(call={"id": "c", "channel": "chat"})
    turn = start(flow_of("{type: voicemail, box: a, next: end}"), written, NOW)
    turn = resume(flow_of("{type: voicemail, box: a, next: end}"), turn.session, ev.Wrote("hi"), NOW)
    assert turn.effects[0] == fx.NoteThread(note="hi")
    silent = flow_of("{type: voicemail, box: a, next: end}")
    assert at(run(silent, 1800.0, context=written)) == "end"


def test_a_part_that_is_only_written_is_not_heard() -> None:
    step = "{type: say, prompt: {any: [{written: W}, {text: T}]}, next: end}"
    play = next(each for each in start(flow_of(step), VOICE, NOW).effects if isinstance(each, fx.Play))
    assert [item.text for item in play.items] == ["T"]


@pytest.mark.parametrize(
    ("pick", "value"),
    [
        ("status", 200),
        ("body", {"a": [{"b": 1.5}], "n": None}),
        ("body.a[0].b", 1.5),
        ("body.a[1].b", None),
        ("body.a.b", None),
        ("body[0]", None),
    ],
)
def test_values_are_picked_out_of_an_answer(pick: str, value: object) -> None:
    assert picked(Pick(pick), 200, {"a": [{"b": 1.5}], "n": None}) == value


def test_an_answer_is_kept_within_what_expressions_may_see() -> None:
    assert picked(Pick("body"), 200, [*range(500)]) == [*range(200)]
    deep: Any = 1
    for _ in range(12):
        deep = [deep]
    with pytest.raises(ExpressionFailed, match="nested too deep"):
        picked(Pick("body"), 200, deep)
    with pytest.raises(ExpressionFailed, match="no JSON"):
        picked(Pick("body"), 200, {"a": object()})  # type: ignore[dict-item]


def test_events_that_are_no_mapping_are_refused() -> None:
    for kind in ("goto, next: it", "http, request: {service: a}"):
        [found] = findings_of(HEAD + f"steps:\n  main: {{type: {kind}, events: 3}}\n")
        assert found.message == "events must be a mapping of keys"


def test_the_next_opening_is_now_later_or_never() -> None:
    week = Calendar.of("Asia/Ho_Chi_Minh", {"mon": [["08:00", "12:00"], ["22:00", "02:00"]]})
    monday = datetime(2026, 3, 9, 2, tzinfo=UTC)  # nine in the morning there
    assert next_opening(week, monday) == (monday, datetime(2026, 3, 9, 5, tzinfo=UTC))
    noon = datetime(2026, 3, 9, 6, tzinfo=UTC)
    assert next_opening(week, noon) == (
        datetime(2026, 3, 9, 15, tzinfo=UTC),
        datetime(2026, 3, 9, 19, tzinfo=UTC),
    )
    assert next_opening(Calendar.of("UTC", {}), noon) is None


def test_languages_are_named_in_their_own_words() -> None:
    assert [phrases.name_of(each) for each in ("vi-VN", "ko-KR", "xx-XX")] == [
        "Tiếng Việt",
        "한국어",
        "xx-XX",
    ]
    assert phrases.ask_number_written("vi-VN") == "Xin cho biết số điện thoại."


@pytest.mark.parametrize(
    "grown",
    [
        "${vars.x + vars.x}",
        "${vars.x}${vars.x}",
        "${[vars.x, vars.x, vars.x, vars.x, vars.x, vars.x, vars.x, vars.x]}",
    ],
)
def test_a_value_that_grows_at_every_visit_ends_as_an_error(grown: str) -> None:
    kind = "string" if "[" not in grown else "list"
    seed = "abcdefgh" if kind == "string" else [1, 2, 3, 4]
    head = f"vars: {{x: {{type: {kind}, default: {seed}}}}}\n"
    text = HEAD.replace("entry: main", "entry: it").replace("error: main", "error: other") + head
    steps = "".join(f"  s{n}: {{type: set, vars: {{x: '{grown}'}}, next: s{n + 1}}}\n" for n in range(30))
    turn = run(
        parse_flow(
            f"{text}steps:\n  it: {{type: goto, next: s0}}\n{steps}  s30: {{type: hangup}}\n{END}", "small"
        )
    )
    assert at(turn) == "other"
