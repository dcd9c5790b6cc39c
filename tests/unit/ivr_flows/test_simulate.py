"""The simulator's own behaviour, and what the command line prints."""

import runpy
from pathlib import Path

import jsonschema
import pytest

from ivr_flows.calendar import Calendar
from ivr_flows.check import Catalogue
from ivr_flows.cli_text import check_text, findings_text, results_text, simulate_text, trace_text
from ivr_flows.findings import FlowRejected
from ivr_flows.parse import parse_flow
from ivr_flows.schema import FILE, flow_schema, written
from ivr_flows.script import Mock
from ivr_flows.simulate import run_tests, simulate
from ivr_flows.source import read
from ivr_flows.trace import Trace
from tests.unit.ivr_flows.samples import HEAD, MENU

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
FLOWS = sorted(
    [*(ROOT / "ivr_flows" / "flows").glob("*.yaml"), *(ROOT / "tests" / "golden" / "flows").glob("*.yaml")]
)
VALIDATOR = jsonschema.Draft202012Validator(flow_schema())


def failures(test: str, extra: str = "") -> list[str]:
    flow = parse_flow(HEAD + MENU + extra + f"tests: [{{name: t, {test}}}]\n", "small")
    return run_tests(flow)[0].failures


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("script: [{hear: nothing}]", ["line 1: nothing was never heard"]),
        (
            "script: [{hear: 'Press 1.', contains: 'Press 2'}]",
            ["line 1: Press 1. said 'Press 1.', without 'Press 2'"],
        ),
        ("script: [{hangup: true}], expect: {visited: [wait]}", ["never came to wait"]),
        ("script: [{hangup: true}], expect: {language: vi-VN}", ["the language is en-US, not vi-VN"]),
        ("script: [{hangup: true}], expect: {ended_by: system}", ["ended by caller, not system"]),
        ("script: [{hangup: true}], expect: {not_visited: [main]}", ["came to main"]),
        ("script: [{hangup: true}], expect: {tags: [x]}", ["the thread has no tag x"]),
        ("script: [{hangup: true}], expect: {heard: [Hello]}", ["never said 'Hello'"]),
        ("script: [{hangup: true}], expect: {queued: {queue: support}}", ["never entered a queue"]),
        (
            "script: [{press: '1'}, {hangup: true}], expect: {queued: {queue: sales, need: {a: 1}, priority: 1}}",
            ["queued in support, not sales", "asked for {}, not {'a': 1}", "priority 5, not 1"],
        ),
        ("script: [{hangup: true}], expect: {voicemail: {box: support}}", ["messages were taken for nobody"]),
        ("script: [{hangup: true}], expect: {transfer: '12'}", ["transferred to nobody"]),
        ("script: [{hangup: true}], expect: {cause: limit}", ["hung up with nothing"]),
        ("script: [{hangup: true}], expect: {vars: {x: 1}}", ["vars.x is None, not 1"]),
        ("script: [{hangup: true}, {press: '1'}, {hangup: true}]", []),
    ],
)
def test_a_test_that_is_red_says_why(test: str, expected: list[str]) -> None:
    assert failures(test) == expected


def test_a_call_that_never_ends_is_given_up() -> None:
    flow = parse_flow(
        HEAD
        + "defaults: {limits: {max_steps: 10000, max_visits_per_step: 1000, max_call_time: 30h}}\n"
        + MENU.replace("on_fail: wait", "on_fail: main")
        + "tests: [{name: t}, {name: u, mock: {queue: {support: {answer_after: 1s, talk: 9h}}}, script: [{press: '1'}]}]\n",
        "small",
    )
    assert [trace.ended_by for trace in run_tests(flow)] == ["nobody", "nobody"]


def test_calendars_of_the_server_are_used() -> None:
    extra = "  hours: {type: hours, calendar: store, open: main, closed: wait}\n"
    text = (
        HEAD.replace("entry: main", "entry: hours")
        + MENU
        + extra
        + "tests: [{name: t, script: [{hangup: true}]}]\n"
    )
    flow = parse_flow(text, "small")
    never = Calendar.of("UTC", {})
    assert simulate(flow, flow.head.tests[0], {"store": never}).visited == ["hours", "wait"]
    assert simulate(flow, flow.head.tests[0]).visited == ["hours", "main"]
    mocked = flow.head.tests[0].model_copy(update={"mock": Mock(calendar={"store": "open"})})
    assert simulate(flow, mocked, {"store": never}).visited == ["hours", "main"]


def test_findings_read_like_a_compilers() -> None:
    text = HEAD + MENU.replace("{next: wait}", "{next: wiat}")
    assert findings_text(check_text(text, "small.yaml"), "small.yaml") == (
        "small.yaml:11:13: error: in main: there is no step wiat (did you mean wait?)\n"
        "small.yaml: 1 error, 0 warnings"
    )
    refused = check_text("a: [", "small.yaml")
    assert "not valid YAML" in findings_text(refused, "x")
    assert (
        check_text(HEAD + MENU, "small", Catalogue(queues=frozenset()))[0].message
        == "there is no queue support"
    )
    two = findings_text(
        check_text(HEAD.replace("{error: main}", "{}") + "steps:\n  main: {type: hangup}\n", "s"), "s"
    )
    assert two.endswith("s: 0 errors, 2 warnings")
    assert "s:1:1: warning" not in two


def test_traces_read_like_a_call() -> None:
    text = HEAD + MENU + "tests: [{name: one, script: [{hangup: true}]}, {name: two, script: [{hear: x}]}]\n"
    traces = simulate_text(text, "small")
    assert results_text(traces) == (
        "ok      one\nFAILED  two\n        line 1: x was never heard\n1 passed, 1 failed"
    )
    assert [trace.name for trace in simulate_text(text, "small", only="two")] == ["two"]
    assert trace_text(traces[0]).splitlines()[0] == "one: passed, ended by caller"
    assert trace_text(traces[1]).splitlines()[-1] == "  line 1: x was never heard"
    data = traces[0].to_json()
    assert data["passed"] is True
    assert data["visited"] == ["main"]
    entries = data["entries"]
    assert isinstance(entries, list)
    assert entries[0] == {
        "at_s": 0.0,
        "kind": "step",
        "effect": "Entered",
        "step": "main",
        "type": "menu",
        "label": None,
    }


def test_a_flow_with_errors_is_not_simulated() -> None:
    with pytest.raises(FlowRejected, match="no step wiat"):
        simulate_text(HEAD + MENU.replace("{next: wait}", "{next: wiat}"), "small")


def test_a_trace_counts_minutes() -> None:
    trace = Trace("t")
    trace.add(125.04, "key", "", {})
    assert trace.lines == ["02:05.0  key"]


def test_the_schema_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run python -m ivr_flows.schema"
    runpy.run_module("ivr_flows.schema", run_name="__main__")
    assert FILE.read_text(encoding="utf-8") == written()


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_every_flow_here_fits_the_schema(path: Path) -> None:
    errors = VALIDATOR.iter_errors(read(path.read_text(encoding="utf-8")).plain())
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_schema_refuses_what_the_parser_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(flow_schema())
    assert VALIDATOR.is_valid(read(HEAD + MENU).plain())
    for spoilt in (MENU.replace("on_fail", "on_fial"), MENU.replace("menu", "menus"), "nope: 1\n" + MENU):
        assert not VALIDATOR.is_valid(read(HEAD + spoilt).plain())
