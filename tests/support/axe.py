"""axe-core in a page: what of WCAG 2.2, levels A and AA, a machine can find fault with."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from playwright.async_api import Page

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
COLOURS: Final = ("color-contrast",)
_RUN: Final = """async ([type, values]) => {
  const found = await axe.run(document, { runOnly: { type, values }, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n").slice(1).join(" ").trim()}`));
}"""


@cache
def _engine() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


async def flaws(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """One line for each element and rule it breaks, of these rules or of all; colours are those once nothing moves."""
    await page.emulate_media(reduced_motion="reduce")
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(_engine())
    asked = ["rule", [*rules]] if rules else ["tag", [*TAGS]]
    found: list[str] = await page.evaluate(_RUN, asked)
    return found
