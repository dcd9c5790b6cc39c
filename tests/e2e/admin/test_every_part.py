"""Every part of the page: both languages, light and dark, wide and narrow; labels on fields, nothing beside the screen."""

from typing import Final

import pytest

from tests.e2e.admin.conftest import Office, photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PARTS: Final = (
    "users", "skills", "wrap_up", "queues", "promises", "calendars", "rules", "numbers", "trunks", "channels", "parked",
    "canned", "macros", "import", "privacy", "retention", "webhooks", "tokens", "audit",
)  # fmt: skip
FORMS: Final = (
    "users",
    "wrap_up",
    "queues",
    "rules",
    "numbers",
    "trunks",
    "canned",
    "macros",
    "webhooks",
    "tokens",
)
NAMELESS: Final = """() => [...document.querySelectorAll('input, select, textarea, button, a')]
    .filter((one) => one.offsetParent && one.type !== 'hidden')
    .filter((one) => !(one.labels?.length || one.getAttribute('aria-label') || one.innerText?.trim() || one.title))
    .map((one) => one.outerHTML.slice(0, 120))"""
SIDEWAYS: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RAW_KEYS: Final = (
    r"() => document.body.innerText.match(/\b(?:adm|admin|ops|place)\.[a-z_]+(?:\.[a-z_]+)+/g) ?? []"
)


@pytest.mark.parametrize(
    ("login", "width", "is_dark"),
    [("dung", 1280, False), ("tam", 1280, True), ("tam", 800, False), ("dung", 800, True)],
)
async def test_a_part_is_whole_in_every_language_colour_and_width(
    office: Office, login: str, width: int, is_dark: bool
) -> None:
    page = office.page
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme="dark" if is_dark else "light")
    await page.goto(f"{office.url}/admin")
    await page.locator("[name=login]").fill(login)
    await page.locator("[name=password]").fill("a-long-password")
    await page.keyboard.press("Enter")
    await page.locator(".shell-top").wait_for()
    for part in PARTS:
        await page.evaluate("(part) => (location.hash = part)", part)
        await page.locator(f'.shell-parts a[href="#{part}"][aria-current=page]').wait_for(state="attached")
        await page.locator(".part-head ~ *").first.wait_for()
        name = f"admin-{part}-{login}-{width}"
        assert await page.evaluate(NAMELESS) == [], part
        assert await page.evaluate(SIDEWAYS) <= 0, part
        assert await page.evaluate(RAW_KEYS) == [], part
        await photograph(page, name)
        if part in FORMS:
            await page.locator(".part-head .button-primary").click()
            await page.locator("dialog.drawer").wait_for()
            assert await page.evaluate(NAMELESS) == [], part
            assert await page.evaluate(RAW_KEYS) == [], part
            await photograph(page, f"{name}-form")
            await page.keyboard.press("Escape")
            await page.locator("dialog.drawer").wait_for(state="detached")
