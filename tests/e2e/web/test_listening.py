"""A call heard, seen and read on the agent's page; captions while it lasts, and what fits as an answer."""

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.web.conftest import Shift
from tests.support.axe import flaws
from tests.support.pictures import photograph
from threadline.kernel.events import Json

pytestmark = pytest.mark.e2e

ARTICLE: Json = {
    "id": "0199a000-0000-7000-8000-000000000009", "slug": "exchange-a-lid", "language": "en", "category": "Orders",
    "title": "Exchanging a lid", "path": "/help/en/exchange-a-lid", "snippet": [["A new lid is free.", False]],
}  # fmt: skip
WAY: Json = {
    "identity": 1, "kind": "zalo_uid", "value": "z", "trust": "observed", "channel": "zalo", "title": "Shop",
    "endpoint": "0199a000-0000-7000-8000-000000000001", "window": {"opening": "open", "until": None},
    "limits": {"text_max": 2000, "file_bytes": 1000, "file_types": [], "has_html": False, "has_subject": False},
    "do_not_contact": False, "last_inbound": None,
}  # fmt: skip


async def heard_call(shift: Shift) -> Locator:
    """Lan's call of yesterday, its transcript open."""
    await shift.sign_in()
    await shift.page.get_by_label("Search everything").fill("lan.nguyen@example.com")
    await shift.page.keyboard.press("Enter")
    call = shift.page.get_by_role("article", name="Call")
    await call.get_by_role("button", name="Show transcript").click()
    await expect(call.locator(".line")).to_have_count(5)
    return call


async def test_the_waveform_is_a_slider_for_mouse_and_keys_and_shows_what_was_paused(shift: Shift) -> None:
    call = await heard_call(shift)
    wave = call.get_by_role("slider", name="Position")
    await expect(wave.locator("svg .wave-customer").first).to_be_attached()
    await expect(wave).to_have_attribute("aria-valuemax", "24")
    await expect(call).to_contain_text("Recording was paused: 0:10–0:14")
    box = await wave.bounding_box()
    assert box is not None
    await wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await expect(wave).to_have_attribute("aria-valuetext", "0:12 of 0:24")
    for key, now in (("ArrowRight", "0:17"), ("Home", "0:00"), ("PageUp", "0:24"), ("ArrowLeft", "0:19")):
        await wave.press(key)
        await expect(wave).to_have_attribute("aria-valuetext", f"{now} of 0:24")
    speed = call.get_by_role("button", name="Speed: 1 times")
    await speed.click()
    await expect(call.get_by_role("button", name="Speed: 1.25 times")).to_be_visible()
    assert await flaws(shift.page) == []
    await photograph(shift.page, "player")
    await wave.press(" ")
    await expect(call.get_by_role("button", name="Pause")).to_be_visible()
    await wave.press(" ")
    await expect(call.get_by_role("button", name="Play", exact=True)).to_be_visible()


async def test_a_click_on_a_word_plays_from_it_and_the_word_being_heard_is_marked(shift: Shift) -> None:
    call = await heard_call(shift)
    word = call.locator(".line").nth(3).locator(".word", has_text="kind")
    await word.click()
    await expect(call.get_by_role("button", name="Pause")).to_be_visible()
    await expect(call.locator(".word-now")).to_have_count(1)
    at = await shift.page.evaluate("document.querySelector('audio').currentTime")
    assert at >= 15.5
    await call.get_by_role("button", name="Pause").click()


async def test_a_spoken_word_that_was_found_opens_the_recording_at_that_word(shift: Shift) -> None:
    shift.rooms.spoken.append(
        {
            "recording": str(shift.story.recording), "call": str(shift.story.past_call), "speaker": "customer",
            "t0": 15.0, "at": shift.house.clock.now().isoformat(), "thread": str(shift.story.thread),
            "contact": {"id": shift.story.card["id"], "name": "Nguyễn Thị Lan"},
            "snippet": [["Oh, that's ", False], ["kind", True], [". When will it come?", False]],
        }
    )  # fmt: skip
    await shift.sign_in()
    page = shift.page
    await page.get_by_label("Search everything").fill("kind")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="said on a call").click()
    call = page.get_by_role("article", name="Call")
    await expect(call.locator(".line-now .word-now")).to_have_text("kind.")
    await expect(call.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it waits for a key


async def test_captions_run_along_with_the_call_and_one_key_puts_what_fits_into_the_answer(
    shift: Shift,
) -> None:
    shift.rooms.ways.append(WAY)
    shift.rooms.articles.answers["broken again"] = ARTICLE
    captions, call, page = shift.rooms.captions, shift.story.call, shift.page
    captions.states[call] = "on"
    captions.says(call, "agent", 0, 1.0, "This is An, how can I help you?", is_final=True)
    await shift.sign_in()
    shift.ring()
    shift.pick_up()
    panel = page.get_by_role("region", name="Live captions")
    await expect(panel).to_contain_text("This is An, how can I help you?")
    captions.says(call, "customer", 0, 4.0, "the lid is", is_final=False)
    await expect(panel.get_by_role("listitem").last).to_contain_text("the lid is…")
    captions.says(call, "customer", 0, 4.0, "the lid is broken again", is_final=True)
    await expect(panel.get_by_role("listitem")).to_have_count(2)
    await expect(panel.get_by_role("listitem").last).to_have_text("0:04Customerthe lid is broken again")

    fitting = page.get_by_role("region", name="Fits what was said")
    await expect(fitting.get_by_role("button")).to_have_count(1)
    assert await flaws(page) == []
    await photograph(page, "captions")
    await page.get_by_role("button", name="Light or dark").click()
    await photograph(page, "captions-dark")
    await page.keyboard.press("Alt+1")
    url = f"{shift.url}help/en/exchange-a-lid"
    await expect(page.locator("#reply")).to_have_value(f"Exchanging a lid\n{url}")
    await expect(page.locator("#reply")).to_be_focused()

    captions.stands(call, "full")
    await expect(panel).to_contain_text("No captions: all places are taken.")
    captions.stands(call, "over")
    await expect(panel).to_have_count(0)


async def test_a_question_mark_looks_articles_up_for_an_answer(shift: Shift) -> None:
    shift.rooms.ways.append(WAY)
    shift.rooms.articles.answers["lid"] = ARTICLE
    await heard_call(shift)
    reply = shift.page.locator("#reply")
    await shift.page.get_by_role("button", name="Article", exact=True).click()
    await expect(reply).to_have_value("?")
    await reply.press_sequentially("lid")
    await shift.page.get_by_role("list", name="Articles").get_by_role("button").click()
    await expect(reply).to_have_value(f"Exchanging a lid\n{shift.url}help/en/exchange-a-lid")
    assert shift.rooms.articles.counts == [(ARTICLE["id"], "sent")]
