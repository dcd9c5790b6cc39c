"""Both languages are complete, and the pages say nothing that is not in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.unit

WEB: Final = Path(__file__).parents[3] / "web"
PAGES: Final = sorted(
    page
    for part in ("desk", "operations", "admin", "flows", "shared", "wallboard", "design")
    for page in (WEB / "static" / part).glob("*.js")
)
SAME_IN_BOTH: Final = {"channel.messenger", "channel.sms", "channel.whatsapp", "channel.whatsapp_twilio", "channel.zalo", "customer.vip",
                       "identity.fb_psid", "identity.zalo_uid", "title.ringing"}  # fmt: skip
NOT_TEXT: Final = re.compile(r"<kbd>[^<]*</kbd>|<span translate=\"no\">[^<]*</span>")


def catalogue(language: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads((WEB / f"i18n/{language}.json").read_text("utf-8"))
    return loaded


ENGLISH: Final = catalogue("en")
VIETNAMESE: Final = catalogue("vi")
SOURCE: Final = "\n".join(page.read_text("utf-8") for page in PAGES)


def test_both_catalogues_have_the_same_keys() -> None:
    assert ENGLISH.keys() == VIETNAMESE.keys()


def test_every_text_is_translated_with_the_same_blanks() -> None:
    wrong = {
        key: (english, VIETNAMESE[key])
        for key, english in ENGLISH.items()
        if blanks(english) != blanks(VIETNAMESE[key]) or not VIETNAMESE[key].strip()
    }
    assert wrong == {}
    assert {key for key in ENGLISH if ENGLISH[key] == VIETNAMESE[key]} == SAME_IN_BOTH


def blanks(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_every_key_a_page_names_exists() -> None:
    named = set(re.findall(r"""\bt\(\s*["']([\w.]+)["']""", SOURCE))
    plural = set(re.findall(r"""\btn\(\s*["']([\w.]+)["']""", SOURCE))
    assert len(named) > 50
    assert named <= ENGLISH.keys()
    for key in plural:
        assert {f"{key}.one", f"{key}.other"} <= ENGLISH.keys()


def test_every_key_is_used() -> None:
    prefixes = set(re.findall(r"`([\w.]+\.)\$\{", SOURCE))
    prefixes |= {f"{name}." for name in re.findall(r"""\bnamed\(\s*["']([\w.]+)["']""", SOURCE)}
    prefixes |= {f"{name}." for name in re.findall(r"""\btn\(\s*["']([\w.]+)["']""", SOURCE)}
    unused = {key for key in ENGLISH if f'"{key}"' not in SOURCE and not key.startswith(tuple(prefixes))}
    assert not unused


def templates(source: str) -> Iterator[str]:
    """The fixed parts of every html`` template, inner ones too; what is filled in becomes a NUL."""
    at = 0
    while (at := source.find("html`", at)) >= 0:
        at += len("html`")
        yield _fixed_parts(source, at)


def _fixed_parts(source: str, at: int) -> str:
    parts: list[str] = []
    while source[at] != "`":
        if source.startswith("${", at):
            at = _after_blank(source, at + 2)
            parts.append("\0")
        else:
            parts.append(source[at])
            at += 1
    return "".join(parts)


def _after_blank(source: str, at: int) -> int:
    """Where a `${...}` that began before `at` is over; strings and templates inside are skipped."""
    depth = 1
    while depth:
        if source[at] == "`":
            at = _after_template(source, at + 1)
            continue
        if source[at] in "\"'":
            at = source.index(source[at], at + 1)
        depth += {"{": 1, "}": -1}.get(source[at], 0)
        at += 1
    return at


def _after_template(source: str, at: int) -> int:
    while source[at] != "`":
        at = _after_blank(source, at + 2) if source.startswith("${", at) else at + 1
    return at + 1


def untranslated(source: str) -> list[str]:
    found = []
    for template in templates(source):
        found += re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*\w[^"]*)"', template)
        text = re.sub(r"<[^>]*>", "\n", NOT_TEXT.sub("", template))
        found += [line.strip() for line in text.split("\n") if re.search(r"[^\W\d_]{2,}", line)]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_nothing_outside_the_catalogues(page: Path) -> None:
    assert untranslated(page.read_text("utf-8")) == []


def test_the_search_for_untranslated_text_finds_it() -> None:
    assert untranslated("html`<p>${t(`a.${b}`)} Hello</p>`") == ["\0 Hello"]
    assert untranslated('html`<p>${x && html`<b title="Close it">${y}</b>`}</p>`') == ["Close it"]
