"""A phone that speaks G.722 and nothing else, through the whole server."""

import pytest

from tests.integration.telephony.stage import FRONT_DESK, PASSWORD, PATIENCE_S, Office, legs_of
from tests.support.audio import tone
from tests.support.baresip import Account, Baresip

pytestmark = pytest.mark.integration


async def test_an_agents_g722_phone_and_a_customers_g711_phone_hear_each_other(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    account = Account("101", PASSWORD, f"127.0.0.1:{office.server.sip.port}", codecs="g722")
    desk = Baresip(office.folder, account, says=tone(880, 600), auto_answer=False)
    async with desk, office.customer(says=tone(440, 600)) as lan:
        await desk.registered(timeout_s=PATIENCE_S)
        await office.ready(an)
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await lan.hears_tone(880, timeout_s=PATIENCE_S)
        await desk.hears_tone(440, timeout_s=PATIENCE_S)
        now = legs_of(await office.server.calls.detail(office.events[0].call))
        assert all(leg["ended_at"] is None and leg["stats"]["packets_in"] > 0 for leg in now)
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    assert all(leg["stats"]["packets_in"] > 0 for leg in legs_of(await office.story()))
