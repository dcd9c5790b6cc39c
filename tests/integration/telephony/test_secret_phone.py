"""A phone over TLS with SRTP, against the whole server: it registers, hears the menu and presses keys."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from telephony.sip.sdes import SrtpPolicy
from tests.integration.telephony.stage import MENU, PASSWORD, PATIENCE_S, Office, steps_of
from tests.support.baresip import Account, Baresip
from tests.support.house import house

pytestmark = pytest.mark.integration


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """A server that listens for TLS and WebSocket with a certificate of its own making."""
    async with house(tmp_path / "data", dsn, tls=True) as server:
        yield Office(server, tmp_path)


def secret_phone(office: Office, srtp: Literal["srtp", "srtp-mand"] | None) -> Baresip:
    registrar = f"127.0.0.1:{office.server.sip.ports['tls']}"
    authority = office.folder / "data" / "tls" / "self-signed.crt"
    account = Account("lan", PASSWORD, registrar, "tls", srtp=srtp, authority=authority)
    return Baresip(office.folder, account)


async def open_an_account(office: Office, srtp: SrtpPolicy) -> None:
    await office.server.accounts.add_account(
        "lan", office.server.settings.realm, PASSWORD, md5=True, number="+84901234567", srtp=srtp
    )


@pytest.mark.parametrize(
    ("policy", "phone_says"), [("required", "srtp-mand"), ("offered", "srtp-mand"), ("offered", "srtp"), ("offered", None)]
)  # fmt: skip
async def test_a_phone_over_tls_hears_the_menu_and_its_keys_are_heard(
    office: Office, policy: SrtpPolicy, phone_says: Literal["srtp", "srtp-mand"] | None
) -> None:
    await open_an_account(office, policy)
    await office.open(MENU)
    async with secret_phone(office, phone_says) as phone:
        await phone.registered(timeout_s=PATIENCE_S)
        await office.call(phone)
        prompt = await office.prompt("For support, press 3. To hear how we are, press 4.")
        found = await phone.hears(prompt, timeout_s=PATIENCE_S)
        assert found.score > 0.95
        await phone.press("4")
        await phone.hears(await office.prompt("We are fine."), timeout_s=PATIENCE_S)
        await phone.closed(timeout_s=PATIENCE_S)
    assert steps_of(await office.story())[:2] == ["main", "fine"]


async def test_a_phone_without_srtp_is_refused_where_srtp_is_required(office: Office) -> None:
    await open_an_account(office, "required")
    await office.open(MENU)
    async with secret_phone(office, None) as phone:
        await phone.registered(timeout_s=PATIENCE_S)
        await phone.dial("19001234")
        assert "488" in await phone.closed(timeout_s=PATIENCE_S)
