"""Hostile YAML and CEL: refused or bounded."""

from pathlib import Path

import pytest

from ivr_flows.check import check
from ivr_flows.expressions import ExpressionFailed, ExpressionInvalid, Scope, compile_expression, plain
from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests
from ivr_flows.source import MAX_BYTES, read
from ivr_flows.variables import matches
from tests.unit.ivr_flows.samples import HEAD, MENU, findings_of

pytestmark = pytest.mark.unit

SHIPPED = Path(__file__).parents[3] / "ivr_flows" / "flows"


def alias_bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (alias_bomb(), "more than 100000 values"),
        ("a: " + "x" * 10 * MAX_BYTES, "larger than 1 MiB"),
        ("é" * (MAX_BYTES // 2 + 1), "larger than 1 MiB"),
        ("{" * 100_000, "nested deeper"),
        ("[" * 100_000, "nested deeper"),
        ("- " * 100_000, "nested deeper"),
        ("a: !!python/object/apply:os.system [ls]", "a tag"),
        ("a: !secret x", "a tag"),
        ("%YAML 1.1\n---\na: yes\n", "directives"),
        ("a: 1\n---\nb: 2\n", "a flow is one document"),
        ("<<: {a: b}", "merge keys"),
        ("? [a]\n: b", "a key must be one word"),
        ("~: b", "the key ~ is not text"),
        ("? \n: b", "the key null is not text"),
        ("a: 1\na: 2", "the key a is here twice"),
        ("a: \x00", "not valid YAML"),
        ("a: 'x", "not valid YAML"),
        ("a: b: c", "not valid YAML"),
        ("\t- x", "not valid YAML"),
        ("- a", "a flow is a mapping"),
        ("just text", "a flow is a mapping"),
        ("&a [*a]", "no anchor"),
    ],
)
def test_hostile_text_is_refused(text: str, message: str) -> None:
    assert message in findings_of(text)[0].message


def test_anchors_and_aliases_share_one_value() -> None:
    tree = read(
        "a: &x {b: [1, 2.5, true, ~, 'q', 0x1F, 1e3, .inf, 10:30, 12345678901234567890]}\nc: *x\n"
    ).plain()
    assert tree["c"] == tree["a"]
    assert tree["a"]["b"] == [
        1,
        2.5,
        True,
        None,
        "q",
        "0x1F",
        1000.0,
        ".inf",
        "10:30",
        "12345678901234567890",
    ]


def test_yaml_words_of_the_older_version_stay_text() -> None:
    assert read("on: yes\nno: off\n").plain() == {"on": "yes", "no": "off"}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_libyaml_and_the_exact_scanner_see_the_same_at_the_same_places(path: Path) -> None:
    text = path.read_text("utf-8")
    assert read(text) == read(f"{text}# a tab, which only one of them refuses where it should:\t")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nb:\tc: 2", 2, 3),
        ("a: 1\u2028b: 2", 1, 7),
        ("a: \ud800", 1, 1),
        ("a: {b: 1}\n\tc: 2", 2, 1),
    ],
)
def test_what_libyaml_would_let_pass_is_refused_where_it_stands(text: str, line: int, column: int) -> None:
    [found] = findings_of(text)
    assert (found.line, found.column) == (line, column)
    assert found.message.startswith("not valid YAML")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1" * 501, "longer than 500"),
        ("(" * 40 + "1" + ")" * 40, "nested deeper"),
        ("!" * 200 + "true", "nested deeper"),
        ("-" * 200 + "1", "nested deeper"),
        ("[1].all(a, [2].all(b, true))", "more than one"),
        ("1 +", "Syntax error"),
        ("secret.x", "unknown name secret"),
        ("exec('ls')", "unknown function exec"),
        ("", "Syntax error"),
    ],
)
def test_hostile_expressions_are_refused(expression: str, message: str) -> None:
    with pytest.raises(ExpressionInvalid, match=message):
        compile_expression(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("vars.x.y", "there is no 'x'"),
        ("1 / 0 > 1", "division by zero"),
        ("9223372036854775807 + 1 > 0", "overflow"),
        ("[1][5]", "index out of bounds"),
        ("vars + 1", "Unsupported"),
        ("int('x')", "parse error"),
        ("hour()", "Undefined"),
    ],
)
def test_an_expression_without_a_value_is_a_declared_error(expression: str, message: str) -> None:
    with pytest.raises(ExpressionFailed, match=message):
        compile_expression(expression).value(Scope({"vars": {}}, {}))


def test_only_short_plain_data_leaves_an_expression() -> None:
    with pytest.raises(ExpressionFailed, match="more than 200"):
        plain(list(range(201)))
    with pytest.raises(ExpressionFailed, match="nested too deep"):
        plain([[[[[[[[[[]]]]]]]]]])
    with pytest.raises(ExpressionFailed, match="no plain value"):
        plain(object())
    scope = Scope({}, {})
    assert compile_expression('timestamp("2026-01-02T03:04:05Z")').value(scope) == "2026-01-02T03:04:05+00:00"
    assert compile_expression('{"a": [duration("90s")]}').value(scope) == {"a": [90.0]}


def test_a_pattern_that_would_backtrack_for_ever_is_answered_at_once() -> None:
    assert not matches("^(a|aa)+$", "a" * 64 + "b")


def test_strings_in_an_expression_hide_nothing() -> None:
    found = compile_expression('vars.name == "vars.other.all(x, y)" && has(vars.flag) && vars["third"] == 1')
    assert found.variables == {"name", "flag", "third", "other"} - {"other"} | (found.variables & {"other"})
    assert found.guarded == {"flag"}


def test_the_head_alone_is_no_flow() -> None:
    found = findings_of(HEAD + MENU.replace("steps:", "stepps:"))
    assert [each.hint for each in found] == ["add steps: with at least one step", "did you mean steps?"]


HOSTILE_CALL = """threadline: 1
id: hostile
languages: {default: en-US, supported: [en-US]}
entry: again
events: {error: sorry}
vars: {text: {type: string, default: xxxxxxxx}, many: {type: list, default: [1, 2, 3, 4, 5, 6, 7, 8]}}
steps:
  again: {type: loop, counter: rounds, max: 100, body: grow, done: end}
  grow: {type: set, vars: {VARS}, next: again}
  end: {type: hangup}
  sorry: {type: hangup, prompt: {any: "Something is wrong here."}}
tests: [{name: t, script: [{hear: "Something is wrong here."}], expect: {visited: [sorry], not_visited: [end]}}]
"""


@pytest.mark.parametrize(
    "values",
    [
        'text: "${vars.text + vars.text}"',
        'many: "${vars.many + vars.many}"',
        'many: "${vars.many.map(each, vars.text + vars.text)}", text: "${vars.text + vars.text}"',
        'text: "${string(9223372036854775807 + size(vars.text))}"',
    ],
)
def test_a_caller_of_a_flow_that_grows_for_ever_hears_the_declared_way_out(values: str) -> None:
    flow = parse_flow(HOSTILE_CALL.replace("VARS", values), "hostile")
    assert [finding for finding in check(flow) if finding.severity == "error"] == []
    assert [trace.failures for trace in run_tests(flow)] == [[]]
