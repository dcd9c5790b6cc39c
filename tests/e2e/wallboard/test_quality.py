"""Scorecards on the pages: an admin makes one, a supervisor hears a call and gives points, its agent reads them."""

from uuid import UUID

import pytest
from playwright.async_api import expect

from tests.e2e.wallboard.conftest import PASSWORD, Hall
from tests.integration.telephony.stage import LAN, RECORDED_DESK, until
from tests.support.axe import COLOURS, flaws
from tests.support.pictures import photograph
from threadline.kernel.events import CallEventKind, Json
from threadline.kernel.ids import CallId

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CARD = {
    "en": "Care",
    "vi": "Chăm sóc",
    "id": "care",
    "criteria_en": "Greets by name\nSolves it",
    "criteria_vi": "Chào bằng tên",
}


async def test_a_call_is_evaluated_by_a_card_and_only_its_agent_reads_it(hall: Hall) -> None:
    people = hall.office.server.people
    await people.set_password(hall.an, PASSWORD)
    await people.add("mai", PASSWORD, role="agent", display_name="Mai Hồ", locale="en-US")
    story = await _recorded_call(hall)
    await _card_is_made(await hall.beside("dung", "/wallboard#quality"))
    await hall.sign_in(at="/wallboard#quality")
    await _evaluate(hall)

    at_call = f"/#contact-{story['contact']}"
    an = (await hall.beside("an", at_call)).page  # in Vietnamese
    await an.get_by_role("button", name="Đánh giá", exact=True).last.click()
    his = an.get_by_role("article", name="Đánh giá")
    await expect(his).to_contain_text("Chào bằng tên4 trên 5Giải quyết xongKhông áp dụng")
    await expect(his).to_contain_text("Calm, and quick.")
    await photograph(an, "desk-evaluation-vi")
    chi = (await hall.beside("chi", at_call)).page
    address = f"/wallboard#evaluate-{story['id']}"
    await expect(chi.get_by_role("link", name="Evaluate").last).to_have_attribute("href", address)
    await photograph(chi, "desk-evaluate-link")
    await _seen_by_another(await hall.beside("tam", address))
    mai = (await hall.beside("mai", at_call)).page
    await mai.get_by_role("button", name="Evaluation", exact=True).last.click()
    await expect(mai.get_by_text("None yet.")).to_be_visible()
    await expect(mai.get_by_role("article", name="Evaluation")).to_have_count(0)


async def _recorded_call(hall: Hall) -> Json:
    """An serves Lan; afterwards it can be heard."""
    office = hall.office
    await office.publish(RECORDED_DESK, record=True)
    before = sum(event.kind is CallEventKind.ENDED for event in office.events)
    async with office.desk("101") as desk, office.customer("lan", LAN) as lan:
        await office.ready(hall.an)
        await office.call(lan)
        await desk.incoming(timeout_s=60)
        await desk.answer()
        await office.becomes(hall.an, "talking")
        await lan.hang_up()
        story = await office.story(count=before + 1)
    call = CallId(UUID(str(story["id"])))

    async def is_ready() -> bool:
        tapes = await office.server.recordings.for_call(call)
        return [tape["state"] for tape in tapes] == ["ready"]

    await until(is_ready, "the recording can be heard")
    return story


async def _card_is_made(hall: Hall) -> None:
    page = hall.page
    await page.get_by_role("link", name="Make one").click()
    await page.get_by_role("button", name="New scorecard").click()
    for field, text in CARD.items():
        await page.locator(f'[name="{field}"]').fill(text)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Criteria here: 1; in English: 2.")).to_be_visible()
    await page.locator('[name="criteria_vi"]').fill("Chào bằng tên\nGiải quyết xong")
    await photograph(page, "admin-scorecard")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row").filter(has_text="Care")).to_contain_text("every queue")


async def _seen_by_another(hall: Hall) -> None:
    """In Vietnamese: what a colleague gave, which is not hers to delete, and nothing of her own yet."""
    page = hall.page
    given = page.get_by_role("article", name="Đánh giá")
    await expect(given).to_contain_text("Chi Phạm")
    await expect(given.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    await photograph(page, "wallboard-evaluate-vi")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("region", name="Theo nhân viên")).to_contain_text("80%")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await photograph(page, "wallboard-quality-vi")


async def _evaluate(hall: Hall) -> None:
    page, calls = hall.page, hall.region("Calls")
    await page.set_viewport_size({"width": 1280, "height": 720})
    newest = calls.get_by_role("row").nth(1)
    await expect(newest).to_contain_text("1 recording")
    await photograph(page, "wallboard-quality")
    await newest.get_by_role("link").click()
    drawer = page.get_by_role("dialog", name="Evaluate a call")
    await expect(drawer.get_by_role("group", name="Recording")).to_be_visible()
    await drawer.get_by_role("button", name="Save").click()
    greeting, solving = (drawer.get_by_role("group", name=name) for name in CARD["criteria_en"].split("\n"))
    await expect(greeting).to_contain_text("Give points, or say that it does not apply.")
    await page.keyboard.press("ArrowRight")
    await greeting.get_by_label("4", exact=True).check()
    await solving.get_by_label("Does not apply").check()
    await expect(drawer.get_by_label("Percent so far")).to_have_text("80%")
    await drawer.get_by_label("Comment").fill("Calm, and quick.")
    await photograph(page, "wallboard-evaluate")
    await drawer.get_by_role("button", name="Save").click()
    await expect(drawer.get_by_role("article", name="Evaluation")).to_contain_text("80%")
    await drawer.get_by_role("button", name="Delete").click()
    await expect(drawer.get_by_role("alertdialog")).to_contain_text("Delete this evaluation?")
    await photograph(page, "wallboard-evaluate-delete")
    await drawer.get_by_role("button", name="Keep it").click()
    assert await flaws(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await flaws(page, rules=COLOURS) == []
    await photograph(page, "wallboard-evaluate-dark")
    await page.keyboard.press("Escape")
    await expect(newest).to_contain_text("80%")
    await expect(hall.region("By agent").get_by_role("row", name="An")).to_contain_text("80%")
    await calls.get_by_label("Evaluation").select_option("open")
    await expect(calls.get_by_role("row").filter(has_text="80%")).to_have_count(0)
    await calls.get_by_label("Evaluation").select_option("done")
    await expect(calls.get_by_role("row")).to_have_count(2)
    assert await flaws(page) == []
