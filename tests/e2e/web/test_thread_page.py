"""Answering, cases, and who is who on the agent page, in Chromium."""

from typing import Any

import pytest
from playwright.async_api import expect

from omnichannel.cases.model import Status
from tests.e2e.web.conftest import Shift

pytestmark = pytest.mark.e2e

LIMITS = {"text_max": 20, "file_bytes": 0, "file_types": [], "has_html": False, "has_subject": False}
MAIL_LIMITS = {**LIMITS, "text_max": 5000, "has_subject": True}


def way(channel: str, opening: str, **more: Any) -> dict[str, Any]:
    return {
        "identity": 7, "kind": "zalo_uid", "value": "246845883529197922", "trust": "attested",
        "endpoint": "0199a000-0000-7000-8000-000000000001", "channel": channel, "title": "Điện máy", "limits": LIMITS,
        "window": {"opening": opening, "until": None}, "do_not_contact": False, "last_inbound": None, **more,
    }  # fmt: skip


async def open_lan(shift: Shift) -> None:
    await shift.sign_in()
    await shift.page.get_by_label("Search everything").fill("+84901234567")
    await shift.page.keyboard.press("Enter")
    await expect(shift.page.get_by_role("heading", name="Nguyễn Thị Lan", level=1)).to_be_visible()


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
    await page.get_by_role("button", name="/hi · Greeting").click()
    await expect(box).to_have_value("Chào chị Lan")
    await box.fill("Chào chị")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("article", name="Message").last).to_contain_text("Chào chị")
    await expect(box).to_have_value("")
    assert [(one["identity"], one["text"]) for one in shift.rooms.sent] == [(7, "Chào chị")]
    await page.get_by_label("By which way").select_option(label="E-mail · Điện máy · lan@example.vn")
    await expect(page.get_by_label("Subject")).to_be_visible()


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
    shift.rooms.ways = [way("zalo", "open")]
    await open_lan(shift)
    await shift.page.get_by_label("Answer to the customer").fill("Chào")
    await shift.page.reload()
    await shift.page.get_by_label("Search everything").fill("+84901234567")
    await shift.page.keyboard.press("Enter")
    await expect(shift.page.get_by_label("Answer to the customer")).to_have_value("Chào")


async def test_a_case_is_resolved_where_the_customer_is_shown(shift: Shift) -> None:
    await open_lan(shift)
    panel = shift.page.get_by_label("Customer", exact=True)
    await panel.get_by_role("button", name="Resolve").first.click()
    await expect(panel.get_by_role("button", name="Resolve").first).to_be_visible()
    assert shift.rooms.changes == [{"status": Status.RESOLVED}]


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
