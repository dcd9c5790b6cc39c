"""Agents steer calls of three and more by the keyboard, and a supervisor from the wallboard; who is heard by whom is told by tones."""

import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import HOURS_TEXT, SLOW_MS, Desk, Seat, picks_up
from tests.integration.telephony.stage import MINH, PATIENCE_S, hears
from tests.support.audio import RATE
from tests.support.axe import flaws
from tests.support.house import HOTLINE
from tests.support.pictures import photograph
from threadline.kernel.events import AgentState, CallCaption, Json

COUNT_MICROPHONES = """() => {
  const open = navigator.mediaDevices.getUserMedia;
  window.asked = 0;
  navigator.mediaDevices.getUserMedia = (wanted) => ((window.asked += 1), open(wanted));
}"""
CAPTION: Json = {
    "recording": "r", "speaker": "customer", "line": 1, "t0": 1.0, "t1": 2.0, "text": "Where is my parcel",
    "is_final": True,
}  # fmt: skip

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def _pauses_the_recording(seat: Seat) -> None:
    await seat.press("o")
    await expect(seat.others).to_contain_text("The recording pauses")
    await seat.press("o")
    await expect(seat.others).to_have_count(0)


async def test_a_colleague_is_asked_joined_supervised_and_handed_to_and_a_parked_customer_picked_up(
    desk: Desk,
) -> None:
    an, binh, lan = desk.an, await desk.seat("binh"), desk.lan
    await desk.is_ready("an")
    await lan.dial(HOTLINE)
    await an.answers()
    await _pauses_the_recording(an)

    await an.sends("Binh", "Enter")
    await expect(an.others).to_contain_text("Binh")
    await expect(binh.strip).to_contain_text("An asks you into this call")
    await binh.answers()
    await expect(an.others).to_contain_text("talks with you")
    await desk.hears(an="binh", binh="an")
    await desk.hears_music("lan")
    await an.press("j")
    await expect(an.others).to_contain_text("in the talk")
    await desk.hears(lan="an binh", an="lan binh", binh="an lan")

    await _supervised(desk)

    await an.others.get_by_role("button", name="Let Binh go").click()
    await binh.is_out()
    await expect(an.others).to_have_count(0)
    await desk.hears(lan="an", an="lan")

    await an.press("p")
    await expect(an.page.get_by_text("Parked at 701")).to_be_visible()
    await desk.hears_music("lan")
    await an.page.get_by_role("button", name="Pick up").click()
    await an.is_in()
    await desk.hears(lan="an", an="lan")
    await desk.office.becomes(
        desk.agents["an"], "talking"
    )  # in the ledger, though no offer gave her the call

    await desk.is_overheard_by("chi")
    await an.sends("Binh", "Enter")
    await binh.answers()
    await desk.hears(an="binh", binh="an")
    await expect(desk.seats["chi"].strip).to_contain_text("On hold")
    await an.press("y")
    await an.is_out()
    await desk.hears(lan="binh", binh="lan")
    await expect(desk.seats["chi"].strip).not_to_contain_text("On hold")
    await desk.office.becomes(desk.agents["an"], "wrap_up")
    await an.press("w")
    await an.page.get_by_role("menuitem", name="Solved").click()  # though the call is Binh's by now
    await expect(an.page.locator(".wrap-up-said")).to_be_visible()
    await lan.hang_up()
    await binh.is_out()
    await desk.office.becomes(desk.agents["binh"], "wrap_up")


async def _supervised(desk: Desk) -> None:
    """Chi, whose phone is her page, listens, whispers and joins from the wallboard beside it."""
    chi = await desk.seat("chi")
    board = await chi.page.context.new_page()
    board.set_default_timeout(SLOW_MS)
    await board.goto(f"{desk.url}wallboard")
    row = board.get_by_role("row").filter(has=board.get_by_role("rowheader", name="An"))
    await row.get_by_role("button", name="Change").click()
    await board.get_by_role("menuitem", name="Listen").click()
    ways = board.get_by_role("group", name="In the call of An")
    await expect(ways.get_by_role("button", name="Listen", pressed=True)).to_be_visible()
    await desk.hears(chi="an binh lan", lan="an binh", an="lan binh", binh="an lan")
    await ways.get_by_role("button", name="Whisper").click()
    await desk.hears(chi="an binh lan", lan="an binh", an="binh chi lan", binh="an lan")
    await ways.get_by_role("button", name="Barge in").click()
    await desk.hears(chi="an binh lan", lan="an binh chi", an="binh chi lan", binh="an chi lan")
    await ways.get_by_role("button", name="Leave").click()
    await desk.hears(lan="an binh", an="lan binh", binh="an lan")
    await board.close()


async def test_a_customer_is_sent_to_an_agent_a_queue_a_number_and_a_flow(desk: Desk) -> None:
    an, binh, lan = desk.an, await desk.seat("binh"), desk.lan
    await desk.is_ready("an")
    await lan.dial(HOTLINE)
    await an.answers()

    await an.sends("Binh", "Control+Enter")
    await desk.hears_music("lan")
    await binh.answers()
    await an.is_out()
    await desk.hears(lan="binh", binh="lan")

    await desk.is_ready("an")
    await binh.sends("Support", "Control+Enter")
    await an.answers()
    await desk.hears(lan="an", an="lan")

    said, before_s = await desk.office.prompt(HOURS_TEXT), len(lan.heard()) / RATE
    await an.sends("Opening hours", "Control+Enter")
    await an.is_out()
    await desk.office.server.router.set_state(desk.agents["an"], AgentState.AWAY)
    await hears(lan, said, before_s)
    await desk.is_ready("binh")
    await binh.answers()  # whom the flow's queue chose
    await desk.hears(lan="binh", binh="lan")

    await binh.sends(MINH, "Control+Enter")
    await picks_up(desk.phones["minh"])
    await binh.is_out()
    await desk.hears(lan="minh", minh="lan")
    await lan.hang_up()
    await desk.phones["minh"].closed(timeout_s=PATIENCE_S)


async def test_an_agent_with_a_sip_phone_has_the_same_controls_on_the_page(desk: Desk) -> None:
    hoa, binh, lan, phone = await desk.seat("hoa"), await desk.seat("binh"), desk.lan, desk.phones["hoa"]
    await desk.is_ready("hoa")
    await lan.dial(HOTLINE)
    await picks_up(phone)
    await hoa.is_in()
    await desk.hears(lan="hoa", hoa="lan")
    await _pauses_the_recording(hoa)

    await hoa.press("u")
    await desk.hears(lan="")
    await hoa.press("u", "h")
    await expect(hoa.strip).to_contain_text("On hold")
    await desk.hears_music("lan")
    await hoa.press("h")
    await desk.hears(lan="hoa", hoa="lan")

    await hoa.press("p")
    await phone.closed(timeout_s=PATIENCE_S)
    await desk.hears_music("lan")
    await hoa.page.get_by_role("button", name="Pick up").click()
    await picks_up(phone)
    await hoa.is_in()
    await desk.hears(lan="hoa", hoa="lan")

    await hoa.sends("Binh", "Shift+Enter")
    await binh.answers()
    await expect(hoa.others).to_contain_text("in the talk")
    await desk.hears(lan="binh hoa", hoa="binh lan", binh="hoa lan")
    await hoa.others.get_by_role("button", name="Let Binh go").click()
    await binh.is_out()
    await expect(hoa.others).to_have_count(0)

    await hoa.sends("Binh", "Enter")
    await binh.answers()
    await desk.hears(hoa="binh", binh="hoa")
    await desk.hears_music("lan")
    await hoa.press("b")
    await binh.is_out()
    await desk.hears(lan="hoa", hoa="lan")

    await hoa.sends("Binh", "Control+Enter")
    await binh.answers()
    await phone.closed(timeout_s=PATIENCE_S)
    await hoa.is_out()
    await desk.hears(lan="binh", binh="lan")
    await _asked_aside_in_the_wrap_up(desk)
    await _taken_over_at_the_wallboard_alone(desk)
    await expect(binh.strip).to_contain_text("Wrap-up")  # as after a call that an offer gave him


async def _asked_aside_in_the_wrap_up(desk: Desk) -> None:
    """Hoa, whose page is loaded anew meanwhile; her wrap-up goes on afterwards."""
    hoa, binh, phone = desk.seats["hoa"], desk.seats["binh"], desk.phones["hoa"]
    await desk.office.becomes(desk.agents["hoa"], "wrap_up")
    await binh.sends("Hoa", "Enter")
    await picks_up(phone)
    await hoa.is_in()
    await hoa.page.reload()
    await hoa.is_in()
    await expect(hoa.others).to_contain_text("A colleague asks you")
    await expect(hoa.page.get_by_label("My state").get_by_role("button", name="Ready")).to_be_disabled()
    await binh.press("b")
    await phone.closed(timeout_s=PATIENCE_S)
    await desk.office.becomes(desk.agents["hoa"], "wrap_up")


async def _taken_over_at_the_wallboard_alone(desk: Desk) -> None:
    """Binh was handed his call. Dung, who has no desk open and no telephone, hears it on the wallboard, and takes it."""
    board = await desk.wallboard("dung")
    row = board.page.get_by_role("row").filter(has=board.page.get_by_role("rowheader", name="Binh"))
    await expect(row).to_contain_text("On a call")
    await board.page.evaluate(COUNT_MICROPHONES)
    await row.get_by_role("button", name="Change").click()
    await board.page.get_by_role("menuitem", name="Listen").click()
    ways = board.page.get_by_role("group", name="In the call of Binh")
    await expect(ways).to_contain_text("You hear it on this page")
    await desk.hears(dung="binh lan", lan="binh", binh="lan")
    assert await board.page.evaluate("window.asked") == 0  # whoever only listens gives no microphone
    hers = board.page.get_by_role("row").filter(has=board.page.get_by_role("rowheader", name="Dung"))
    await expect(hers).to_contain_text("supervises")
    await expect(hers.locator(".dot-talking")).to_have_count(0)  # she serves nobody
    said: Json = {"call": str(desk.call), "state": "on"}
    desk.office.server.bus.publish(CallCaption(desk.call, "call.captions", said))
    desk.office.server.bus.publish(CallCaption(desk.call, "call.caption", {**said, **CAPTION}))
    await expect(ways.get_by_role("log", name="Live captions")).to_contain_text("Where is my parcel")
    await photograph(board.page, "wallboard-listening")
    assert await flaws(board.page) == []

    await ways.get_by_role("button", name="Whisper").click()
    await desk.hears(dung="binh lan", lan="binh", binh="dung lan")
    assert await board.page.evaluate("window.asked") == 1
    await ways.get_by_role("button", name="Barge in").click()
    await desk.hears(dung="binh lan", lan="binh dung", binh="dung lan")
    await ways.get_by_role("button", name="Listen").click()
    await desk.hears(dung="binh lan", lan="binh", binh="lan")
    await ways.get_by_role("button", name="Take over").click()
    question = board.page.get_by_role("dialog", name="Take the call of Binh?")
    await question.get_by_role("button", name="Take over").click()
    await desk.seats["binh"].is_out()
    await desk.hears(dung="lan", lan="dung")
    mine = board.page.get_by_role("group", name="The call is yours")
    await expect(mine).to_be_visible()
    await desk.lan.hang_up()
    await expect(mine).to_have_count(0)
    await desk.office.becomes(desk.agents["dung"], "wrap_up")
    await board.page.close()
    del desk.seats["dung"]
