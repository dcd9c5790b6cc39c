"""A supervisor at her page, with real phones on the floor: one customer talks, one waits."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.wallboard.conftest import PASSWORD, QUEUES, Hall
from tests.integration.telephony.stage import LAN, MINH
from tests.support.audio import find_tone, tone
from tests.support.axe import flaws
from tests.support.pictures import photograph
from threadline.kernel.ids import CallId, uuid7

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_floor_is_seen_live_explained_and_changed(hall: Hall) -> None:
    office, page = hall.office, hall.page
    await hall.sign_in()
    await expect(hall.region("Waiting contacts")).to_contain_text("Nobody waits.")
    await _case_is_explained(hall)
    async with (
        office.desk("101") as desk,
        office.customer("lan", LAN) as lan,
        office.customer("minh", MINH) as minh,
    ):
        await office.ready(hall.an)
        await office.call(lan)
        await desk.incoming(timeout_s=60)
        await desk.answer()
        await office.becomes(hall.an, "talking")
        await office.call(minh)
        await expect(hall.agent("An")).to_contain_text("On a call")
        await expect(hall.agent("An")).to_contain_text("+84 901 234 567".replace(" ", "\u00a0"))
        row = hall.region("Waiting contacts").get_by_role("row").filter(has_text="907")
        await expect(row).to_contain_text("Support")
        await expect(hall.region("Support").get_by_label("Service level")).to_contain_text("100%")
        await photograph(hall.page, "wallboard")
        await _formula_is_explained(hall)
        await _why(hall, row)
        await row.get_by_role("button", name="Move…").click()
        question = page.get_by_role("dialog")
        await question.get_by_label("Queue").select_option("billing")
        await question.get_by_role("button", name="Move", exact=True).click()
        await expect(row).to_contain_text("Billing")
        await _screen(hall)
        await _refused_while_talking(hall)
        await lan.hang_up()
        await expect(hall.agent("An")).to_contain_text("Wrap-up")
        await _away_by_keyboard(hall)
        await minh.hang_up()
        await expect(hall.region("Waiting contacts")).to_contain_text("Nobody waits.")
    await _past_call_is_explained(hall)
    await _skills(hall)
    await _audited(hall)


async def _formula_is_explained(hall: Hall) -> None:
    await hall.region("Support").locator(".tip").filter(has_text="Without short hang-ups").focus()
    await expect(
        hall.region("Support").get_by_role("tooltip").filter(has_text="gave up within 5 s")
    ).to_be_visible()


async def _why(hall: Hall, row: Locator) -> None:
    await row.get_by_role("button", name="Why?").click()
    drawer = hall.page.get_by_role("dialog")
    await expect(drawer.get_by_role("row").filter(has_text="An")).to_contain_text("was not free: On a call")
    await expect(drawer.get_by_role("row").filter(has_text="Bình Trần")).to_contain_text("was not free: Away")
    await photograph(hall.page, "wallboard-why")
    await hall.page.keyboard.press("Escape")
    await hall.agent("An").get_by_role("button", name="Why?").click()
    await expect(drawer).to_contain_text("Given to An")
    await hall.page.keyboard.press("Escape")


async def _screen(hall: Hall) -> None:
    page = hall.page
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.get_by_role("link", name="Big screen").click()
    await expect(page.locator(".large")).to_have_count(len(QUEUES) + 1)
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    cut = "[...document.querySelectorAll('.large')].filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    assert await page.evaluate(cut) == 0
    short = "[...document.querySelectorAll('.large dt')].filter((one) => one.scrollWidth > one.clientWidth).length"
    assert await page.evaluate(short) == 0
    assert await page.locator("button:visible, a:visible, input:visible").count() == 0
    await photograph(hall.page, "wallboard-screen")
    await page.evaluate("document.exitFullscreen?.().catch(() => undefined)")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await hall.region("Agents").wait_for()


async def _refused_while_talking(hall: Hall) -> None:
    await hall.agent("An").get_by_role("button", name="Change").click()
    await hall.page.get_by_role("menuitem", name="Set away").click()
    question = hall.page.get_by_role("dialog")
    await expect(question).to_contain_text("A conversation is never cut off")
    await question.get_by_role("button", name="Set away").click()
    await hall.page.get_by_text("Not while the phone rings or a call goes on.").wait_for()
    hall.chromium.errors[:] = [one for one in hall.chromium.errors if "status of 409" not in one]
    await question.get_by_role("button", name="Cancel").click()


async def _away_by_keyboard(hall: Hall) -> None:
    page = hall.page
    await hall.agent("An").get_by_role("button", name="Change").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.get_by_label("Reason").fill("team meeting")
    await photograph(hall.page, "wallboard-force")
    await page.keyboard.press("Enter")
    await expect(hall.agent("An")).to_contain_text("Away")
    await expect(hall.agent("An")).to_contain_text("team meeting")
    assert await hall.office.state(hall.an) == "away"


async def _skills(hall: Hall) -> None:
    await hall.agent("Hoa Võ").get_by_role("button", name="Change").click()
    await hall.page.get_by_role("menuitem", name="Skills…").click()
    question = hall.page.get_by_role("dialog", name="Skills of Hoa Võ")
    await question.get_by_label("Add a skill").select_option("support")
    await question.get_by_label("Level of support").select_option("4")
    await question.get_by_role("button", name="Take technical away").click()
    await question.get_by_role("button", name="Save").click()
    await expect(hall.agent("Hoa Võ").locator(".skills")).to_have_text("orders 4support 4")


async def _audited(hall: Hall) -> None:
    await hall.page.context.clear_cookies()
    await hall.sign_in("dung", "/admin#audit")
    await hall.page.get_by_label("Show").select_option("agent")
    row = hall.page.get_by_role("row").filter(has_text="agent.force_state").first
    await expect(row).to_contain_text("Chi Phạm")
    await expect(row).to_contain_text("away")
    await hall.page.get_by_label("Show").select_option("")
    await hall.page.get_by_role("row").filter(has_text="contact.move").first.wait_for()


async def _case_is_explained(hall: Hall) -> None:
    """From the desk, where a case says whose it is, to the board, where it says why."""
    server, page = hall.office.server, hall.page
    now = datetime.now(UTC)
    caller = await server.threads.call_arrived(
        CallId(uuid7(now)), "+84905550001", "x", "1900", "VN", now, "Mai"
    )
    await server.router.define_queue("returns", "Returns", need={"returns": 1}, digital="push")
    await server.cases.open(caller.thread, "A torn sleeve", agent=None, queue="returns", by="customer")
    await page.goto(hall.url)
    await page.get_by_role("button", name="Nobody's").click()
    await page.get_by_role("option").filter(has_text="A torn sleeve").click()
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Why?").click()
    board = await opened.value
    why = board.get_by_role("dialog")
    await expect(why).to_contain_text("Nobody could take it yet")
    await expect(why.get_by_role("row").filter(has_text="Bình Trần")).to_contain_text("not free")
    await photograph(board, "wallboard-case")
    await board.close()
    await page.goto(f"{hall.url}/wallboard")


async def _past_call_is_explained(hall: Hall) -> None:
    """From the call in the customer's thread."""
    page = hall.page
    await page.goto(hall.url)
    await page.get_by_role("searchbox").fill("0901234567")
    await page.keyboard.press("Enter")
    async with page.expect_popup() as opened:
        await page.get_by_role("article", name="Call").get_by_role("link", name="Why?").click()
    board = await opened.value
    why = board.get_by_role("dialog")
    await expect(why).to_contain_text("Given to An")
    await photograph(board, "wallboard-past-call")
    await board.close()
    await page.goto(f"{hall.url}/wallboard")


async def test_she_listens_whispers_joins_and_takes_over(hall: Hall) -> None:
    office, page = hall.office, hall.page
    await hall.sign_in()
    async with (
        office.desk("101") as desk,
        office.desk("109") as hers,
        office.customer("lan", LAN) as lan,
    ):
        await office.ready(hall.an)
        await office.call(lan)
        await desk.incoming(timeout_s=60)
        await desk.answer()
        await hall.agent("An").get_by_role("button", name="Change").click()
        await page.get_by_role("menuitem", name="Listen").click()
        await hers.incoming(timeout_s=60)
        await hers.answer()
        ways = page.get_by_role("group", name="In the call of An")
        await expect(ways.get_by_role("button", name="Listen", pressed=True)).to_be_visible()
        await lan.speak(tone(440, 20))
        await hers.hears_tone(440, timeout_s=60)
        await ways.get_by_role("button", name="Whisper").click()
        await expect(ways.get_by_role("button", name="Whisper", pressed=True)).to_be_visible()
        await hers.speak(tone(610, 20))
        await desk.hears_tone(610, timeout_s=60)
        assert find_tone(610, lan.heard()).score < 0.8
        await ways.get_by_role("button", name="Barge in").click()
        await expect(ways.get_by_role("button", name="Barge in", pressed=True)).to_be_visible()
        await hers.speak(tone(750, 20))
        await lan.hears_tone(750, timeout_s=60)
        assert await flaws(page) == []
        await ways.get_by_role("button", name="Take over").click()
        await (
            page.get_by_role("dialog", name="Take the call of An?")
            .get_by_role("button", name="Take over")
            .click()
        )
        await desk.closed(timeout_s=60)
        await expect(hall.agent("An")).to_contain_text("Wrap-up")
        await lan.hang_up()
        await hers.closed(timeout_s=60)


async def test_it_speaks_vietnamese_comes_dark_and_lets_no_agent_in(hall: Hall) -> None:
    page = hall.page
    await hall.sign_in("tam")
    await page.get_by_role("heading", name="Bảng trực").wait_for()
    await expect(page.get_by_role("region", name="Nhân viên", exact=True)).to_contain_text("Tạm vắng")
    await page.get_by_role("button", name="Sáng hoặc tối").click()
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await photograph(hall.page, "wallboard-vi-dark")
    await page.goto("about:blank")  # a page that is still open asks on, and is refused
    await page.context.clear_cookies()
    await hall.office.server.people.set_password(hall.an, PASSWORD)
    await hall.sign_in("an")
    await (
        page.get_by_role("link", name="Agent page")
        .or_(page.get_by_role("link", name="Trang tổng đài viên"))
        .wait_for()
    )


async def test_a_day_is_predicted_beside_the_textbook_with_warnings_and_more_people(hall: Hall) -> None:
    page = hall.page
    await hall.sign_in(at="/wallboard#what-if")
    form = page.get_by_role("form", name="What to predict")
    for title, contacts in {
        "Support": 80,
        "Billing": 40,
        "Orders": 30,
        "Technical help": 20,
        "VIP": 4,
        "Returns": 3,
    }.items():
        await form.get_by_label(title, exact=True).fill(str(contacts))
    await form.get_by_label("Hours open").fill("4")
    await form.get_by_role("checkbox", name="Khoa Bùi").uncheck()
    await expect(form).to_contain_text("At work: 3 of 4")
    await form.get_by_role("button", name="Predict").click()
    whole = hall.region("The whole day")
    await expect(whole.get_by_role("row", name="Service level")).to_contain_text("±")
    await expect(whole).to_contain_text("Erlang A")
    await expect(whole).to_contain_text("Everybody can do everything")
    await expect(hall.region("Watch out")).to_contain_text("Returns (returns 1): nobody has these skills")
    await expect(
        hall.region("With fewer and more people").get_by_role("row").filter(has_text="now")
    ).to_contain_text("3")
    await expect(
        hall.region("By queue and skills").get_by_role("row").filter(has_text="Technical help")
    ).to_be_visible()
    await photograph(hall.page, "wallboard-what-if")
    await _fits_in_vietnamese(page)
    for title in ("Support", "Billing", "Orders", "Technical help", "VIP"):
        await form.get_by_label(title, exact=True).fill("0")
    await form.get_by_role("button", name="Predict").click()
    mean_wait = whole.get_by_role("row", name="Mean wait").get_by_role("cell")
    await expect(mean_wait.first).to_have_text("–")
    await form.get_by_label("A real day").check()
    await form.get_by_label("Day", exact=True).fill("2026-01-01")
    await form.get_by_role("button", name="Predict").click()
    await expect(hall.region("Watch out")).to_contain_text("No contact came on that day")
    await expect(whole).to_have_count(0)


async def _fits_in_vietnamese(page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.get_by_title("Language of this page").click()
    await page.get_by_role("menuitem", name="Tiếng Việt").click()
    await page.get_by_role("region", name="Cả ngày").wait_for()
    wide = "[...document.querySelectorAll('.plan-answer table')].filter((one) => one.scrollWidth > one.parentElement.clientWidth + 1).length"
    assert await page.evaluate(wide) == 0
    await photograph(page, "wallboard-what-if-vi")
    await page.get_by_title("Ngôn ngữ của trang").click()
    await page.get_by_role("menuitem", name="English").click()


async def test_more_queues_than_tiles_are_lines_and_agents_are_found_by_what_they_do(hall: Hall) -> None:
    await hall.office.server.router.define_queue("warranty", "Warranty", need={"vip": 1})
    await hall.sign_in()
    line = hall.region("Queues").get_by_role("row").filter(has_text="Warranty")
    await expect(line.get_by_role("listitem")).to_have_text(["1 Off duty"])  # Khoa
    await expect(hall.page.locator(".tile")).to_have_count(0)
    await hall.region("Agents").get_by_role("searchbox").fill("off duty")
    await expect(hall.agent("Khoa Bùi")).to_be_visible()
    await expect(hall.agent("Hoa Võ")).to_have_count(0)
    assert await flaws(hall.page) == []
    await photograph(hall.page, "wallboard-lines")
