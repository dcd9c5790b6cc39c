"""Files meant to run, opened by a real browser under the links that the chat and the desk give out."""

from contextlib import suppress

import pytest
from playwright.async_api import Error, Page

from tests.e2e.chat.conftest import Shop
from tests.support.chromium import Chromium

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = b"<script>window.ran=1;document.title='ran'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1">' + SCRIPT + b"</svg>"
GIF = (
    b"GIF89a/*\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00*/=1;window.ran=1;//"
    + SCRIPT
    + b"\x00;"
)
ROW = "\u202e"
HOSTILE = {
    "picture.svg": SVG,
    "page.html": b"<!doctype html>" + SCRIPT,
    "page.png": b"<!doctype html>" + SCRIPT,
    "utf16.txt": ("\ufeff" + SCRIPT.decode()).encode("utf-16-le"),
    "doc.xml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>",
    "paper.pdf": b"%PDF-1.4\n" + SCRIPT,
    "both.gif": GIF,
}


async def _blank(chromium: Chromium) -> Page:
    return await (await chromium.context()).new_page()


async def _link(shop: Shop, name: str, data: bytes) -> str:
    files = shop.server.correspondence.files
    kept = await files.keep(name, "image/png", data, uploaded_by=None)
    return shop.url + files.url(kept.id, 600)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_kept_or_drawn_and_never_run(
    shop: Shop, chromium: Chromium, name: str
) -> None:
    link = await _link(shop, name, HOSTILE[name])
    page = await _blank(chromium)
    with suppress(Error):  # a download, and so no page
        await page.goto(link)
    assert await page.title() != "ran"
    assert await page.evaluate("window.ran") is None
    assert await page.evaluate("document.contentType") not in ("image/svg+xml", "application/xhtml+xml")


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_no_script_and_no_frame_of_another_page(
    shop: Shop, chromium: Chromium, name: str
) -> None:
    link = await _link(shop, name, HOSTILE[name])
    page = await _blank(chromium)
    loaded = await page.evaluate(
        """link => new Promise(done => {
          const script = document.createElement("script");
          script.onload = () => done("loaded");
          script.onerror = () => done("refused");
          script.src = link;
          document.body.append(script);
        })""",
        link,
    )
    assert (loaded, await page.evaluate("window.ran")) == ("refused", None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/cron.d/job.txt", "job.txt"),
        ("..\\..\\Windows\\note.txt", "note.txt"),
        (f"invoice{ROW}fdp.html", "invoicefdp.html.txt"),
        ('a"; filename="b.html', "a_; filename=_b.html.txt"),
        ("Hướng dẫn sử dụng.txt", "Hướng dẫn sử dụng.txt"),
        ("x\r\nSet-Cookie: a=b.txt", None),
    ],
)
async def test_a_name_is_a_name_and_nothing_else(
    shop: Shop, chromium: Chromium, name: str, shown: str | None
) -> None:
    link = await _link(shop, name, b"words")
    page = await _blank(chromium)
    async with page.expect_download() as download:
        with pytest.raises(Error):
            await page.goto(link)
    suggested = (await download.value).suggested_filename
    assert not set(suggested) & {"/", "\\", "\r", "\n", ROW}
    if shown is not None:
        assert suggested.replace(" ", "") == shown.replace(" ", "")
    assert await page.context.cookies() == []
