"""The button beside a customer's number: the agent's own phone rings, then hers, and the strip shows the call."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import FRONT_DESK, LAN, PATIENCE_S, an_office
from tests.support.audio import warble
from tests.support.baresip import Account, Baresip
from tests.support.chromium import Chromium
from tests.support.ports import LOOPBACK
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock

pytestmark = pytest.mark.e2e

SLOW_MS = 60_000
PASSWORD = "correct horse"
WORDS = "Please call me about the boiler"


async def _with_trunk_to(phone: Baresip, dsn: str) -> None:
    pool = await open_pool(dsn, max_size=1)
    trunk = TrunkConfig("carrier", ("192.0.2.1",), host=LOOPBACK, port=phone.sip_port, qualify_s=0)
    await SipStore(pool, SystemClock()).save_trunk(trunk)
    await pool.close()


async def test_a_customer_is_called_by_the_button_beside_her_number(tmp_path: Path, dsn: str) -> None:
    async with AsyncExitStack() as stack:
        lan = await stack.enter_async_context(
            Baresip(tmp_path, Account(LAN), says=warble(22), auto_answer=False)
        )
        await _with_trunk_to(lan, dsn)
        office = await stack.enter_async_context(an_office(tmp_path, dsn))
        await office.open(FRONT_DESK)
        an = await office.hire("an", "101")
        await office.server.people.set_password(an, PASSWORD)
        await office.server.people.set_locale(an, "en-US")
        await office.server.threads.add_message(
            thread=None, identity=("phone", LAN), channel="sms", direction="in", text=WORDS, display="Lan"
        )
        desk = await stack.enter_async_context(office.desk("101", says=warble(21)))
        await office.ready(an)
        chromium = await stack.enter_async_context(Chromium())
        page = await chromium.page(f"http://{LOOPBACK}:{office.server.http_port}")
        page.set_default_timeout(SLOW_MS)
        await page.get_by_label("Login").fill("an")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_label("Search everything").fill(LAN)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name=f"Call {LAN}").click()
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await lan.incoming(timeout_s=PATIENCE_S)
        await lan.answer()
        await expect(page.get_by_label("Current call")).to_contain_text("Lan", timeout=SLOW_MS)
        await desk.established(timeout_s=PATIENCE_S)
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        await expect(page.get_by_role("article", name="Call")).to_be_visible(timeout=SLOW_MS)
        assert chromium.errors == []
        await chromium.close_contexts()
