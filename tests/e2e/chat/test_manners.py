"""What else the chat does on a page: forms, keys, files by drop and paste, typing, customers the site signed in."""

import base64
import hashlib
import hmac
import json

import pytest
from playwright.async_api import expect

from tests.e2e.chat.conftest import SECRET, Shop, Visitor, visit
from tests.support.chromium import Chromium
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

YEAR_2100 = 4_102_444_800
FOCUSED = "() => document.activeElement?.shadowRoot?.activeElement?.className ?? ''"
DROPPED = """one => {
  const given = new DataTransfer();
  given.items.add(new File(["lines of text"], "note.txt", { type: "text/plain" }));
  for (const kind of ["dragover", "drop"])
    one.dispatchEvent(new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true, composed: true }));
}"""
PASTED = """one => {
  const given = new DataTransfer();
  given.items.add(new File(["other lines"], "pasted.txt", { type: "text/plain" }));
  one.dispatchEvent(new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true, composed: true }));
}"""


def token(customer: str) -> str:
    """What the shop's server signs for a customer who is logged in."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    body = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': customer, 'exp': YEAR_2100})}"
    proof = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


async def entered(chromium: Chromium, shop: Shop) -> Visitor:
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    return lan


async def test_the_keyboard_alone_opens_writes_and_closes(shop: Shop, chromium: Chromium) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.chat.locator(".launcher").wait_for()
    keys = lan.page.keyboard
    await keys.press("Tab")
    assert "launcher" in await lan.page.evaluate(FOCUSED)
    await keys.press("Enter")
    await expect(lan.chat.locator("textarea.box")).to_be_focused()
    await keys.type("by keys")
    await keys.press("Shift+Enter")
    await keys.type("alone")
    await keys.press("Enter")
    await lan.reads("by keys\nalone")
    await expect(lan.chat.locator("textarea.box")).to_be_focused()
    await keys.press("Escape")
    await expect(lan.chat.locator(".panel")).to_have_count(0)
    assert "launcher" in await lan.page.evaluate(FOCUSED)
    await shop.thread_of("by keys\nalone")


async def test_what_the_site_asks_before_the_first_message_comes_with_it(
    shop: Shop, chromium: Chromium
) -> None:
    await shop.configure(prechat="name, phone?")
    lan = await entered(chromium, shop)
    await lan.chat.get_by_role("button", name="Start the chat").click()  # refused: the name is required
    await expect(lan.chat.locator("textarea.box")).to_have_count(0)
    await lan.chat.get_by_label("Your name").fill("Lan")
    await lan.chat.get_by_role("button", name="Start the chat").click()
    await lan.say("introduced")
    thread = await shop.thread_of("introduced")
    pop = await shop.server.threads.timeline(thread)
    assert "Lan" in json.dumps(pop, default=str)
    await lan.again()
    await lan.reads("introduced")


async def test_files_are_dropped_and_pasted(shop: Shop, chromium: Chromium) -> None:
    lan = await entered(chromium, shop)
    await lan.chat.locator(".panel").evaluate(DROPPED)
    await expect(lan.chat.locator(".chips .ready")).to_have_text(["note.txt"])
    await lan.chat.locator("textarea.box").evaluate(PASTED)
    await expect(lan.chat.locator(".chips .ready")).to_have_text(["note.txt", "pasted.txt"])
    await lan.chat.get_by_role("button", name="Remove note.txt").click()
    await lan.say("one of them")
    await shop.thread_of("one of them")
    await expect(lan.chat.locator(".line.own a.file")).to_contain_text(["pasted.txt"])


async def test_a_program_is_refused_with_words(shop: Shop, chromium: Chromium) -> None:
    lan = await entered(chromium, shop)
    program = {"name": "setup.exe", "mimeType": "image/png", "buffer": b"MZ" + bytes(64)}
    await lan.chat.locator("input[type=file]").set_input_files([program])  # type: ignore[arg-type]
    await expect(lan.chat.get_by_role("alert")).to_have_text("setup.exe can't be sent.")
    await expect(lan.chat.locator(".chips")).to_have_count(0)


async def test_who_types_is_shown_until_the_answer_is_there(shop: Shop, chromium: Chromium) -> None:
    lan = await entered(chromium, shop)
    await lan.say("are you there?")
    thread = await shop.thread_of("are you there?")
    await lan.reads("are you there?")
    await shop.server.chat.agent_types(thread, "An")
    await expect(lan.chat.locator(".typing")).to_contain_text("An is typing")
    await shop.answer(thread, "I am.")
    await lan.reads("are you there?", "I am.")
    await expect(lan.chat.locator(".typing")).to_have_count(0)


async def test_a_customer_who_signed_in_has_his_own_chat_on_every_device_and_leaves_none_behind(
    shop: Shop, chromium: Chromium
) -> None:
    lan = await entered(chromium, shop)
    await lan.say("as nobody")
    await shop.thread_of("as nobody")
    await lan.page.evaluate("given => Threadline.identify(given)", token("c-1"))
    await lan.reads()
    await lan.say("as customer one")
    await shop.thread_of("as customer one")
    elsewhere = await visit(chromium, shop.site.url)
    await elsewhere.page.evaluate("given => Threadline.identify(given)", token("c-1"))
    await elsewhere.open()
    await elsewhere.reads("as customer one")
    await lan.page.evaluate("Threadline.forget()")
    await lan.reads("as nobody")
    await lan.page.evaluate("given => Threadline.identify(given)", token("c-1") + "x")
    await expect(lan.chat.get_by_role("alert")).to_contain_text("sign-in")


async def test_the_tag_chooses_language_colour_and_side(shop: Shop, chromium: Chromium) -> None:
    shop.site.language = "vi"
    shop.site.tag |= {"language": "en", "position": "left", "colour": "#ffe14d", "title": "Ask us"}
    lan = await entered(chromium, shop)
    await expect(lan.chat.get_by_role("dialog", name="Ask us")).to_be_visible()
    await expect(lan.chat.get_by_placeholder("Write a message…")).to_be_visible()
    box = await lan.chat.locator(".launcher").bounding_box()
    assert box is not None
    assert box["x"] < 100
    ink = await lan.chat.locator(".launcher").evaluate("one => getComputedStyle(one).color")
    assert ink == "rgb(16, 32, 31)"  # dark on a light colour


async def test_on_a_phone_the_panel_fills_the_screen_and_fits(shop: Shop, chromium: Chromium) -> None:
    shop.site.language = "vi"
    lan = await visit(chromium, shop.site.url, locale="vi-VN", width=390, height=780)
    await lan.open()
    await lan.say("Máy lạnh AC-12 còn hàng không?")
    thread = await shop.thread_of("Máy lạnh AC-12 còn hàng không?")
    await shop.answer(thread, "Dạ còn hai cái ạ. Chị xem thêm tại https://shop.example.vn/ac-12 nhé.")
    await expect(lan.bubbles()).to_have_count(2)
    await lan.chat.locator(".line.ours a").wait_for()
    assert await lan.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = await lan.chat.locator(".panel").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    await lan.page.set_viewport_size({"width": 1000, "height": 760})
    await photograph(lan.page, "chat")
