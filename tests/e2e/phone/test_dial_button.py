"""The button beside a customer's number: the agent's own phone rings, then hers, and the strip shows the call."""

import pytest
from playwright.async_api import expect

from tests.e2e.phone.conftest import Desk, picks_up
from tests.integration.telephony.stage import MINH, PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WORDS = "Please call me about the boiler"


async def test_a_customer_is_called_by_the_button_beside_her_number(desk: Desk) -> None:
    hoa = await desk.seat("hoa")
    await desk.office.server.threads.add_message(
        thread=None, identity=("phone", MINH), channel="sms", direction="in", text=WORDS, display="Minh"
    )
    await desk.is_ready("hoa")
    await hoa.page.get_by_label("Search everything").fill(MINH)
    await hoa.press("Enter")
    await hoa.page.get_by_role("button", name=f"Call {MINH}").click()
    await picks_up(desk.phones["hoa"])
    await expect(hoa.strip).to_contain_text("Ringing …")
    await expect(hoa.page.get_by_role("article", name="Call")).to_contain_text("Outgoing call")
    await picks_up(desk.phones["minh"])
    await expect(hoa.strip).to_contain_text("Minh")
    await desk.hears(hoa="minh", minh="hoa")
    await expect(hoa.strip).not_to_contain_text("Ringing …")
    await desk.phones["minh"].hang_up()
    await desk.phones["hoa"].closed(timeout_s=PATIENCE_S)
    await expect(hoa.page.get_by_role("article", name="Call")).to_be_visible()
