"""The pages keep to the policy their headers state."""

import re
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.unit

STATIC: Final = Path(__file__).parents[3] / "web/static"
OWN: Final = [path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts]
ELSEWHERE: Final = {"widget", "demo"}  # on pages that are not ours, with their colours
HEX_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")


@pytest.mark.parametrize(
    "page", [path for path in OWN if path.suffix == ".html"], ids=lambda page: page.parent.name
)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize(
    "module", [path for path in OWN if path.suffix == ".js"], ids=lambda module: module.stem
)
def test_a_module_is_checked_and_imports_by_relative_path(module: Path) -> None:
    text = module.read_text("utf-8")
    assert text.startswith("// @ts-check")
    assert all(name.startswith((".", "/")) for name in re.findall(r"""\bfrom ["']([^"']+)["']""", text))
    assert not re.search(r"\beval\(|new Function|innerHTML|https?://", text)
    assert text.count("\n") < 300


@pytest.mark.parametrize(
    "sheet",
    [
        path
        for path in OWN
        if path.suffix == ".css" and path.name != "tokens.css" and path.parent.name not in ELSEWHERE
    ],
    ids=lambda sheet: sheet.stem,
)
def test_a_sheet_names_colours_by_token_only(sheet: Path) -> None:
    assert not HEX_COLOUR.search(sheet.read_text("utf-8"))


def test_every_token_used_is_defined_and_dark_changes_only_known_ones() -> None:
    tokens = (STATIC / "shared/tokens.css").read_text("utf-8")
    light, dark = tokens.split('[data-theme="dark"]')
    defined = set(re.findall(r"(--[\w-]+):", light))
    assert set(re.findall(r"(--[\w-]+):", dark)) <= defined
    used = {
        name
        for path in OWN
        if path.suffix == ".css" and path.parent.name not in ELSEWHERE
        for name in re.findall(r"var\((--[\w-]+)", path.read_text("utf-8"))
    }
    assert used - defined <= {"--rest", "--at"}, "those the player itself sets"


def test_vendored_modules_import_by_relative_path_and_bring_their_licences() -> None:
    vendor = STATIC / "vendor"
    for module in vendor.glob("*.js"):
        assert all(
            name.startswith("./")
            for name in re.findall(r"""\bfrom\s*["']([^"']+)["']""", module.read_text("utf-8"))
        )
    for name in ("preact", "htm", "signals", "signals-core", "inter"):
        assert (vendor / f"LICENSE.{name}").read_text("utf-8").strip()
