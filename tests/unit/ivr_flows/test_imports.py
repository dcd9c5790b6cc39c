"""Flows of other systems in our notation. The sources lie beside what comes of them, rewritten with `--update`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ivr_flows.cli_text import check_text
from ivr_flows.imports import MAX_BYTES, ImportRefused, import_flow, report_text
from ivr_flows.imports.conditions import Untranslatable, arithmetic, translated
from ivr_flows.imports.dialplan_reading import pattern_of
from ivr_flows.imports.sketch import MAX_STEPS, language_of
from ivr_flows.parse import parse_flow

pytestmark = pytest.mark.unit

SOURCES = Path(__file__).parents[2] / "golden" / "imports"
FILES = sorted([*SOURCES.glob("*.studio.json"), *SOURCES.glob("*.vxml"), *SOURCES.glob("*.conf")])


def studio(*states: Mapping[str, object]) -> str:
    trigger = {
        "name": "Trigger",
        "type": "trigger",
        "transitions": [{"event": "incomingCall", "next": states[0]["name"]}],
    }
    return json.dumps({"states": [trigger, *states], "initial_state": "Trigger"})


def vxml(body: str) -> str:
    return f'<vxml version="2.1" xml:lang="en">{body}</vxml>'


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_source_becomes_the_flow_and_the_report_beside_it(
    path: Path, golden: Callable[[str, str], None]
) -> None:
    imported = import_flow(path.read_text("utf-8"), path.name)
    golden(f"../imports/{path.stem}.yaml", imported.text)
    golden(f"../imports/{path.stem}.report.txt", report_text(imported))
    assert [finding.message for finding in imported.findings if finding.severity == "error"] == []
    flow_id = parse_flow(imported.text, path.stem).id
    assert check_text(imported.text, f"{flow_id}.yaml") == list(imported.findings)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_step_of_the_result_names_where_it_comes_from(path: Path) -> None:
    imported = import_flow(path.read_text("utf-8"), path.name)
    flow = parse_flow(imported.text, path.stem)
    lines = imported.text.splitlines()
    for name in flow.steps:
        above = lines[flow.at(("steps", name)).line - 2]
        assert above.startswith(("  # line ", "  # added by the import")), name


def test_every_step_of_a_source_is_in_the_report() -> None:
    source = SOURCES / "clinic.studio.json"
    states = [state["name"] for state in json.loads(source.read_text("utf-8"))["states"]]
    told = {remark.place.name for remark in import_flow(source.read_text("utf-8"), source.name).remarks}
    assert set(states) - told == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{" * 100_000, "no JSON"),
        ("[" * 100_000, "no extension"),
        ("{}", "states"),
        ('{"states": [{"name": 1, "type": "x"}]}', "states.0.name"),
        ('{"states": []}', "no trigger"),
        ('{"states": {"a": "b"}}', "states"),
        ("x" * (MAX_BYTES + 1), "larger than"),
        ("{" + " " * 10 * 1024 * 1024 + "}", "larger than"),
        ("<vxml>", "no element found"),
        ("<html/>", "no <vxml>"),
        ("<vxml/>", "neither a menu nor a form"),
        ('<!DOCTYPE v [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><vxml>&c;</vxml>', "declares entities"),
        ('<!DOCTYPE v [<!ENTITY a SYSTEM "file:///etc/passwd">]><vxml>&a;</vxml>', "declares entities"),
        ("<vxml>" + "<form>" * 100, "nested deeper"),
        ("<vxml>" + "<form/>" * 30_000 + "</vxml>", "more than"),
        ("", "no extension"),
        ("[main]\n", "no extension"),
        ("[main]\nexten => _X,1\n", "no extension"),
        ("\x00\x01", "no extension"),
    ],
)
def test_hostile_sources_are_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_flow(text, "hostile")


def test_more_steps_than_anybody_draws_are_refused() -> None:
    lines = "".join(f" same => n,Playback(a{number})\n" for number in range(MAX_STEPS + 1))
    with pytest.raises(ImportRefused, match="more than 2000 steps"):
        import_flow(f"[main]\nexten => s,1,Answer()\n{lines}", "long.conf")


def test_circles_end_and_are_found_by_check() -> None:
    state = {"name": "a", "type": "say-play", "properties": {"say": "Hello"}}
    round_trip = studio({**state, "transitions": [{"event": "audioComplete", "next": "a"}]})
    found = import_flow(round_trip, "circle.json")
    assert not found.is_publishable
    assert "a circle in which nobody is asked anything" in report_text(found)
    include = "[a]\ninclude => b\nexten => s,1,WaitExten()\n[b]\ninclude => a\nexten => 1,1,Goto(a,s,1)\n"
    assert import_flow(include, "circle.conf").is_publishable


def test_texts_of_a_source_are_no_holes_of_ours_and_carry_no_control_characters() -> None:
    state = {
        "name": "a",
        "type": "say-play",
        "properties": {"say": 'It is ${vars.secret}\u0000\u2028: "x" # y'},
    }
    found = import_flow(studio(state), "odd.json")
    assert found.is_publishable
    flow = parse_flow(found.text, "odd")
    assert next(iter(flow.prompts.values()))["en-US"][0].text == 'It is $${vars.secret} : "x" # y'  # type: ignore[index]


def test_a_lone_surrogate_is_no_way_out() -> None:
    text = studio({"name": "a", "type": "say-play"}).replace('"a"', '"a\\ud800"')
    with pytest.raises(ImportRefused):
        import_flow(text, "odd.json")


def test_languages_of_a_source_are_those_of_the_flow() -> None:
    say = {"type": "say-play", "transitions": [{"event": "audioComplete", "next": "b"}]}
    found = import_flow(
        studio(
            {"name": "a", **say, "properties": {"say": "Xin chào", "language": "vi-VN"}},
            {"name": "b", "type": "say-play", "properties": {"say": "Hello", "language": "en"}},
        ),
        "two.json",
    )
    assert "supported: [vi-VN, en-US]" in found.text
    assert found.is_publishable
    assert [language_of(tag, "en-US") for tag in ("en", "fr", "vi-VN", "zh", "", "?")] == [
        "en-US", "fr-FR", "vi-VN", "zh-CN", "en-US", "en-US",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "cel"),
    [
        ('"${A}" = "1"', 'vars.a == "1"'),
        ("${A} > 3", "double(vars.a) > 3.0"),
        (
            '("${A}" != "") & ("${B}" = "x" | "${B}" = "y")',
            '(vars.a != "") && (vars.b == "x" || vars.b == "y")',
        ),
        ("!(A == 'b')", '!((vars.a == "b"))'),
        ("A === 'b' && B || true", 'vars.a == "b" && !(vars.b in ["", "0", "false"]) || true'),
        ("0", "false"),
        ("", "false"),
    ],
)
def test_conditions_become_cel(condition: str, cel: str) -> None:
    assert translated(condition, lambda name: f"vars.{name.lower()}") == cel


@pytest.mark.parametrize(
    "condition",
    ["${LEN(${A})} > 1", "A ==", "(A", "A B", '"${A}x" = "x"', "A : B", "!" * 40 + "A", "A < 'x'", "1" * 500],
)
def test_conditions_without_a_counterpart_are_told(condition: str) -> None:
    with pytest.raises(Untranslatable):
        translated(condition, lambda name: f"vars.{name.lower()}")


@pytest.mark.parametrize("expression", ["A +", "+ A", "A * 2", "'x' + 1", "A A"])
def test_only_sums_are_sums(expression: str) -> None:
    with pytest.raises(Untranslatable):
        arithmetic(expression, lambda name: f"vars.{name.lower()}")


def test_dialplan_patterns_are_regular_expressions() -> None:
    assert [pattern_of(each) for each in ("_1XX", "_[1-4*]NZ", "_9.", "_0!", "_[a]", "100")] == [
        "1[0-9][0-9]", "[1-4*][2-9][1-9]", "9.+", "0.*", "[0-9]", "100",
    ]  # fmt: skip


def test_the_context_that_calls_enter_may_be_named(golden: Callable[[str, str], None]) -> None:
    odd = import_flow((SOURCES / "odd.extensions.conf").read_text("utf-8"), "pbx.conf", context="pbx")
    golden("../imports/odd.pbx.yaml", odd.text)
    golden("../imports/odd.pbx.report.txt", report_text(odd))
    assert odd.is_publishable
    text = (SOURCES / "shop.extensions.conf").read_text("utf-8")
    assert "Busy" in import_flow(text, "shop.conf", context="closed").text
    with pytest.raises(ImportRefused, match="has no context"):
        import_flow(text, "shop.conf", context="attic")


def test_what_follows_a_form_on_a_server_ends_the_call_and_is_told() -> None:
    form = '<form><field name="a"><option dtmf="1">x</option><filled><submit next="b.jsp"/></filled></field></form>'
    told = report_text(import_flow(vxml(form), "form.vxml"))
    assert "<submit>" in told
    assert "what follows comes from a server" in told
