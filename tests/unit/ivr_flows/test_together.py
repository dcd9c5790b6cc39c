"""Modules, written channels and speech, as the check sees them: each finding at its place, with a hint."""

import pytest

from ivr_flows.check import Catalogue, check
from ivr_flows.cli_text import check_text, coverage_text, tried_text
from ivr_flows.link import circle, linked
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests
from ivr_flows.ssml import words
from ivr_flows.texts import all_texts
from tests.unit.ivr_flows.samples import HEAD, MENU, brief, findings_of

pytestmark = pytest.mark.unit

MODULE = """threadline: 1
kind: module
id: pay
entry: ask
languages: {default: en-US, supported: [en-US]}
params: {amount: {type: int}, note: {type: string, default: ""}}
returns: [is_paid]
vars: {is_paid: {type: bool, default: false}}
steps:
  ask: {type: set, vars: {is_paid: true}, next: back}
  back: {type: return}
"""


def module(text: str = MODULE) -> Flow:
    return parse_flow(text, "pay")


def found(steps: str, *modules: Flow, head: str = HEAD, more: Catalogue | None = None) -> list[str]:
    """Errors and warnings about what `steps` add to the small flow, those about reachability aside."""
    flow = parse_flow(head + MENU.replace('"1": {next: wait}', '"1": {next: extra}') + steps, "small")
    known = more or Catalogue(modules={each.id: each for each in modules})
    return [brief(each) for each in check(flow, known) if "no way leads" not in each.message]


def test_a_module_that_does_not_exist_is_named() -> None:
    assert found("  extra: {type: call, module: pya, next: wait}\n", module()) == [
        "14:23 extra: there is no module pya (did you mean pay?)"
    ]


def test_a_call_gives_what_the_module_wants_and_takes_what_it_returns() -> None:
    said = found(
        "  extra: {type: call, module: pay, with: {ammount: 3}, save: {x: paid}, next: wait}\n",
        module(),
        head=HEAD + "vars: {x: {type: bool}}\n",
    )
    assert [one.partition(": ")[2] for one in said] == [
        "pay wants the parameter amount (add with: {amount: …})",
        "pay has no parameter ammount (it has amount, note)",
        "pay does not return paid (it returns is_paid)",
    ]


def test_a_flow_is_no_module_and_a_module_speaks_what_its_caller_speaks() -> None:
    flow = parse_flow(HEAD + MENU, "small")
    said = found("  extra: {type: call, module: small, next: wait}\n", flow)
    assert any("small is no module" in one for one in said)
    two = HEAD.replace("supported: [en-US]", "supported: [en-US, vi-VN]")
    said = found("  extra: {type: call, module: pay, with: {amount: 3}, next: wait}\n", module(), head=two)
    assert "pay does not speak vi-VN" in said[0]


def test_modules_that_call_one_another_in_a_circle_are_refused() -> None:
    one = module(
        MODULE.replace("{type: return}", "{type: return}\n  x: {type: call, module: other, next: back}")
    )
    other = module(MODULE.replace("id: pay", "id: other").replace("next: back}", "next: x}").replace(
        "  back:", "  x: {type: call, module: pay, with: {amount: 1}, next: back}\n  back:"
    ))  # fmt: skip
    assert circle(one, {"other": other, "pay": one}) == ["pay", "other", "pay"]
    assert circle(one, {}) == []
    assert any(
        "in a circle: pay > other > pay" in each.message
        for each in check(one, Catalogue(modules={"other": other}))
    )
    assert set(linked(one, {"other": other, "pay": one}).modules) == {"other", "pay"}


def test_only_a_module_returns_and_a_module_does() -> None:
    assert found("  extra: {type: return}\n") == [
        "14:3 extra: only a module returns (end with a hangup, or say kind: module)"
    ]
    endless = MODULE.replace("back: {type: return}", "back: {type: hangup}")
    assert [brief(each) for each in check(module(endless)) if each.severity == "error"] == [
        "2:1 None: a module without a return (end it with a step of type return)"
    ]
    assert (
        "params and returns are for kind: module"
        in findings_of(MODULE.replace("kind: module", "kind: flow"))[0].message
    )


def test_what_a_written_channel_can_not_do_needs_a_substitute() -> None:
    step = "  extra: {type: transfer, to: '12', events: {failed: wait}}\n"
    assert found(step) == []
    said = found(step, head=HEAD + "channels: [voice, zalo]\n")
    assert said == [
        "15:3 extra: transfer is not possible on zalo (add written: the step to go to there instead)"
    ]
    assert (
        found(step.replace("to: '12'", "to: '12', written: wait"), head=HEAD + "channels: [voice, zalo]\n")
        == []
    )
    card = "  extra: {type: collect, prompt: {any: Card}, var: c, secure: true, on_fail: wait, next: wait}\n"
    head = HEAD + "vars: {c: {type: string}}\nchannels: [chat]\n"
    assert "collect is not possible on chat" in found(card, head=head)[0]


def test_on_a_call_every_prompt_can_be_heard() -> None:
    step = "  extra: {type: say, prompt: {any: {written: Hi}}, next: wait}\n"
    assert found(step) == ["14:31 extra: nothing to be heard (add text: or audio:)"]
    assert found(step, head=HEAD + "channels: [chat]\n") == []


SPOKEN = (
    "  extra: {type: menu, prompt: {any: A}, input: [speech, dtmf], grammar: GRAMMAR, "
    "choices: {'1': {say: pay, next: wait}}, on_fail: wait}\n"
)


def test_what_can_be_said_is_there_in_every_language() -> None:
    assert "nothing can be said in en-US" in found(SPOKEN.replace("GRAMMAR", "{}"))[0]
    assert "the grammar of en-US has no pay" in found(SPOKEN.replace("GRAMMAR", "{en-US: {bill: [bill]}}"))[0]
    assert found(SPOKEN.replace("GRAMMAR", "{en-US: {pay: [pay]}}")) == []
    silent = SPOKEN.replace("say: pay, ", "").replace("GRAMMAR", "{en-US: {pay: [pay]}}")
    assert "no choice can be said" in found(silent)[0]


def test_nobody_is_asked_to_speak_where_nobody_understands() -> None:
    deaf, hearing = Catalogue(speech=frozenset()), Catalogue(speech=frozenset({"en-GB"}))
    menu = SPOKEN.replace("GRAMMAR", "{en-US: {pay: [pay]}}")
    assert "nobody here understands en-US" in found(menu, more=deaf)[0]
    assert found(menu, more=hearing) == []
    survey = "  extra: {type: survey, questions: [{id: why, prompt: {any: Why}, speech: true}], next: wait}\n"
    assert "nobody here understands en-US" in found(survey, more=deaf)[0]


def test_secrets_services_and_queues_are_named_where_they_are_known() -> None:
    head = HEAD + 'http: {erp: {base: "https://erp.example", auth: secret:key}}\n'
    step = "  extra: {type: http, request: {service: epr}, next: wait}\n"
    said = found(step, head=head, more=Catalogue(secrets=frozenset({"keys"})))
    assert said == [
        "6:43 None: there is no secret secret:key (did you mean secret:keys?)",
        "15:33 extra: there is no service under http: epr (did you mean erp?)",
    ]


def test_a_circle_of_questions_to_services_never_ends_for_a_caller() -> None:
    head = HEAD + 'http: {erp: {base: "https://erp.example"}}\n'
    step = "  extra: {type: http, request: {service: erp}, next: extra}\n"
    assert "a call would go round for ever" in found(step, head=head)[0]
    assert found("  extra: {type: loop, counter: n, max: 3, body: extra, done: wait}\n") == []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{type: http, request: {service: a, path: orders}}", "path: begins with one /"),
        ("{type: http, request: {service: a, path: //evil}}", "path: begins with one /"),
        ("{type: http, request: {service: a}, timeout: 11s}", "timeout: must be at most 10s"),
        ("{type: http, request: {service: a}, retries: 9}", "retries: must be from 0 to 3"),
        ("{type: http, request: {service: a}, save: {x: head.a}}", "'head.a' is not status, body"),
        ("{type: http, request: {service: a}, events: {'99': main}}", "'99' is not a status"),
        ("{type: wait, for: 31s, next: main}", "for: must be at most 30s"),
        ("{type: split, percent: {main: 50}}", "percent: the shares must be"),
        ("{type: survey, questions: [], next: main}", "questions is empty"),
        ("{type: survey, sample: 2.0, questions: [{id: a, prompt: {any: A}}], next: main}", "sample"),
        ("{type: collect, prompt: {any: A}, var: a, secure: true, input: [speech], on_fail: main, next: main}", "more: what is secure"),
        ("{type: goto, next: main, events: {keys: {}}}", "events: write key events"),
        ("{type: goto, next: main, events: {'key:x': main}}", "'key:x' is not a key event"),
        ("{type: loop, counter: a, max: 0, body: main, done: main}", "max: must be from 1 to 100"),
    ],
)  # fmt: skip
def test_a_step_out_of_bounds_is_refused(step: str, message: str) -> None:
    [finding] = findings_of(HEAD + MENU + f"  more: {step}\n")
    assert finding.line == 14
    assert finding.message.startswith(message), finding.message


@pytest.mark.parametrize(
    "service",
    ["{base: ftp://erp}", "{base: 'https://user:pw@erp'}", "{base: 'https://erp?x=1'}", "{base: 'https://erp', auth: token}", "{base: 'https://erp', max_body: 5}", "{base: 'https://erp', max_body: 9MB}"],
)  # fmt: skip
def test_a_service_that_is_none_is_refused(service: str) -> None:
    [finding] = findings_of(HEAD + f"http: {{erp: {service}}}\n" + MENU)
    assert finding.line == 6


def test_coverage_names_what_no_test_visits() -> None:
    text = HEAD + MENU + "tests: [{name: one, script: [{press: '1'}]}]\n"
    traces, whole = tried_text(text, "small")
    assert [trace.passed for trace in traces] == [True]
    assert (whole.steps, whole.ways, whole.missed_steps, whole.percent) == (2, 2, [], 100.0)
    untested, none = tried_text(HEAD + MENU, "small")
    assert untested == []
    assert coverage_text(none) == (
        "0% of 2 steps and 2 ways visited\n  no test comes to main\n  no test comes to wait\n"
        "  no test goes from main to wait\n  no test goes from wait to main"
    )


def test_a_module_beside_a_file_is_found() -> None:
    caller = HEAD + MENU.replace("{next: wait}", "{next: extra}") + (
        "  extra: {type: call, module: pay, with: {amount: 3}, next: wait}\n"
        "tests: [{name: paid, script: [{press: '1'}], expect: {visited: [pay.ask]}}]\n"
    )  # fmt: skip
    beside = {"pay": MODULE}.get
    assert [each for each in check_text(caller, "small", find=beside) if each.severity == "error"] == []
    traces, _ = tried_text(caller, "small", find=beside)
    assert [trace.failures for trace in traces] == [[]]
    broken = check_text(caller, "small", find={"pay": "threadline: 7\n"}.get)
    assert broken[0].message == "unknown format version 7"


def test_a_question_nobody_mocks_and_words_nobody_hears_fail_a_test() -> None:
    head = HEAD + 'http: {erp: {base: "https://erp.example"}}\n'
    text = (
        head
        + MENU.replace("{next: wait}", "{next: extra}")
        + "  extra: {type: http, request: {service: erp, path: /x}, next: wait}\n"
        + "tests: [{name: one, script: [{press: '1'}, {wait: 1s, say: hello}], expect: {callback: {queue: a}, "
        + "message: {text: x}, fetched: [GET /y], survey: {csat: '5'}}}]\n"
    )
    [trace] = run_tests(parse_flow(text, "small"))
    assert trace.failures == [
        "erp was asked GET /x, which the test does not mock",
        "line 2: nobody listens to hello",
        "never asked GET /y, but ['GET /x']",
        "no such callback was asked for",
        "no such message was sent",
        "csat was answered None, not '5'",
    ]


def test_a_variable_that_never_has_a_value_is_warned_of_where_it_is_read_first() -> None:
    head = (
        HEAD
        + "vars: {a: {type: string}, b: {type: string, default: x}, c: {type: string}, d: {type: string}}\n"
    )
    step = (
        "  extra: {type: say, prompt: {any: '${vars.a} ${vars.b} ${vars.a}'}, when: 'has(vars.c) && vars.c == vars.d', "
        "next: {}}\n"
    ).replace("next: {}", "next: last")
    last = "  last: {type: set, vars: {d: x}, next: wait}\n"
    assert found(step + last, head=head) == [
        "15:31 extra: vars.a never has a value (give it a default, or ask has(vars.a) first)"
    ]
    broken = step.replace("has(vars.c) && vars.c == vars.d", "1 +").replace(
        "${vars.a} ${vars.b} ${vars.a}", "${1 +}"
    )
    assert all("never has a value" not in one for one in found(broken + last, head=head))


HANDED_ON = '  extra: {type: transfer, to: "flow:TO", events: {failed: wait}}\n'
DESK = "threadline: 1\nid: desk\nlanguages: {default: vi-VN, supported: [vi-VN]}\nentry: end\nsteps: {end: {type: hangup}}\n"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("desk", None),
        ("small", None),
        ("dask", "14:27 extra: there is no flow dask (publish it first)"),
        ("pay", "14:27 extra: pay is a module (use a step of type call)"),
    ],
)
def test_a_flow_that_calls_are_handed_on_to_is_there(target: str, message: str | None) -> None:
    said = found(HANDED_ON.replace("TO", target), module(), parse_flow(DESK, "desk"))
    assert said == ([message] if message else [])


def test_the_name_of_another_flow_is_an_id() -> None:
    said = findings_of(HEAD + MENU + HANDED_ON.replace("TO", "${vars.x}"))
    assert said[0].message == "to: another flow is named flow:ID"


@pytest.mark.parametrize("target", ["nobody", "pay"])
def test_a_flow_that_is_gone_is_a_failed_transfer(target: str) -> None:
    text = HEAD + MENU.replace('"1": {next: wait}', '"1": {next: extra}') + HANDED_ON.replace("TO", target)
    tests = 'tests: [{name: gone, script: [{hear: "Press 1.", press: "1"}], expect: {queued: {queue: support}}}]\n'
    flow = linked(parse_flow(text + tests, "small"), {"pay": module()})
    assert [trace.failures for trace in run_tests(flow)] == [[]]


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("<speak>Hello <b>there</b></speak>", "<b> has no place in a flow"),
        ("<speak>Hello", "not XML: line 1: no element found"),
        ("<p>Hello</p>", "ssml begins with <speak>"),
        ("Hello", "not XML: line 1: syntax error"),
        ('<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>', "not XML: the document declares entities"),
        ("<speak>${vars.}</speak>", "not a CEL expression in ${…}"),
    ],
)
def test_markup_a_voice_could_not_speak_is_found(markup: str, message: str) -> None:
    flow = parse_flow(HEAD + f"prompts: {{said: {{any: {{ssml: '{markup}'}}}}}}\n" + MENU, "small")
    assert [finding.message for finding in check(flow) if finding.message.startswith(message)]


def test_markup_is_spoken_beforehand_where_it_has_no_holes() -> None:
    prompts = (
        "prompts: {said: {any: [{ssml: '<speak>Hello</speak>'}, {ssml: '<speak>${call.from}</speak>'}]}}\n"
    )
    assert all_texts(parse_flow(HEAD + prompts + MENU, "small"))[0] == ("<speak>Hello</speak>", "en-US")
    assert words("no <markup") == "no <markup"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{type: set, next: wait}", "a set step needs vars or contact"),
        ("{type: set, contact: {vip: yes}, next: wait}", "vip is not a flow's to change"),
        ("{type: set, contact: {Vip: yes}, next: wait}", "'Vip' is not an id"),
    ],
)
def test_what_a_flow_may_not_set_is_told(step: str, message: str) -> None:
    assert message in findings_of(HEAD + MENU + f"  extra: {step}\n")[0].message
