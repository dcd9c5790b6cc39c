"""What a page asks for when nothing of it is cached."""

from typing import Final

import pytest
from playwright.async_api import expect

from tests.e2e.web.conftest import Shift

pytestmark = pytest.mark.e2e

ASKED: Final = """() => {
  const told = [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href);
  const files = performance.getEntriesByType("resource").map((one) => one.name).filter((name) => !name.includes("/api/"));
  const modules = files.filter((name) => name.endsWith(".js") && !name.includes("/near/"));
  return { told: told.sort(), modules: modules.sort(), changing: files.filter((name) => !name.includes("/v/")) };
}"""
"""`near` is loaded by a worker, which loads its modules itself."""


async def test_a_page_names_each_of_its_modules_in_advance_and_all_it_gets_is_kept(shift: Shift) -> None:
    for path in ("", "admin", "flows", "wallboard"):
        await shift.page.goto(f"{shift.url}{path}")
        await expect(shift.page.get_by_label("Login")).to_be_visible()
        await shift.page.wait_for_load_state("networkidle")
        asked = await shift.page.evaluate(ASKED)
        assert asked["modules"] == asked["told"]
        assert asked["changing"] == []
