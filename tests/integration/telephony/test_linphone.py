"""linphonec over TCP against the whole server: another stack's idea of SIP, SDP and keys."""

import pytest

from tests.integration.telephony.stage import LAN, MENU, PASSWORD, PATIENCE_S, Office, steps_of
from tests.support.audio import find
from tests.support.linphone import Linphone

pytestmark = pytest.mark.integration


async def test_linphone_registers_over_tcp_hears_the_menu_and_presses_a_key(office: Office) -> None:
    await office.server.accounts.add_account(
        "lan", office.server.settings.realm, PASSWORD, md5=True, number=LAN
    )
    await office.open(MENU)
    async with Linphone(office.folder, "lan", PASSWORD, f"127.0.0.1:{office.server.sip.port}") as phone:
        sip = office.server.sip
        await phone.works_until(lambda: sip.is_registered("lan"), PATIENCE_S, "registration")
        await phone.dial("19001234", timeout_s=PATIENCE_S)
        menu = await office.prompt("For support, press 3. To hear how we are, press 4.")
        await phone.works_until(lambda: phone.heard_s > len(menu) / 8000 + 1, 30, "sound")
        phone.say("4")
        await phone.closed(timeout_s=PATIENCE_S)
    for clip in (menu, await office.prompt("We are fine.")):
        assert (
            find(clip, phone.heard()).score > 0.6
        )  # its clock drifts against ours: a frame may slip in a clip
    assert steps_of(await office.story())[:2] == ["main", "fine"]
