"""axe-core in a page: what of WCAG 2.2, levels A and AA, a machine can find fault with."""

from functools import cache
from importlib.resources import files
from typing import Final

from playwright.async_api import Page

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
_RUN: Final = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n").slice(1).join(" ").trim()}`));
}"""


@cache
def _engine() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


async def flaws(page: Page) -> list[str]:
    """One line for each element and rule it breaks. Colours are looked at as they are once nothing moves."""
    await page.emulate_media(reduced_motion="reduce")
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(_engine())
    found: list[str] = await page.evaluate(_RUN, TAGS)
    return found
