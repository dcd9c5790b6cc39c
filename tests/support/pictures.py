"""Pictures of the pages, taken by the tests that lead there."""

import os
from pathlib import Path

from playwright.async_api import Page


async def photograph(page: Page, name: str) -> None:
    """With THREADLINE_PICTURES=FOLDER the page's picture is FOLDER/NAME.png, as it is once nothing moves any more.

    `make pictures` puts those the guides show into docs/images.
    """
    if folder := os.environ.get("THREADLINE_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
