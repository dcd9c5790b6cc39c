"""What findings say: complete in both languages, and told from code and facts alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_flows.cli_text import check_text
from ivr_flows.wording import LANGUAGES, SENTENCES, said
from tests.unit.ivr_flows.samples import HEAD, MENU, findings_of

pytestmark = pytest.mark.unit

ROOM = Path(__file__).parents[3] / "ivr_flows"
BLANKS = re.compile(r"\{(\w+)\}")


def named() -> Iterator[str]:
    """Every code the source names, as the beginning of one where the rest is filled in."""
    for path in ROOM.rglob("*.py"):
        source = path.read_text("utf-8")
        yield from re.findall(r'\bsaid\(\s*f?"([\w.]+)', source)
        yield from re.findall(r'"((?:must|missing|syntax)\.\w+)"', source)
        yield from (f"wrong.{what}" for what in re.findall(r'\bwrong\(\s*"(\w+)', source))


def test_both_languages_say_the_same_with_the_same_blanks() -> None:
    english, vietnamese = (SENTENCES[language] for language in LANGUAGES)
    assert english.keys() == vietnamese.keys()
    for code, sentence in english.items():
        assert sorted(BLANKS.findall(sentence)) == sorted(BLANKS.findall(vietnamese[code])), code
        is_bare = not re.sub(r"\{\w+\}|\W", "", sentence)
        assert is_bare or sentence != vietnamese[code], code


def test_every_sentence_is_said_somewhere() -> None:
    beginnings = set(named())
    unsaid = {
        code
        for code in SENTENCES["en"]
        if code not in beginnings and f"{code.rpartition('.')[0]}." not in beginnings
    }
    assert unsaid == set()
    assert {code for code in beginnings if not code.endswith(".")} <= SENTENCES["en"].keys()


def test_a_finding_is_told_in_vietnamese_from_its_code_and_facts() -> None:
    [found] = check_text(HEAD + MENU.replace("{next: wait}", "{next: wiat}"), "small")
    assert found.message.in_language("vi") == "không có bước wiat"
    assert found.hint.in_language("vi") == "có phải ý bạn là wait?"
    assert found.to_json() == {
        "severity": "error", "line": 11, "column": 13, "step": "main",
        "message": "there is no step wiat", "hint": "did you mean wait?",
        "words": {"code": "unknown", "facts": {"kind": {"code": "kind.step", "facts": {}}, "name": "wiat"}},
        "advice": {"code": "near", "facts": {"near": "wait"}},
    }  # fmt: skip


def test_what_a_check_of_a_value_says_is_told_in_vietnamese_too() -> None:
    [found] = findings_of(HEAD + MENU.replace("    on_fail", "    tries: 0\n    on_fail"))
    assert (found.message, found.message.in_language("vi")) == (
        "tries: must be from 1 to 10", "tries: phải từ 1 đến 10",
    )  # fmt: skip
    [found] = findings_of(HEAD + MENU.replace("    on_fail", "    next: Main\n    on_fail"))
    assert found.message.in_language("vi").startswith("'Main' không phải là một mã: chữ thường")


def test_a_language_nobody_wrote_is_english_and_a_blank_without_a_fact_stays() -> None:
    assert said("var.regex.hint").in_language("fr") == "such as ^[0-9]{6}$"
