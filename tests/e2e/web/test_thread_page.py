"""Answering, cases, and who is who on the agent page, in Chromium."""

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from playwright.async_api import Page, expect

from omnichannel.cases.model import Status
from omnichannel.errors import CannotSend
from tests.e2e.web.conftest import Shift
from threadline.kernel.events import Json, ThreadDelta

pytestmark = pytest.mark.e2e

LIMITS = {"text_max": 20, "file_bytes": 0, "file_types": [], "has_html": False, "has_subject": False}
MAIL_LIMITS = {**LIMITS, "text_max": 5000, "has_subject": True}


def way(channel: str, opening: str, **more: Any) -> dict[str, Any]:
    return {
        "identity": 7, "kind": "zalo_uid", "value": "246845883529197922", "trust": "attested",
        "endpoint": "0199a000-0000-7000-8000-000000000001", "channel": channel, "title": "Điện máy", "limits": LIMITS,
        "window": {"opening": opening, "until": None}, "do_not_contact": False, "last_inbound": None, **more,
    }  # fmt: skip


DROP = """(size) => {
  const held = new DataTransfer();
  held.items.add(new File(["x".repeat(size)], `${size}.txt`, { type: "text/plain" }));
  document.querySelector(".timeline").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


async def open_lan(shift: Shift, login: str = "an", page: Page | None = None) -> None:
    page = page or shift.page
    await shift.sign_in(login, page)
    await page.get_by_label("Search everything").fill("+84901234567")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Nguyễn Thị Lan", level=1)).to_be_visible()


async def test_an_answer_goes_by_the_way_the_customer_used_and_keeps_its_limits(shift: Shift) -> None:
    page = shift.page
    email = way("email", "open", kind="email", value="lan@example.vn", identity=8, limits=MAIL_LIMITS)
    shift.rooms.ways = [way("zalo", "open"), email]
    await open_lan(shift)
    box = page.get_by_label("Answer to the customer")
    await expect(box).to_be_visible()
    await page.keyboard.press("m")
    await expect(box).to_be_focused()
    await box.fill("Much too long for this way")
    await expect(page.get_by_text("26 / 20")).to_be_visible()
    await expect(page.get_by_role("button", name="Send by Zalo")).to_be_disabled()
    await box.fill("/h")
    await expect(page.get_by_role("button", name="/hi · Greeting")).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value("Chào chị Lan")
    await box.fill("/doi")
    await expect(page.get_by_role("button", name="Macro: Đổi trả hàng")).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value("Đã đổi nắp.")
    await expect(page.get_by_text("Done: Macro: Đổi trả hàng.")).to_be_visible()
    assert len(shift.rooms.macros_done) == 1
    await box.fill("Chào chị")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("article", name="Message").last).to_contain_text("Chào chị")
    await expect(box).to_have_value("")
    assert [(one["identity"], one["text"]) for one in shift.rooms.sent] == [(7, "Chào chị")]
    await page.get_by_label("By which way").select_option(label="E-mail · Điện máy · lan@example.vn")
    await expect(page.get_by_label("Subject")).to_be_visible()


async def test_what_was_begun_for_a_way_stays_with_it_when_it_closes(shift: Shift) -> None:
    page, email = shift.page, way("email", "open", kind="email", identity=8, limits=MAIL_LIMITS)
    shift.rooms.ways = [way("zalo", "open"), email]
    await open_lan(shift)
    box = page.get_by_label("Answer to the customer")
    await box.fill("Chào chị")
    shift.rooms.ways = [way("zalo", "closed"), email]
    shift.rooms.refuses = CannotSend("The time is over.", "window_closed")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("Not sent: the time to answer here is over.")).to_be_visible()
    await expect(box).to_be_disabled()
    await expect(box).to_have_value("Chào chị")
    await expect(page.get_by_label("By which way")).to_have_value("7 0199a000-0000-7000-8000-000000000001")
    assert shift.rooms.sent == []
    shift.chromium.expect_refusals(409)


async def test_a_closed_way_says_so_before_anybody_types(shift: Shift) -> None:
    shift.rooms.ways = [way("zalo", "closed"), way("messenger", "person_only", identity=9)]
    await open_lan(shift)
    await expect(shift.page.get_by_label("By which way")).to_have_value(
        "9 0199a000-0000-7000-8000-000000000001"
    )
    await expect(shift.page.get_by_text("only by a person")).to_be_visible()
    await shift.page.get_by_label("By which way").select_option(label="Zalo · Điện máy")
    await expect(shift.page.get_by_label("Answer to the customer")).to_be_disabled()


async def test_what_was_begun_survives_a_reload(shift: Shift) -> None:
    page = shift.page
    shift.rooms.ways = [way("zalo", "open", limits={**LIMITS, "file_bytes": 2_000, "file_types": ["text/"]})]
    await open_lan(shift)
    await page.get_by_label("Answer to the customer").fill("Chào")
    await page.get_by_role("tab", name="Note").click()
    await page.get_by_label("Note for colleagues").fill("She asked for the lid")
    for size in (4_000, 1_000):
        await page.evaluate(DROP, size)  # beside the box, while a note is written
    await expect(page.get_by_text("4000.txt is too large: 4 kB, here at most 2 kB.")).to_be_visible()
    await expect(page.get_by_role("button", name="Remove 1000.txt")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Answer to the customer")).to_have_value("Chào")
    await expect(page.get_by_role("button", name="Remove 1000.txt")).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.get_by_label("Note for colleagues")).to_have_value("She asked for the lid")


async def test_a_thread_is_narrowed_to_a_channel_and_tells_who_else_looks_and_writes(shift: Shift) -> None:
    page = shift.page
    await open_lan(shift)
    await page.get_by_label("Show of this thread").select_option(label="Calls")
    await expect(page.locator(".timeline .entry")).to_have_count(1)
    shift.house.bus.publish(ThreadDelta(shift.story.thread, message(1, shift)))
    await page.get_by_label("Show of this thread").select_option(label="Everything")
    await expect(page.get_by_text("Great, thank you!")).to_be_visible()

    assert page.context.browser is not None
    context = await page.context.browser.new_context()
    second = await context.new_page()
    await open_lan(shift, "bao", second)
    await expect(page.locator(".also-here")).to_have_text("Lê Quốc Bảo")
    await expect(second.locator(".also-here")).to_have_text("Trần An")
    await second.get_by_label("Note for colleagues").fill("I call her")
    await expect(page.get_by_text("Lê Quốc Bảo is writing here…")).to_be_visible()
    await second.keyboard.press("Control+Enter")
    await expect(page.get_by_text("I call her")).to_be_visible()
    await expect(page.get_by_text("Lê Quốc Bảo is writing here…")).to_have_count(0)
    await context.close()
    await expect(page.locator(".also-here")).to_have_text("")


async def test_a_case_is_resolved_where_the_customer_is_shown(shift: Shift) -> None:
    await open_lan(shift)
    panel = shift.page.get_by_label("Customer", exact=True)
    await panel.get_by_role("button", name="Resolve").first.click()
    await expect(panel.get_by_role("button", name="Resolve").first).to_be_visible()
    assert shift.rooms.changes == [{"status": Status.RESOLVED}]
    for width in (1280, 900):  # where the panel is out of sight until it is asked for
        await shift.page.set_viewport_size({"width": width, "height": 720})
        await shift.page.get_by_role("log").focus()
        await shift.page.keyboard.press("c")
        await expect(panel.get_by_placeholder("What is it about?")).to_be_focused()
        await shift.page.keyboard.press("Escape")


async def test_several_people_on_one_phone_are_asked_for(shift: Shift) -> None:
    phone = {"kind": "phone", "value": "+84901234567", "last_seen": "2026-11-24T02:00:00+00:00"}
    me = str(shift.story.card["id"])
    kin: dict[str, Any] = {
        "candidates": [{"contact": me, "name": "Nguyễn Thị Lan", **phone},
                       {"contact": "0199a000-0000-7000-8000-000000000002", "name": "Lê Văn Hùng", **phone}],
        "suggestions": [{"id": "5", "contact": None, "name": None, "reason": "said", "code": "claimed", "kind": "phone",
                         "value": "+84912345678", "own": True}],
        "merges": [],
    }  # fmt: skip
    shift.story.card.update(kin)
    await open_lan(shift)
    who = shift.page.get_by_label("Which customer is it")
    await expect(who.get_by_role("button", name="Nguyễn Thị Lan")).to_have_attribute("aria-pressed", "true")
    await expect(who.get_by_role("button", name="Lê Văn Hùng")).to_be_visible()
    await expect(shift.page.get_by_text("nothing proves it yet")).to_be_visible()


async def test_hostile_words_in_search_results_are_words(shift: Shift) -> None:
    shift.rooms.entries = [{
        "id": "1", "kind": "message", "channel": "chat", "direction": "in", "at": "2026-11-24T02:00:00+00:00",
        "thread": str(shift.story.thread), "contact": {"id": str(shift.story.card["id"]), "name": "<img src=x onerror=1>"},
        "snippet": [["<script>", False], ["lid", True]],
    }]  # fmt: skip
    await shift.sign_in()
    await shift.page.get_by_label("Search everything").fill("lid")
    await shift.page.keyboard.press("Enter")
    await expect(shift.page.locator("mark")).to_have_text("lid")
    await expect(shift.page.get_by_text("<script>")).to_be_visible()


def message(number: int, shift: Shift) -> Json:
    """An old message of Lan's; forty a day, the highest number the latest."""
    at = shift.house.clock.now() - timedelta(days=30) + timedelta(minutes=36 * number)
    return {
        "id": f"long {number}", "thread": str(shift.story.thread), "kind": "message", "channel": "chat", "direction": "in",
        "actor": {"kind": "customer", "id": None, "name": "Lan"}, "at": at.isoformat(), "preview": "", "subject": None,
        "status": None, "call": None, "text": f"Sentence number {number}. " * (1 + number % 7),
    }  # fmt: skip


FIRST_ROW_STAYS = """async (scrolledPx) => {
  const list = document.querySelector(".timeline");
  list.scrollTop = scrolledPx;
  const row = list.querySelector(".entry");
  const rows = list.querySelectorAll(".entry").length;
  const before = row.getBoundingClientRect().top;
  while (list.querySelectorAll(".entry").length === rows) await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  return { isSame: row.isConnected, moved: Math.abs(row.getBoundingClientRect().top - before), more: list.querySelectorAll(".entry").length - rows };
}"""
CUT = """async () => {
  const { PART, inParts } = await import("/static/desk/parts.js");
  const starts = new Set();
  let parts = [];
  const place = (entries) => {
    parts = inParts(entries, starts, parts);
    return Object.fromEntries(parts.flatMap((part) => part.map((one) => [one.id, part[0].id])));
  };
  const run = (from, to) => Array.from({ length: to - from }, (_, n) => ({ id: String(from + n) }));
  const steps = [run(500, 540), run(460, 540), run(460, 541), run(100, 700), run(100, 700).toSpliced(333, 0, { id: "late" }), run(0, 2000)];
  let before = {};
  const moved = [];
  for (const entries of steps) {
    const now = place(entries);
    moved.push(...Object.keys(now).filter((id) => before[id] && before[id] !== now[id]));
    before = now;
  }
  return { moved, longest: Math.max(...parts.map((part) => part.length)), part: PART, all: parts.flat().length };
}"""
CUT_AGAIN = """async () => {
  const { PART, inParts } = await import("/static/desk/parts.js");
  const starts = new Set();
  let [entries, parts, seed, isWhole, cut, longest] = [[], [], 7, true, 0, 0];
  const upTo = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let step = 0; step < 1500; step++) {
    const [at, gone] = upTo(4) ? [entries.length, 0] : [upTo(entries.length + 1), upTo(3) && upTo(2)];
    entries = entries.toSpliced(at, gone, ...(upTo(5) ? [{ id: `${step}` }] : []));
    const before = new Set(parts);
    parts = inParts(entries, starts, parts);
    isWhole &&= parts.flat().length === entries.length && parts.flat().every((one, n) => one === entries[n]);
    cut = Math.max(cut, parts.filter((part) => !before.has(part)).length);
    longest = Math.max(longest, ...parts.map((part) => part.length));
  }
  return { isWhole, cut, isShort: longest <= 2 * PART, parts: parts.length };
}"""
IS_AT_END = """() => {
  const list = document.querySelector(".timeline");
  return list.scrollHeight - list.scrollTop - list.clientHeight < 2;
}"""
WATCH_PARTS = """() => {
  const list = document.querySelector(".timeline");
  window.partOf = (node) => [...list.children].indexOf((node instanceof Element ? node : node.parentElement).closest(".timeline-part"));
  window.touched = new Set();
  new MutationObserver((found) => {
    for (const { target } of found) touched.add(partOf(target));
  }).observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


async def test_a_long_thread_stays_where_it_is_read_and_is_found_in_as_a_whole(shift: Shift) -> None:
    page, threads, thread = shift.page, shift.house.threads, shift.story.thread
    threads.pages[thread][:0] = [message(number, shift) for number in range(300)]
    await open_lan(shift)
    rows = page.locator(".timeline .entry")
    end = page.get_by_text("the newest of all")
    shift.house.bus.publish(
        ThreadDelta(
            thread,
            {**message(999_999, shift), "at": "2099-01-01T03:00:00+00:00", "text": "the newest of all"},
        )
    )
    await expect(end).to_be_in_viewport()
    for scrolled_px in cycle((0, 20)):  # the browser itself keeps the place only where something is above it
        if await rows.count() >= 300:
            break
        found = await page.evaluate(FIRST_ROW_STAYS, scrolled_px)
        assert found["isSame"]
        assert found["moved"] < 2
    shift.house.bus.publish(
        ThreadDelta(
            thread, {**message(999_998, shift), "at": "2099-01-02T03:00:00+00:00", "text": "newer than that"}
        )
    )
    await expect(page.get_by_text("newer than that")).to_be_attached()
    await expect(page.get_by_text("newer than that")).not_to_be_in_viewport()
    await page.evaluate(WATCH_PARTS)
    for changed in (
        {**message(999_997, shift), "at": "2099-01-02T03:01:00+00:00", "text": "the newest now"},
        {**message(150, shift), "text": "Sentence number 150. This is what it says now."},
    ):
        await page.evaluate("touched.clear()")
        shift.house.bus.publish(ThreadDelta(thread, changed))
        row = page.get_by_text(str(changed["text"]))
        await expect(row).to_be_attached()
        assert await page.evaluate("[...touched]") == [await row.evaluate("partOf")]
    days = await page.locator(".timeline .day").all_text_contents()
    assert len(days) == len(set(days))
    assert await page.evaluate("find('Sentence number 150.')")
    await page.evaluate("getSelection().anchorNode.parentElement.scrollIntoView()")
    await expect(page.get_by_text("Sentence number 150.")).to_be_in_viewport()
    await page.get_by_role("log").focus()
    await page.keyboard.press("End")
    await expect(page.get_by_text("newer than that")).to_be_in_viewport()
    await page.wait_for_function(IS_AT_END)
    edited = {**message(999_997, shift), "at": "2099-01-02T03:01:00+00:00", "text": "as it is put now " * 20}
    shift.house.bus.publish(ThreadDelta(thread, edited))
    await expect(page.get_by_text("as it is put now")).to_be_visible()
    await page.wait_for_function(IS_AT_END)


async def test_a_part_of_a_long_thread_once_cut_stays_cut(shift: Shift) -> None:
    await shift.page.goto(shift.url)
    found = await shift.page.evaluate(CUT)
    assert found["moved"] == []
    assert found["all"] == 2000
    assert found["longest"] <= 2 * found["part"]
    found = await shift.page.evaluate(CUT_AGAIN)
    assert found["isWhole"]
    assert found["isShort"]
    assert found["parts"] > 10
    assert found["cut"] <= 3
