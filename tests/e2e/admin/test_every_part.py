"""Every part of the page: both languages, light and dark, wide and narrow; labels on fields, nothing beside the screen."""

from typing import Final, Literal

import pytest
from playwright.async_api import Page

from tests.e2e.admin.conftest import Office
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PARTS: Final = (
    "users", "skills", "wrap_up", "scorecards", "queues", "promises", "calendars", "rules", "numbers", "trunks", "captions", "channels", "parked",
    "canned", "knowledge", "macros", "import", "privacy", "retention", "webhooks", "tokens", "audit",
)  # fmt: skip
FORMS: Final = (
    "users",
    "wrap_up",
    "scorecards",
    "queues",
    "rules",
    "numbers",
    "trunks",
    "canned",
    "knowledge",
    "macros",
    "webhooks",
    "tokens",
)
NAMELESS: Final = """() => [...document.querySelectorAll('input, select, textarea, button, a')]
    .filter((one) => one.offsetParent && one.type !== 'hidden')
    .filter((one) => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent?.trim() || one.title))
    .map((one) => one.outerHTML.slice(0, 120))"""
SIDEWAYS: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RAW_KEYS: Final = (
    r"() => document.body.innerText.match(/\b(?:adm|admin|ops|place)\.[a-z_]+(?:\.[a-z_]+)+/g) ?? []"
)


@pytest.mark.parametrize(("login", "scheme"), [("dung", "light"), ("tam", "dark")])
async def test_a_part_is_whole_in_every_language_colour_and_width(
    office: Office, login: str, scheme: Literal["light", "dark"]
) -> None:
    page = office.page
    await page.emulate_media(color_scheme=scheme)
    await office.sign_in(login)
    for part in PARTS:
        await page.evaluate("(part) => (location.hash = part)", part)
        await page.locator(f'.shell-parts a[href="#{part}"][aria-current=page]').wait_for(state="attached")
        await page.locator(".part-head ~ *").first.wait_for()
        for width in (1280, 800):
            await page.set_viewport_size({"width": width, "height": 800})
            await looks_right(page, f"admin-{part}-{login}-{width}")
        if part in FORMS:
            await page.locator(".part-head .button-primary").click()
            await page.locator("dialog.drawer").wait_for()
            await looks_right(page, f"admin-{part}-{login}-form")
            await page.keyboard.press("Escape")
            await page.locator("dialog.drawer").wait_for(state="detached")


async def looks_right(page: Page, name: str) -> None:
    assert await page.evaluate(NAMELESS) == [], name
    assert await page.evaluate(SIDEWAYS) <= 0, name
    assert await page.evaluate(RAW_KEYS) == [], name
    await photograph(page, name)
