"""The admins' and the flows' pages as axe sees them: nothing of WCAG 2.2 A or AA, in light and dark."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.admin.conftest import Office
from tests.e2e.admin.test_every_part import PARTS
from tests.support.axe import COLOURS, flaws

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def in_both(page: Page, where: str) -> list[str]:
    await page.emulate_media(color_scheme="light")
    found = await flaws(page)
    await page.emulate_media(color_scheme="dark")
    return [f"{where} {one}" for one in found + await flaws(page, rules=COLOURS)]


async def test_axe_finds_nothing_in_any_part_nor_in_the_editor_of_flows(office: Office) -> None:
    page = office.page
    await page.goto(f"{office.url}/admin")
    await expect(page.get_by_label("Login")).to_be_visible()
    found = await in_both(page, "door")
    await office.sign_in()
    for part in PARTS:
        await page.evaluate("(part) => (location.hash = part)", part)
        await page.locator(f'.shell-parts a[href="#{part}"][aria-current=page]').wait_for(state="attached")
        await page.locator(".part-head ~ *").first.wait_for()
        found += await in_both(page, part)
    await page.goto(f"{office.url}/flows")
    await page.locator(".shell-main a").first.click()
    await page.locator(".graph-step").first.wait_for()
    found += await in_both(page, "flow")
    assert found == []
