"""A shift at the agent page: from sign-in over a call to ready again."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.e2e.web.conftest import Shift
from tests.support.chromium import Chromium
from threadline.kernel.events import AgentState

pytestmark = pytest.mark.e2e


async def test_a_wrong_password_is_told_in_plain_words(shift: Shift, chromium: Chromium) -> None:
    page = shift.page
    await page.goto(shift.url)
    await expect(page.get_by_label("Login")).to_be_focused()
    await page.keyboard.type("an")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("Login or password is wrong.")
    chromium.errors[:] = [
        error for error in chromium.errors if "401" not in error
    ]  # Chromium notes every 401


async def test_the_offer_pops_with_all_that_is_known_of_the_customer(shift: Shift) -> None:
    await shift.sign_in()
    requests: list[str] = []
    shift.page.on("request", lambda request: requests.append(request.url))
    shift.ring()
    card = shift.page.get_by_role("alertdialog")
    await expect(card.get_by_role("heading", name="Nguyễn Thị Lan")).to_be_visible()
    for fact in (
        "Incoming call · Support",
        "+84 901 234 567",
        "English",
        "1 open",
        "#1042",
        "extension 101",
        "delivery",
    ):
        await expect(card).to_contain_text(fact.replace("+84 901 234 567", "+84\u00a0901\u00a0234\u00a0567"))
    await expect(card.get_by_label("Way through the menu")).to_contain_text("3Support")
    await expect(shift.page.get_by_role("log")).to_contain_text("the lid has a dent")
    assert [
        url for url in requests if ("/contacts" in url and "/panel" not in url) or "/timeline" in url
    ] == [], "the pop brought it all"
    assert await shift.page.title() == "☎ Nguyễn Thị Lan – Threadline"


async def test_who_looks_elsewhere_is_told_by_the_system_who_rings(shift: Shift) -> None:
    await shift.page.add_init_script(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "window.told = []; window.Notification = class { static permission = 'granted';"
        " constructor(title, { body }) { window.told.push([title, body]); } };"
    )
    await shift.sign_in()
    shift.ring()
    await expect(shift.page.get_by_role("alertdialog")).to_be_visible()
    assert await shift.page.evaluate("window.told") == [["Nguyễn Thị Lan", "Calls now · Support"]]


async def test_a_call_from_ring_to_ready_again(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    await page.get_by_role("button", name="Ready", exact=True).first.click()
    state = page.get_by_label("My state").get_by_role("status")
    await expect(state).to_contain_text("Ready")
    shift.ring()
    await expect(state).to_contain_text("Ringing")
    shift.pick_up()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)
    strip = page.get_by_label("Current call")
    await expect(strip).to_contain_text("Nguyễn Thị Lan")
    await expect(state).to_contain_text("On a call")

    await strip.get_by_role("button", name="Hold").click()
    shift.says_held()
    await expect(strip).to_contain_text("On hold")
    await strip.get_by_role("button", name="Resume").click()
    shift.says_resumed()
    await strip.get_by_role("button", name="Hang up").click()
    await expect(strip.get_by_role("button", name="Hold")).to_be_visible()
    call, agent = shift.story.call, shift.story.agent
    assert shift.house.calls.commands == [
        ("hold", call, agent),
        ("resume", call, agent),
        ("hang_up", call, agent),
    ]

    shift.end_call()
    await expect(strip).to_contain_text("Wrap-up: Nguyễn Thị Lan")
    await expect(strip.get_by_label("Time left for wrap-up")).to_contain_text("0:")
    await expect(strip.get_by_role("button", name="Result")).to_be_visible()
    await page.keyboard.press("w")
    await expect(page.get_by_role("menuitem")).to_have_text(["Solved"])  # the other is of another queue
    await page.keyboard.press("Enter")
    await expect(strip.get_by_role("button", name="Solved")).to_be_visible()
    assert shift.house.threads.wrapped_up == {shift.story.call: "solved"}
    await strip.get_by_role("button", name="Write note").click()
    await expect(page.get_by_label("Note for colleagues")).to_be_focused()
    await page.keyboard.type("The lid fits. Case closed.")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("article", name="Note").last).to_contain_text("The lid fits. Case closed.")
    await expect(page.get_by_label("Note for colleagues")).to_have_value("")
    await strip.get_by_role("button", name="Ready now").click()
    await expect(state).to_contain_text("Ready")
    await expect(strip).to_contain_text("Ready for the next call")


async def test_a_past_call_can_be_heard_and_read(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    await page.get_by_label("Search everything").fill("lan.nguyen@example.com")
    await page.keyboard.press("Enter")
    call = page.get_by_role("article", name="Call")
    await expect(call).to_contain_text("Served")
    await expect(call).to_contain_text("Answered byTrần An")
    await expect(call.get_by_label("Position")).to_have_attribute("aria-valuemax", "24")
    await call.get_by_role("button", name="Show transcript").click()
    lines = call.get_by_role("listitem")
    await expect(call.locator(".line")).to_have_count(5)
    third = lines.filter(has_text="We will send you a new lid")
    await expect(third).to_contain_text("Agent")
    await third.get_by_role("button").click()
    await expect(third).to_have_attribute("aria-current", "true")
    await expect(call.get_by_role("button", name="Pause")).to_be_visible()
    at = await page.evaluate("document.querySelector('audio').currentTime")
    assert at >= 9.5
    await call.get_by_role("button", name="Pause").click()


async def test_a_transcript_that_waits_arrives_by_itself(shift: Shift) -> None:
    page, recordings = shift.page, shift.house.recordings
    ready = recordings.transcripts[shift.story.recording]
    recordings.transcripts[shift.story.recording] = {**ready, "state": "queued", "segments": []}
    await shift.sign_in()
    shift.ring()
    shift.pick_up()
    call = page.get_by_role("article", name="Call")
    await call.get_by_role("button", name="Show transcript").click()
    await expect(call).to_contain_text("The transcript is waiting for its turn.")
    recordings.transcripts[shift.story.recording] = ready
    shift.transcript_ready()
    await expect(call.locator(".line")).to_have_count(5)


async def test_a_long_thread_pages_upward_and_stays_where_the_eye_is(shift: Shift) -> None:
    page, house = shift.page, shift.house
    start = house.clock.now() - timedelta(days=30)
    for n in range(120):
        house.threads.put(
            shift.story.thread, "message", "chat", "in", start + timedelta(hours=n), text=f"Message {n}."
        )
    await shift.sign_in()
    shift.ring()
    shift.close_offer("missed")
    log = page.get_by_role("log")
    await expect(log.get_by_text("Lid exchange promised")).to_be_in_viewport()
    await expect(log.get_by_text("Message 119.", exact=True)).to_be_attached()
    await log.evaluate("list => { list.scrollTop = 0 }")
    await expect(log.get_by_text("Message 86.", exact=True)).to_be_attached()
    while await log.get_by_text("The thread begins here").count() == 0:
        await log.evaluate("list => { list.scrollTop = 0 }")
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(log.get_by_text("Message 0.", exact=True)).to_be_attached()
    texts = await log.locator(".bubble .body").all_text_contents()
    assert [text for text in texts if text.startswith("Message")] == [f"Message {n}." for n in range(120)]


async def test_the_page_turns_vietnamese_and_stays_so(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    shift.ring()
    shift.pick_up()
    await page.get_by_title("Language of this page").click()
    await expect(page.get_by_role("menuitem", name="English")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    async with page.expect_response("**/api/session"):
        await page.keyboard.press("Enter")
    await expect(page.get_by_label("Trạng thái của tôi").get_by_role("status")).to_contain_text(
        "Đang nghe máy"
    )
    await expect(page.get_by_role("log")).to_contain_text("Hôm qua")
    assert await page.evaluate("document.documentElement.lang") == "vi"
    await page.reload()
    strip = page.get_by_label("Cuộc gọi hiện tại")
    await expect(strip).to_contain_text("Nguyễn Thị Lan")
    await page.set_viewport_size({"width": 1024, "height": 768})
    shift.end_call()
    await expect(strip).to_contain_text("Viết ghi chú")
    assert await strip.evaluate(
        "one => one.scrollWidth <= one.clientWidth && one.querySelector('b').clientWidth > 80"
    )


async def test_a_reload_in_the_middle_comes_back_to_where_it_was(shift: Shift) -> None:
    await shift.sign_in()
    shift.ring()
    await shift.page.reload()
    await expect(shift.page.get_by_role("alertdialog")).to_contain_text("Nguyễn Thị Lan")
    shift.pick_up()
    await shift.page.reload()
    await expect(shift.page.get_by_label("Current call")).to_contain_text("Nguyễn Thị Lan")
    await expect(shift.page.get_by_role("log")).to_contain_text("Lid exchange promised")


async def test_a_lost_connection_is_shown_and_what_was_missed_arrives(shift: Shift) -> None:
    await shift.sign_in()
    shift.hub.close_all()
    await expect(shift.page.get_by_text("Connection lost, trying again")).to_be_visible()
    shift.ring()
    await expect(shift.page.get_by_role("alertdialog")).to_contain_text("Nguyễn Thị Lan")
    await expect(shift.page.get_by_text("Connected")).to_be_visible()


async def test_a_missed_call_and_being_away_are_plain_to_see(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    shift.ring()
    shift.close_offer("missed")
    shift.house.router.move(shift.story.agent, AgentState.MISSED)
    await expect(page.get_by_label("Current call")).to_contain_text("You missed a call")
    await page.get_by_role("button", name="Away").click()
    await page.get_by_role("menuitem", name="Lunch").click()
    await expect(page.get_by_label("My state").get_by_role("status")).to_contain_text("AwayLunch")
    await page.keyboard.press("r")
    await expect(page.get_by_label("My state").get_by_role("status")).to_contain_text("Ready")


async def test_nothing_moves_when_a_call_comes_and_goes(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    await page.get_by_label("Search everything").fill("+84901234567")
    await page.keyboard.press("Enter")
    log = page.get_by_role("log")
    before = await log.bounding_box()
    shift.ring()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    assert await log.bounding_box() == before
    shift.pick_up()
    await expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    assert await log.bounding_box() == before
    shift.end_call()
    await expect(page.get_by_role("button", name="Ready now")).to_be_visible()
    assert await log.bounding_box() == before


async def test_signing_out_leaves_nothing_of_the_customer_on_the_page(shift: Shift) -> None:
    page = shift.page
    await shift.sign_in()
    shift.ring()
    shift.close_offer("missed")
    shift.house.router.move(shift.story.agent, AgentState.MISSED)
    await page.get_by_role("button", name="Trần An", exact=True).click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_label("Password")).to_be_visible()
    assert "Nguyễn Thị Lan" not in await page.content()


async def test_the_interface_can_be_browsed(shift: Shift) -> None:
    page = shift.page
    await page.goto(f"{shift.url}api/docs")
    await page.get_by_text("/api/threads/{id}/notes").click()
    await page.get_by_role("link", name="NewNote").click()
    await expect(page.locator("#schema-NewNote")).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(theme: str, shift: Shift) -> None:
    """WCAG 2.2 AA, 4.5 to 1, for every text on the page while a call is on."""
    page = shift.page
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    await shift.sign_in()
    shift.ring()
    shift.pick_up()
    await expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    assert await page.evaluate("document.documentElement.dataset.theme") == theme
    assert await page.evaluate(FAINT_TEXTS) == []


FAINT_TEXTS = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('#app *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest(':disabled, [aria-hidden=true]') || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${element.className} "${element.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return found;
}"""
