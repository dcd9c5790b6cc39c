"""Bad input: each refused with line, column, step and a hint."""

from typing import Any, cast

import pytest
from pydantic_core import ErrorDetails

from ivr_flows.cli_text import check_text
from ivr_flows.faults import described
from ivr_flows.findings import FlowRejected
from ivr_flows.model import Head
from ivr_flows.parse import parse_flow
from tests.unit.ivr_flows.samples import HEAD, MENU, brief, findings_of

pytestmark = pytest.mark.unit


def refused(text: str) -> list[str]:
    return [brief(found) for found in findings_of(text)]


def test_an_unknown_key_is_named_with_the_one_that_was_meant() -> None:
    assert refused(HEAD + MENU.replace("on_fail:", "on_fial: wait\n    on_fail:")) == [
        "12:5 main: unknown key on_fial (did you mean on_fail?)"
    ]


def test_an_unknown_top_level_key_is_named_with_the_known_ones() -> None:
    found = refused(HEAD + "colour: red\n" + MENU)
    assert found[0].startswith("6:1 None: unknown key colour (known keys: channels, defaults, ")


def test_a_menu_without_on_fail_is_refused_at_its_step() -> None:
    assert refused(HEAD + MENU.replace("    on_fail: wait\n", "")) == [
        "7:3 main: on_fail is missing (say where a caller goes who gives no valid answer: on_fail: {next: some_step})"
    ]


def test_a_branch_without_else_is_refused() -> None:
    step = "  extra: {type: branch, cases: [{when: 'true', next: main}]}\n"
    assert refused(HEAD + MENU + step) == [
        "14:3 extra: else is missing (say where a call goes that no case fits: else: some_step)"
    ]


def test_a_dangling_step_is_named_with_the_one_that_was_meant() -> None:
    found = check_text(HEAD + MENU.replace("{next: wait}", "{next: wiat}"), "small")
    assert [brief(each) for each in found] == ["11:13 main: there is no step wiat (did you mean wait?)"]


def test_an_unquoted_phone_number_is_refused_before_it_loses_its_plus() -> None:
    step = "  out: {type: transfer, to: +84901234567, events: {failed: main}}\n"
    assert refused(HEAD + MENU + step) == [
        '14:29 None: +84901234567 would be read as a number (quote it: "+84901234567")'
    ]


def test_a_number_with_a_leading_zero_is_refused() -> None:
    assert refused(HEAD + "title: 0901\n" + MENU) == [
        '6:8 None: 0901 would be read as a number (quote it: "0901")'
    ]


def test_an_unquoted_digit_key_is_refused() -> None:
    assert refused(HEAD + MENU.replace('"1": {', "1: {")) == [
        '11:7 None: the key 1 is not text (quote it: "1")'
    ]


def test_an_unquoted_star_key_is_refused() -> None:
    for star in ("*: {", "* : {"):
        found = findings_of(HEAD + MENU.replace('"1": {', star))
        assert found[0].line == 11
        assert '"*"' in found[0].hint


def test_an_undefined_alias_is_refused() -> None:
    assert refused(HEAD + MENU.replace("on_fail: wait", "on_fail: *wait")) == [
        '12:14 None: no anchor &wait before this alias (quote it ("*") if a star is meant)'
    ]


def test_a_key_given_twice_is_refused_at_the_second() -> None:
    assert refused(HEAD + MENU.replace("    on_fail", "    type: menu\n    on_fail")) == [
        "12:5 None: the key type is here twice (the first is on line 8)"
    ]


def test_an_unknown_format_version_is_the_only_finding() -> None:
    assert refused("threadline: 2\nnonsense: 1\n") == [
        "1:1 None: unknown format version 2 (this server reads threadline: 1)"
    ]
    assert refused("id: x\n")[0].startswith("1:1 None: the format version is missing")
    assert refused("threadline: true\n")[0].startswith("1:1 None: unknown format version true")
    assert refused("threadline: {}\n")[0].startswith("1:1 None: unknown format version ?")


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("timeout: 6", "6 is not a duration", "write a number with its unit"),
        ("timeout: 6 s", "6 s is not a duration", "write a number with its unit"),
        ("timeout: {}", "this is not a duration", "write a number with its unit"),
        ("label: 3", "label must be text", 'quote it: "3"'),
        ("label: {}", "label must be text", ""),
        ('tries: "3"', "tries must be a whole number", ""),
        ("tries: 1.5", "tries must be a whole number", ""),
        ("tries: 0", "tries: must be from 1 to 10", ""),
        ("barge_in: yes", "barge_in must be true or false", ""),
        ("log: loud", "log: loud is not possible", "possible: full, keys or none"),
        ("next: Main", "'Main' is not an id", ""),
        ("thread: hot", "thread must be a mapping of keys", ""),
        ("thread: {tag: [a b]}", "'a b' is not a tag", ""),
        ("no_match: 3", "no_match: a prompt is the id of one", ""),
        ("no_match: {}", "no_match: a prompt is the id of one", ""),
        ("no_match: {any: []}", "any is empty", ""),
        ("no_match: {any: {language: en-US}}", "any: a prompt needs text or audio", ""),
        ("no_match: {any: {audio: ../secret}}", "'../secret' is not a path", ""),
        ("no_match: {english: Hi}", "'english' is not a language", ""),
        ("speech: true", "unknown key speech", "known keys: "),
        ("events: {error: 3}", "error must be a mapping of keys", ""),
        ("events: {hangup: {next: wait}}", "thread is missing", ""),
    ],
)
def test_a_wrong_value_is_named_with_what_is_possible(written: str, message: str, hint: str) -> None:
    found = findings_of(HEAD + MENU.replace("    on_fail", f"    {written}\n    on_fail"))
    assert found[0].line == 12
    assert found[0].step == "main"
    assert found[0].message.startswith(message)
    assert found[0].hint.startswith(hint)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{type: fax}", "there is no step type fax"),
        ("{type: http}", "request is missing"),
        ("{type: [menu]}", "there is no step type"),
        ("{next: main}", "the step has no type"),
        ("menu", "a step is a mapping"),
        ("{type: set, vars: {}, next: main}", "more: a set step needs vars or contact"),
        ("{type: goto}", "next is missing"),
        (
            "{type: collect, prompt: {any: A}, var: x, digits: {min: 3, max: 2}, on_fail: main, next: main}",
            "digits: min is",
        ),
        (
            "{type: collect, prompt: {any: A}, var: x, digits: {allow: 1-}, on_fail: main, next: main}",
            "'1-' is not a set",
        ),
        (
            "{type: recording, action: start, consent: {key: '1', next_if_no: main}, next: main}",
            "more: consent needs",
        ),
        ("{type: queue, queue: a}", "timeout is missing"),
        ("{type: queue, queue: a, priority: 11, timeout: main}", "priority: must be from 1"),
        ("{type: queue, queue: a, priority: high, timeout: main}", "priority: must be from 1"),
        (
            "{type: queue, queue: a, timeout: main, route: {steps: [{need: {a: 6}}]}}",
            "a: must be from 1 to 5",
        ),
        (
            "{type: queue, queue: a, timeout: main, route: {steps: [{need: {a: 1}}, {need: {a: 1}}]}}",
            "route: every route step",
        ),
        (
            "{type: queue, queue: a, timeout: main, route: {steps: [{need: {a: 1}, for: 5s}]}}",
            "route: the last route step",
        ),
        (
            "{type: queue, queue: a, timeout: main, hold: {periodic: [{every: 1s, prompt: {any: A}}]}}",
            "every: must be 5s",
        ),
        ("{type: transfer, to: 12 34, events: {failed: main}}", "to: a number, extension"),
        ("{type: transfer, to: '12'}", "events is missing"),
        ("{type: branch, cases: [], else: main}", "cases is empty"),
        ("{type: branch, cases: [{when: 1, next: main}], else: main}", "when must be text"),
        (
            "{type: menu, prompt: {any: A}, choices: {'12': main}, on_fail: main}",
            "'12' is not one key",
        ),
        ("{type: menu, prompt: [], choices: {'1': main}, on_fail: main}", "prompt is empty"),
    ],
)
def test_a_step_that_is_no_step_is_refused(step: str, message: str) -> None:
    found = findings_of(HEAD + MENU + f"  more: {step}\n")
    assert [each.line for each in found] == [14]
    assert found[0].step == "more"
    assert found[0].message.startswith(message)


def test_a_bad_step_id_is_refused() -> None:
    assert refused(HEAD + MENU + "  Wrong-Id: {type: hangup}\n") == [
        "14:3 Wrong-Id: 'Wrong-Id' is no step id (a step id is an id: a small letter, then small letters, digits and _, at most 63)"
    ]


def test_a_flow_without_steps_is_refused() -> None:
    assert "a flow needs steps" in refused(HEAD)[0]
    assert "a flow needs steps" in refused(HEAD + "steps: []\n")[0]


def test_faults_of_all_sections_are_found_in_one_reading() -> None:
    found = findings_of(
        HEAD.replace("id: small", "id: 7") + "nope: 1\n" + MENU.replace("type: menu", "type: menus")
    )
    assert [each.line for each in found] == [2, 6, 9]


def test_defaults_are_checked_where_they_are_written() -> None:
    text = HEAD + "defaults: {menu: {timeout: 6, colour: red}, prompt: {barge_in: false}, walk: {}}\n" + MENU
    found = findings_of(text)
    assert [(each.line, each.message) for each in found] == [
        (6, "6 is not a duration"),
        (6, "unknown key colour in the defaults of menu"),
        (6, "unknown key walk"),
    ]


def test_defaults_reach_every_step_of_their_kind() -> None:
    text = HEAD + "defaults: {menu: {tries: 7}, prompt: {barge_in: false}, limits: {max_steps: 9}}\n" + MENU
    flow = parse_flow(text, "small")
    assert getattr(flow.steps["main"], "tries") == 7  # noqa: B009 - the field is the kind's own
    assert getattr(flow.steps["main"], "barge_in") is False  # noqa: B009
    assert flow.head.defaults.limits.max_steps == 9


@pytest.mark.parametrize("test", ["{at: '2026-03-10'}", "{at: soon}", "{at: 5}"])
def test_a_moment_of_a_test_needs_its_zone(test: str) -> None:
    found = findings_of(HEAD + MENU + f"tests: [{test[:-1]}, name: x}}]\n")
    assert "a moment is written" in found[0].message


def test_the_message_of_a_rejection_is_its_first_finding() -> None:
    with pytest.raises(FlowRejected, match="line 1, column 1: a flow is a mapping"):
        parse_flow("", "empty")


@pytest.mark.parametrize(
    ("step", "hint"),
    [
        (
            "{type: menu, prompt: {any: [{txt: A}]}, choices: {'1': main}, on_fail: main}",
            "did you mean text?",
        ),
        (
            "{type: menu, prompt: {any: A}, choices: {'1': {nxt: main, next: main}}, on_fail: main}",
            "did you mean next?",
        ),
        (
            "{type: queue, queue: a, timeout: main, route: {steps: [{need: {a: 1}, fro: 5s}]}}",
            "did you mean for?",
        ),
        (
            "{type: queue, queue: a, timeout: main, route: {prefer: {agent: a, whom: 5s}}}",
            "known keys: agent, for",
        ),
    ],
)
def test_an_unknown_key_deep_inside_a_step_has_its_own_hint(step: str, hint: str) -> None:
    found = findings_of(HEAD + MENU + f"  more: {step}\n")
    assert hint in [each.hint for each in found]


def test_a_key_of_a_place_without_a_shape_has_no_hint() -> None:
    detail: dict[str, Any] = {
        "type": "extra_forbidden",
        "loc": ("tests", 0, "call", "x", "y"),
        "msg": "",
        "input": None,
    }
    assert described(Head, cast(ErrorDetails, detail), "y", "") == ("unknown key y", "")
    detail["loc"] = ("nowhere", "y")
    assert described(Head, cast(ErrorDetails, detail), "y", "") == ("unknown key y", "")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("grammar: {}", "only a menu has a grammar; a collect hears digits"),
        ("voice: x", "voices stand under defaults: {prompt: {voice: …}}"),
    ],
)
def test_a_key_that_belongs_elsewhere_is_told_where(key: str, hint: str) -> None:
    step = f"  more: {{type: collect, prompt: {{any: A}}, var: x, {key}, on_fail: main, next: main}}\n"
    [found] = findings_of(HEAD + "vars: {x: {type: string}}\n" + MENU + step)
    assert found.hint == hint
