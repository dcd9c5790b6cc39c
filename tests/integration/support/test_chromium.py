"""The browser of the tests sees what a page does wrong."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.support.chromium import Chromium
from tests.support.ports import LOOPBACK

pytestmark = pytest.mark.integration

GOOD = "<!doctype html><title>Tiếng Việt</title><link rel=icon href='data:,'><p id=p>Chào</p>"
BAD = f"{GOOD}<script>console.error('a fault'); missing()</script><img src='http://192.0.2.1/x.png'>"


@pytest.fixture
async def site() -> AsyncIterator[str]:
    app = web.Application()
    for path, html in (("/good", GOOD), ("/bad", BAD)):

        async def show(request: web.Request, html: str = html) -> web.Response:
            return web.Response(text=html, content_type="text/html")

        app.router.add_get(path, show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_good_page_leaves_no_trace(site: str) -> None:
    async with Chromium() as chromium:
        page = await chromium.page(f"{site}/good", locale="vi-VN")
        assert await page.text_content("#p") == "Chào"
        assert await page.evaluate("navigator.language") == "vi-VN"
        assert (chromium.errors, chromium.outside) == ([], [])


async def test_errors_and_requests_to_the_outside_are_kept(site: str) -> None:
    async with Chromium() as chromium:
        context = await chromium.context()
        page = await context.new_page()
        await page.goto(f"{site}/bad", wait_until="commit")
        await page.wait_for_selector("img", state="attached")
        await page.evaluate("1")
        assert any("a fault" in error for error in chromium.errors)
        assert any("missing" in error for error in chromium.errors)
        assert chromium.outside == ["http://192.0.2.1/x.png"]
