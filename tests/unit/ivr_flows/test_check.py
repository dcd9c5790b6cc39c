"""What forbids publishing, and what only troubles callers."""

from pathlib import Path

import pytest

from ivr_flows.check import Catalogue, check
from ivr_flows.parse import parse_flow
from ivr_flows.texts import all_texts
from tests.unit.ivr_flows.samples import HEAD, MENU, brief, findings_of

pytestmark = pytest.mark.unit

SERVER = Catalogue(
    frozenset({"support"}),
    frozenset({"store"}),
    frozenset({"box"}),
    frozenset({"moh_soft"}),
    frozenset({"support"}),
)


def found(text: str, catalogue: Catalogue | None = None, name: str = "small") -> list[str]:
    flow = parse_flow(text, name)
    return [f"{each.severity} {brief(each)}" for each in check(flow, catalogue or Catalogue())]


def spoilt(extra: str, head: str = HEAD) -> list[str]:
    """Findings of the small flow with more steps, which the menu reaches."""
    names = [line.split(":")[0].strip() for line in extra.splitlines() if line.startswith("  ")]
    choices = "".join(f'\n      "{index}": {name}' for index, name in enumerate(names, 3))
    return found(
        head + MENU.replace('      "1": {next: wait}', f'      "1": {{next: wait}}{choices}') + extra
    )


def test_a_sound_flow_has_no_findings() -> None:
    assert found(HEAD + MENU, SERVER) == []
    assert found(HEAD + MENU) == []


def test_names_the_server_does_not_know_are_errors() -> None:
    extra = (
        "  a: {type: queue, queue: suport, hold: {music: jazz}, timeout: main, route: {steps: [{need: {sales: 1, 'lang:${call.language}': 2}}]}}\n"
        "  b: {type: hours, calendar: shop, open: main, closed: main}\n"
        "  c: {type: voicemail, box: sales, next: main}\n"
    )
    text = (
        HEAD
        + MENU.replace('      "1": {next: wait}', '      "1": wait\n      "2": a\n      "3": b\n      "4": c')
        + extra
    )
    errors = found(text, SERVER)
    assert [error.split(": ", 1)[1] for error in errors] == [
        "there is no queue suport (did you mean support?)",
        "there is no music jazz (there is moh_soft)",
        "there is no skill sales (there is support)",
        "there is no calendar shop (there is store)",
        "there is no voicemail box sales (there is box)",
    ]
    assert all(error.startswith("error 1") for error in errors)
    assert found(text) == []


def test_an_unreachable_step_is_an_error() -> None:
    assert found(HEAD + MENU + "  lost: {type: hangup}\n") == [
        "error 14:3 lost: no way leads to this step (name it in a next:, or remove it)"
    ]


def test_an_entry_that_is_no_step_is_an_error() -> None:
    errors = found(HEAD.replace("entry: main\nevents: {error: main}", "entry: nowhere") + MENU)
    assert errors[0].startswith("error 4:1 None: there is no step nowhere")


def test_a_circle_in_which_nobody_is_asked_is_an_error_told_once() -> None:
    extra = "  a: {type: say, prompt: {any: A}, next: b}\n  b: {type: goto, next: a}\n  c: {type: goto, next: a}\n"
    errors = spoilt(extra)
    assert len(errors) == 1
    assert "a: a circle in which nobody is asked anything" in errors[0]


def test_a_circle_through_a_pause_is_fine() -> None:
    consent = "consent: {key: '1', next_if_no: b}"
    extra = (
        "  a: {type: recording, action: start, announce: {any: A}, "
        + consent
        + ", next: b}\n  b: {type: goto, next: a}\n"
    )
    assert spoilt(extra) == []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{type: goto, when: '1 +', next: main}", "not a CEL expression: 1:4: Syntax error"),
        ("{type: goto, when: 'vars.nope == 1', next: main}", "vars.nope is not declared"),
        ("{type: goto, when: 'queue.position == 1', next: main}", "queue.* exists only while a caller waits"),
        ("{type: goto, when: 'value == 1', next: main}", "value exists only in validate"),
        ("{type: say, prompt: {any: '${vars.nope}'}, next: main}", "vars.nope is not declared"),
        ("{type: say, prompt: {any: '${1 +}'}, next: main}", "not a CEL expression in ${…}"),
        (
            "{type: say, prompt: {any: '${open'}, next: main}",
            "not a CEL expression in ${…}: ${ without its }",
        ),
        ("{type: hangup, when: 'true'}", "when without next"),
        ("{type: set, vars: {nope: 1}, next: main}", "there is no variable nope"),
        ("{type: say, prompt: nope, next: main}", "there is no prompt nope"),
        ("{type: say, prompt: [{vi-VN: A}], next: main}", "the prompt has no text for en-US"),
        (
            "{type: language, prompt: {any: A}, choices: {'1': fr-FR}, on_fail: main, next: main}",
            "there is no supported",
        ),
    ],
)
def test_a_fault_inside_a_step_is_an_error_at_its_line(step: str, message: str) -> None:
    errors = spoilt(f"  more: {step}\n")
    assert errors[0].startswith("error 15:")
    assert message in errors[0]


def test_queue_facts_are_known_in_offers_and_thread_fields_are_no_variables() -> None:
    offer = "hold: {offers: [{key: '1', when: 'queue.position > 3', next: main}]}"
    extra = (
        "  more: {type: queue, queue: support, timeout: main, " + offer + ", thread: {fields: {order: x}}}\n"
    )
    assert spoilt(extra) == []


def test_a_language_gap_is_an_error_at_the_prompt() -> None:
    head = HEAD.replace("supported: [en-US]", "supported: [en-US, vi-VN]") + (
        "prompts:\n  hello: {en-US: Hello}\n  bye: {en-US: Bye, vi-VN: Tạm biệt, fr-FR: Adieu}\n"
    )
    assert found(head + MENU) == [
        "error 7:3 None: the prompt has no text for vi-VN (add it, or use any:)",
        "error 8:38 None: fr-FR is not a supported language (supported: en-US, vi-VN)",
    ]


def test_faults_of_the_head_are_errors() -> None:
    head = (
        HEAD.replace("default: en-US", "default: vi-VN")
        + "timezone: Asia/Atlantis\n"
        + "vars:\n  a: {type: int, default: x}\n  b: {type: string, pattern: '('}\n  c: {type: string, pattern: '^a', default: b}\n"
    )
    assert [error.split(" None: ")[1].split(" (")[0] for error in found(head + MENU)] == [
        "the default language is not among the supported ones",
        "unknown time zone Asia/Atlantis",
        "vars.a: the value is no int",
        "not a regular expression",
        "vars.c: the value does not match its pattern",
    ]


def test_a_file_called_otherwise_is_a_warning() -> None:
    assert found(HEAD + MENU, name="flows/other.yaml") == [
        "warning 2:1 None: the file should be called small.yaml ()"
    ]
    assert found(HEAD + MENU, name="flows/small.yaml") == []
    assert found(HEAD + MENU, name="small.yml") == []


def test_a_menu_of_six_is_a_warning() -> None:
    choices = "".join(f'      "{key}": wait\n' for key in "23456")
    warnings = found(HEAD + MENU.replace("    on_fail", choices + "    on_fail"))
    assert warnings == [
        "warning 10:5 main: 6 choices are more than a caller remembers (keep to 5, or ask in two steps)"
    ]


def test_a_route_that_asks_for_more_later_is_a_warning() -> None:
    steps = "[{need: {support: 2}, for: 5s}, {need: {support: 2}, for: 5s}, {need: {support: 3}}]"
    warnings = spoilt(f"  more: {{type: queue, queue: support, timeout: main, route: {{steps: {steps}}}}}\n")
    assert [warning.split(": ", 1)[1] for warning in warnings] == [
        "this route step asks for more than the one before (each step should need the same or less)"
    ]


def test_long_prompts_are_warnings() -> None:
    prompts = f"prompts:\n  long: {{any: '{'a' * 300}'}}\n  broken: {{any: '{'a' * 300}${{1 +}}'}}\n"
    extra = "  more: {type: say, prompt: [long, broken, {any: Hi}], next: main}\n"
    messages = [each.split(": ", 1)[1] for each in spoilt(extra, HEAD + prompts)]
    assert messages[0] == "the prompt takes about 21 s (stay below 20 s)"
    assert messages[2].startswith("callers must listen for about 21 s without a way to interrupt")


def test_a_flow_without_a_person_or_a_way_out_of_errors_is_warned_of() -> None:
    text = HEAD.replace("events: {error: main}\n", "") + "steps:\n  main: {type: hangup}\n"
    assert sorted(each.split(": ", 1)[1].split(" (")[0] for each in found(text)) == [
        "an error would end the call without a word",
        "no path leads to a person",
    ]


def test_the_guides_smallest_flow_is_sound() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "flows.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    assert found(example) == []


def test_everything_that_can_be_known_is_rendered_beforehand() -> None:
    head = HEAD.replace("supported: [en-US]", "supported: [en-US, vi-VN]") + (
        "vars: {n: {type: string}}\nprompts:\n"
        "  order: {any: 'Order ${say_digits(vars.n)}. Thanks ${vars.n}!'}\n"
        "  clip: {any: {audio: clip.wav}}\n"
    )
    extra = "  more: {type: queue, queue: support, timeout: main, hold: {announce: {position: true}}}\n"
    texts = all_texts(parse_flow(head + MENU + extra, "small"))
    assert ("Order", "en-US") in texts
    assert ("Thanks", "vi-VN") in texts
    assert ("seven", "en-US") in texts
    assert ("bảy", "vi-VN") in texts
    assert ("Press 1.", "en-US") in texts
    assert ("You are number 20 in line.", "en-US") in texts
    assert ("Quý khách đang ở vị trí thứ 1 trong hàng chờ.", "vi-VN") in texts
    assert not any("${" in text or text == "!" or "phút" in text for text, _ in texts)
    assert len(texts) == len(set(texts))


def test_a_voice_speaks_its_own_language_alone() -> None:
    head = HEAD + "defaults: {prompt: {voice: {en-US: vi_female}}}\n"
    assert found(head + MENU) == [
        "error 6:29 None: the voice vi_female does not speak en-US (such as en_female)"
    ]
    assert findings_of(head.replace("vi_female", "Emma") + MENU)[0].message.startswith(
        "'Emma' is not a voice"
    )


def test_what_is_said_beforehand_has_the_voice_of_the_flow() -> None:
    callback = "  call: {type: callback, queue: support, done: main, on_fail: main}\n"
    texts = all_texts(
        parse_flow(HEAD + "defaults: {prompt: {voice: {en-US: en_male}}}\n" + MENU + callback, "small")
    )
    assert {language for _, language in texts} == {"en-US-x-male"}
    assert {"Press 1.", "Please enter the phone number, then press pound."} <= {text for text, _ in texts}
