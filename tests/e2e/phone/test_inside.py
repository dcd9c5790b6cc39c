"""A colleague dials an agent's extension, and the page rings that she chose for her telephone."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import Desk
from tests.integration.telephony.stage import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_colleague_who_dials_her_extension_rings_her_page(desk: Desk) -> None:
    an, hoa = desk.an, desk.phones["hoa"]
    await desk.is_ready("an")
    await hoa.dial("101")
    await expect(an.strip).to_contain_text("Hoa103")
    await expect(an.page).to_have_title("☎ Hoa – Threadline")
    await an.answers()
    await expect(an.strip).to_contain_text("Hoa103")
    await hoa.established(timeout_s=PATIENCE_S)
    await desk.hears(an="hoa", hoa="an")
    assert await desk.office.state(desk.agents["an"]) == "away"  # no offer comes while she talks
    assert desk.office.server.floor is not None
    told: Any = await desk.office.server.floor.board.wallboard()
    inside = {
        one["name"]: [held["name"] for held in one["holding"]] for one in told["agents"] if one["holding"]
    }
    assert inside == {"An": ["Hoa"], "Hoa": ["An"]}

    await an.press("h")
    await expect(an.strip).to_contain_text("On hold")
    await desk.hears_music("hoa")
    await an.press("h", "u")
    await desk.hears(hoa="", an="hoa")
    await an.press("u")
    await desk.hears(hoa="an", an="hoa")

    await an.page.reload()
    await desk.hears(hoa="an", an="hoa")
    await expect(an.strip).to_contain_text("Hoa103")
    await an.press("x")
    await hoa.closed(timeout_s=PATIENCE_S)
    await an.is_out()
    await desk.office.becomes(desk.agents["an"], "ready")

    await hoa.dial("101")
    await an.strip.get_by_role("button", name="Decline").click()
    await an.page.get_by_role("menuitem", name="I am busy").click()
    assert "603" in await hoa.closed(timeout_s=PATIENCE_S)
