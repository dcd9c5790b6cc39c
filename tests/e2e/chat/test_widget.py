"""The chat on a shop's page, in a real browser, answered through the outbox of a real server."""

import pytest
from playwright.async_api import expect

from tests.e2e.chat.conftest import Shop, eventually, visit
from tests.support.axe import flaws
from tests.support.chromium import Chromium
from threadline.kernel.events import AgentState

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540000000"
    "0049454e44ae426082"
)


async def test_a_visitor_writes_and_the_agents_answer_appears_once_each_in_order_and_after_a_reload(
    shop: Shop, chromium: Chromium
) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.chat.locator(".launcher").wait_for()
    assert await flaws(lan.page) == []
    await lan.open()
    await lan.say("Is the AC-12 in stock?")
    thread = await shop.thread_of("Is the AC-12 in stock?")
    await shop.answer(thread, "Yes, two of them.")
    await lan.reads("Is the AC-12 in stock?", "Yes, two of them.")
    await expect(lan.chat.locator(".line.ours .who").last).to_have_text("An")
    await lan.chat.get_by_role("button", name="Leave your number").click()
    assert await flaws(lan.page) == []

    async def is_read() -> bool:
        return any(one["text"] == "Yes, two of them." and one["status"] == "read" for one in shop.heard)

    await eventually(is_read, "the desk knows that she has read the answer")
    await lan.say("I take one.")
    await lan.again()
    await lan.reads("Is the AC-12 in stock?", "Yes, two of them.", "I take one.")
    assert chromium.errors == []
    assert chromium.outside == []


async def test_what_is_written_on_a_broken_line_arrives_once_when_it_is_back(
    shop: Shop, chromium: Chromium
) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    await lan.say("one")
    thread = await shop.thread_of("one")
    await lan.page.context.set_offline(True)
    await lan.say("two")
    await lan.say("three")
    await shop.answer(thread, "answered meanwhile")
    await expect(lan.chat.locator(".note", has_text="Sending")).to_have_count(1)
    await lan.page.context.set_offline(False)
    await expect(lan.bubbles()).to_have_count(4)
    await shop.thread_of("three")
    await lan.again()
    await lan.reads("one", "answered meanwhile", "two", "three")
    assert [entry["text"] for entry in shop.heard if entry["direction"] == "in"] == ["one", "two", "three"]


async def test_files_go_both_ways_and_a_picture_is_shown(shop: Shop, chromium: Chromium) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    pictures = [{"name": "unit.png", "mimeType": "image/png", "buffer": PICTURE}]
    await lan.chat.locator("input[type=file]").set_input_files(pictures)  # type: ignore[arg-type]
    await expect(lan.chat.locator(".chips .ready")).to_have_text("unit.png")
    await lan.say("It looks so")
    thread = await shop.thread_of("It looks so")
    shown = lan.chat.locator(".picture img")
    await expect(shown).to_have_count(1)
    await expect(shown).to_have_js_property("naturalWidth", 1)
    (entry,) = [one for one in shop.heard if one["text"] == "It looks so"]
    assert [file["name"] for file in entry["attachments"]] == ["unit.png"]
    files = shop.server.correspondence.files
    kept = await files.keep("Hướng dẫn.pdf", "", b"%PDF-1.4 guide", uploaded_by=f"agent:{shop.town.an}")
    await shop.answer(thread, "The manual", (kept.id,))
    link = lan.chat.locator(".line.ours a.file")
    await expect(link).to_contain_text("Hướng dẫn.pdf")
    async with lan.page.expect_download() as download:
        await link.click()
    assert (await (await download.value).path()).read_bytes() == b"%PDF-1.4 guide"


async def test_two_tabs_of_one_visitor_show_the_same(shop: Shop, chromium: Chromium) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    await lan.say("from the first tab")
    second = type(lan)(await lan.page.context.new_page())
    await second.page.goto(shop.site.url)
    await second.open()
    await second.reads("from the first tab")
    await second.say("from the second")
    await lan.reads("from the first tab", "from the second")
    assert chromium.errors == []


async def test_out_of_hours_a_form_asks_for_a_way_back(shop: Shop, chromium: Chromium) -> None:
    await shop.server.router.set_state(shop.town.an, AgentState.LOGGED_OUT)
    shop.site.language = "vi"
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    await lan.chat.get_by_label("Bạn cần chúng tôi giúp gì?").fill("Máy lạnh kêu to")
    await lan.chat.get_by_role("button", name="Gửi lời nhắn").click()
    await expect(lan.chat.get_by_role("alert")).to_contain_text("số điện thoại hoặc e-mail")
    assert await flaws(lan.page) == []
    await lan.chat.get_by_label("Số điện thoại").fill("0901 234 567")
    await lan.chat.get_by_role("button", name="Gửi lời nhắn").click()
    await shop.thread_of("Máy lạnh kêu to")
    await lan.reads("Máy lạnh kêu to")


async def test_someone_who_types_lans_number_sees_nothing_of_hers(shop: Shop, chromium: Chromium) -> None:
    threads = shop.server.threads
    hers = await threads.add_message(
        thread=None, identity=("phone", "+84901234567"), channel="chat", direction="in", text="Lan's own words", display="Lan Nguyễn"
    )  # fmt: skip
    stranger = await visit(chromium, shop.site.url)
    await stranger.open()
    await stranger.say("hello")
    await stranger.chat.get_by_role("button", name="Leave your number").click()
    await stranger.chat.get_by_label("Phone number").fill("0901234567")
    await stranger.chat.get_by_role("button", name="Save").click()
    his = await shop.thread_of("My phone number: 0901234567")
    assert str(his) != hers["thread"]
    await stranger.again()
    await stranger.reads("hello", "My phone number: 0901234567")
    everything = await stranger.chat.evaluate("one => one.shadowRoot.textContent")
    assert "Lan" not in everything
    assert "own words" not in everything


async def test_nothing_that_is_said_or_sent_runs(shop: Shop, chromium: Chromium) -> None:
    lan = await visit(chromium, shop.site.url)
    await lan.open()
    hostile = (
        '<img src=x onerror="window.ran=1"><script>window.ran=1</script> \u202egnp.exe javascript:alert(1) '
        + "x" * 4000
    )
    await lan.say(hostile)
    thread = await shop.thread_of(hostile.strip())
    await shop.answer(thread, '<svg onload=window.ran=1> https://shop.example/"onmouseover="window.ran=1')
    await expect(lan.bubbles()).to_have_count(2)
    assert await lan.page.evaluate("window.ran") is None
    assert await lan.chat.locator("img, script, iframe").count() == 0
    assert await lan.chat.locator("a[href^='javascript']").count() == 0
    assert not await lan.chat.locator(".panel").evaluate("one => one.scrollWidth > one.clientWidth")
