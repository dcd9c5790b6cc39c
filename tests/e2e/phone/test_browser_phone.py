"""An agent's page as his telephone, in Chromium with a microphone, with a customer at a real SIP phone."""

import asyncio

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.phone.conftest import AGENT, CUSTOMER, SLOW_MS, Desk, Seat, told
from tests.support.audio import loudness
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LOST_S = 10.0
PLAYS_AFTER_A_CLICK = """(() => {
  const play = HTMLMediaElement.prototype.play;
  let clicked = false;
  addEventListener("click", () => (clicked = true), true);
  HTMLMediaElement.prototype.play = function () {
    return clicked ? play.call(this) : Promise.reject(new DOMException("a click is needed", "NotAllowedError"));
  };
})();"""
HOLD_ON_TO_IT = """() => {
  const open = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.isPulledOut) throw new DOMException("", "NotFoundError");
    return (window.microphone = await open(wanted));
  };
}"""
PULL_OUT = """() => {
  window.isPulledOut = true;
  const [track] = window.microphone.getAudioTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
UNTOUCHED = """
if (sessionStorage.getItem("untouched")) {
  sessionStorage.removeItem("untouched");
  Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
}"""
PLUG_IN = """() => {
  window.isPulledOut = false;
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""


async def test_an_agents_page_is_a_whole_telephone_that_survives_reloading_and_a_lost_socket(
    desk: Desk,
) -> None:
    an, lan = desk.an, desk.lan
    await desk.is_ready("an")
    await lan.dial(HOTLINE)
    await an.page.evaluate(HOLD_ON_TO_IT)
    await an.answers()
    await desk.finds(an=CUSTOMER, lan=AGENT)
    await desk.hears(an="lan", lan="an")

    await an.press("u")
    await expect(an.strip.get_by_role("button", name="Unmute")).to_be_visible()
    await desk.hears(lan="")
    assert loudness(await told(lan, 1)) < 0.005
    await an.press("u")
    await desk.hears(lan="an")

    await an.press("k", "5")
    assert await lan.digit(timeout_s=30) == "5"
    await an.press("k")

    desk.office.events.clear()
    await an.press("h")
    await desk.noted(CallEventKind.HELD, "page")
    await desk.hears_music("lan")
    await desk.hears(an="")
    await an.press("h")
    await desk.noted(CallEventKind.RESUMED, "page")

    await an.page.evaluate(PULL_OUT)
    await expect(an.page.get_by_role("alert")).to_contain_text("Your microphone went away")
    await desk.hears(an="lan", lan="")
    await an.page.evaluate(PLUG_IN)
    await desk.hears(an="lan", lan="an")
    await expect(an.page.get_by_role("alert")).to_have_count(0)

    board, ways = await _listened_to(desk)
    desk.office.events.clear()
    desk.line.cut()
    await expect(an.page.get_by_text("Connection lost")).to_be_visible()
    await expect(board.page.get_by_text("The connection is lost")).to_be_visible()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(LOST_S), name="lost")
        tasks.create_task(desk.hears(an="lan", lan="an", dung="an lan"), name="all go on")
    await desk.hears(an="lan", lan="an")
    desk.line.mend()
    await expect(an.page.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(an.strip.locator("[data-grade]")).to_be_visible()
    assert desk.office.events == []  # nobody was put on hold
    await _comes_back_into_listening(desk, board, ways)

    await an.page.add_init_script(UNTOUCHED)
    await an.page.evaluate("sessionStorage.setItem('untouched', 'true')")
    await an.page.reload()
    await expect(an.page.get_by_role("button", name="Click once, so that it can ring")).to_be_visible()
    await desk.noted(CallEventKind.HELD, "away")
    await desk.noted(CallEventKind.RESUMED, "away")
    await desk.hears(an="lan", lan="an")
    await desk.finds(an=CUSTOMER, lan=AGENT)

    await expect(an.strip.get_by_role("button", name="Hang up")).to_be_visible()
    await an.press("x")
    await expect(an.page.get_by_role("button", name="Phone ready")).to_be_visible()
    await lan.closed(timeout_s=30)
    await expect(an.page.get_by_label("My state").get_by_role("status")).to_contain_text("Wrap-up")


async def _listened_to(desk: Desk) -> tuple[Seat, Locator]:
    """Dung, who has no telephone, listens on the wallboard."""
    board = await desk.wallboard("dung")
    row = board.page.get_by_role("row").filter(has=board.page.get_by_role("rowheader", name="An"))
    await row.get_by_role("button", name="Change").click()
    await board.page.get_by_role("menuitem", name="Listen").click()
    ways = board.page.get_by_role("group", name="In the call of An")
    await desk.hears(dung="an lan")
    return board, ways


async def _comes_back_into_listening(desk: Desk, board: Seat, ways: Locator) -> None:
    """After the lost socket, and by itself when the page is loaded anew, as it was; where the browser waits for a click, after that."""
    await expect(board.page.get_by_text("The connection is lost")).to_have_count(0)
    await desk.hears(dung="an lan")
    talk = desk.office.server.controller.talk(desk.call)
    assert talk is not None
    assert not [
        one for one in talk.side.company if one.is_away
    ]  # who only listens sends silence, and is there all the time
    await ways.get_by_role("button", name="Whisper").click()
    await desk.hears(an="dung lan", lan="an")
    await board.page.reload()
    await expect(ways.get_by_role("button", name="Whisper", pressed=True)).to_be_visible()
    await desk.hears(dung="an lan", an="dung lan", lan="an")
    await board.page.add_init_script(PLAYS_AFTER_A_CLICK)
    await board.page.reload()
    await ways.get_by_role("button", name="Hear the call").click()
    await desk.hears(dung="an lan")
    await ways.get_by_role("button", name="Leave").click()
    await expect(ways).to_have_count(0)
    await board.page.reload()
    await expect(board.page.get_by_role("region", name="Agents")).to_be_visible()
    await expect(ways).to_have_count(0)
    await board.page.close()
    del desk.seats["dung"]


async def test_a_call_is_declined_with_a_reason_and_the_phone_moves_to_another_window(desk: Desk) -> None:
    await desk.is_ready("an")
    second = await desk.an.page.context.new_page()
    second.set_default_timeout(SLOW_MS)
    await second.goto(desk.url)
    await second.get_by_role("button", name="In another window").click()
    await second.get_by_role("button", name="Use it here").click()
    await expect(second.get_by_role("button", name="Phone ready")).to_be_visible()
    await expect(desk.an.page.get_by_role("button", name="In another window")).to_be_visible()
    await second.keyboard.press("Escape")

    await desk.lan.dial(HOTLINE)
    await second.get_by_role("alertdialog").get_by_role("button", name="Decline").click()
    await second.get_by_role("menuitem", name="Not my field").click()
    missed = await desk.office.event(CallEventKind.OFFER_MISSED)
    assert (missed.data["reason"], missed.data["why"]) == ("declined", "wrong_queue")
    await desk.lan.hang_up()
    await second.close()
    await expect(desk.an.page.get_by_role("button", name="Phone ready")).to_be_visible()
