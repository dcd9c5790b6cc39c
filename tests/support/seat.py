"""An agent at the page, in the language of his account: what he presses and writes, by the words he reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, expect

_CATALOGUES: Final = Path(__file__).parents[2] / "web" / "i18n"


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    texts: dict[str, str] = json.loads((_CATALOGUES / f"{language}.json").read_text("utf-8"))
    return texts


@dataclass
class Seat:
    """`language` is that of the browser and of the account: en or vi."""

    page: Page
    language: str = "en"

    def text(self, key: str) -> str:
        return _catalogue(self.language)[key]

    def button(self, key: str, within: Page | Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=self.text(key), exact=True)

    @property
    def log(self) -> Locator:
        """The thread that is open."""
        return self.page.get_by_role("log")

    @property
    def strip(self) -> Locator:
        return self.page.get_by_label(self.text("strip.label"))

    @property
    def state(self) -> Locator:
        return self.page.get_by_label(self.text("state.label")).get_by_role("status")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name=self.text("customer.label"))

    async def sign_in(self, url: str, login: str, password: str) -> None:
        await self.page.goto(url)
        await self.page.get_by_label(self.text("sign_in.login")).fill(login)
        await self.page.get_by_label(self.text("sign_in.password")).fill(password)
        await self.page.keyboard.press("Enter")
        await self.page.get_by_text(self.text("connection.online"), exact=True).wait_for()

    async def ready(self) -> None:
        await self.button("state.go_ready", self.page.get_by_label(self.text("state.label"))).click()
        await expect(self.state).to_have_attribute("data-state", "ready")

    async def open_from(self, view: str, words: str) -> None:
        """Opens whom a view of the inbox has, once he is there, and closes the view. `view` as in inbox.VIEW."""
        name = self.page.get_by_role("navigation").get_by_role("button", name=self.text(f"inbox.{view}"))
        await name.click()
        await self.page.get_by_role("option").filter(has_text=words).first.click()
        await self.button("inbox.close").click()

    async def find(self, words: str) -> None:
        await self.page.get_by_label(self.text("search.label")).fill(words)
        await self.page.keyboard.press("Enter")

    async def reads(self, *texts: str) -> None:
        """All of them stand in the open thread."""
        for text in texts:
            await expect(self.log).to_contain_text(text)

    async def answer(self, way: str, text: str) -> None:
        """By the way whose name has `way` in it."""
        await self.page.get_by_role("tab", name=self.text("compose.reply")).click()
        ways = self.page.get_by_label(self.text("reply.way"))
        option = ways.locator("option", has_text=way).first
        await ways.select_option(value=await option.get_attribute("value"))
        box = self.page.get_by_label(self.text("reply.label"))
        await box.fill(text)
        await self.page.keyboard.press("Control+Enter")
        await expect(box).to_have_value("")

    async def note(self, text: str) -> None:
        await self.page.get_by_role("tab", name=self.text("compose.note")).click()
        box = self.page.get_by_label(self.text("note.label"))
        await box.fill(text)
        await self.page.keyboard.press("Control+Enter")
        await expect(box).to_have_value("")
        await self.reads(text)
