"""Where a flow's transfer leads: to a phone that takes the call by a key, and on to another flow."""

import pytest

from telephony.screening import TEXTS
from tests.integration.telephony.stage import MENU, PATIENCE_S, Office, hears, steps_of
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

CONSULT = """threadline: 1
id: consult
entry: out
languages: {default: en-US, supported: [en-US]}
prompts: {sorry: {en-US: "Nobody took the call."}}
steps:
  out: {type: transfer, to: "101", mode: consult, ring: RING, events: {failed: sorry, no_answer: sorry}}
  sorry: {type: hangup, prompt: sorry}
"""
HANDED_ON = """threadline: 1
id: handed_on
entry: over
languages: {default: en-US, supported: [en-US]}
steps:
  over: {type: transfer, to: "flow:little_menu", events: {failed: end}}
  end: {type: hangup}
"""


async def test_a_consulted_phone_hears_what_for_and_takes_the_call_by_a_key(office: Office) -> None:
    await office.hire("an", "101")
    await office.open(CONSULT.replace("RING", "60s"))
    language = office.server.settings.default_language
    asked = TEXTS[language.partition("-")[0]]["consult"]
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await hears(desk, await office.prompt(asked, language))
        await desk.press("1")
        await office.event(Kind.TRANSFER, result="done", mode="consult")
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)


async def test_a_consulted_phone_that_presses_nothing_did_not_take_the_call(office: Office) -> None:
    await office.hire("an", "101")
    await office.open(CONSULT.replace("RING", "8s"))
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await hears(lan, await office.prompt("Nobody took the call."))
        await desk.closed(timeout_s=PATIENCE_S)


async def test_a_call_is_handed_on_to_another_flow(office: Office) -> None:
    await office.open(MENU)
    await office.publish(HANDED_ON)
    async with office.customer() as lan:
        await office.call(lan)
        await office.event(Kind.STEP, step="little_menu.main")
        await lan.press("4")
        await hears(lan, await office.prompt("We are fine."))
        await lan.closed(timeout_s=PATIENCE_S)
    assert steps_of(await office.story())[:2] == ["over", "little_menu.main"]
